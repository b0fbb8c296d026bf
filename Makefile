# Two commands: `make run` serves the page on the sample company, `make test` runs every check.
PYTHON ?= python3
PORT ?= 7860
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test ask bench clean

$(VENV)/.installed: pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed: make PYTHON=python3.12 …"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet --group dev
	@touch $@

run: $(VENV)/.installed
	$(BIN)/wenshu serve --port $(PORT)

ask: $(VENV)/.installed
	@$(BIN)/wenshu ask "$(Q)"

test: $(VENV)/.installed-dev
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest --cov -n 2

bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks.answer

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .coverage
