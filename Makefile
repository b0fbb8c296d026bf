# Two commands: `make run` serves the page on the sample company, `make test` runs every check.
PYTHON ?= python3
PORT ?= 7860
SCALE ?= 138.5
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test ask bench bench-compile bench-execute clean

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

bench-compile: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks.compile

# Twenty million order lines: a minute to write, some to run. `make bench-execute SCALE=10` is a shorter run.
bench-execute: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks.execute --scale $(SCALE)

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .coverage
