"""The command line: answers, JSON and exit codes, in a process of its own where that matters."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from assistant.surfaces.cli import app
from semantic_layer.engines.duckdb import DuckDBEngine
from tests.semantic_layer.worlds import SHOP_ROWS, shop


@pytest.fixture
def run(demo_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("WENSHU_HOME", str(tmp_path))
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")

    def invoke(*arguments: str, data: bool = True) -> tuple[int, str, str]:
        extra = ("--data", str(demo_path)) if data else ()
        result = CliRunner().invoke(app, [*arguments, *extra])
        return result.exit_code, result.stdout, result.stderr

    return invoke


def test_ask_answers_with_a_sentence_and_a_table(run: Any) -> None:
    code, out, _ = run("ask", "2025年各渠道销售额")

    assert code == 0
    assert "天猫" in out


def test_ask_prints_one_json_object(run: Any) -> None:
    code, out, _ = run("ask", "Revenue by region in 2025", "--json")

    form = json.loads(out)
    assert code == 0
    assert {
        "question",
        "status",
        "headline",
        "columns",
        "rows",
        "query",
        "semantic_sql",
        "sql",
        "period",
        "definitions",
        "checks",
        "chart",
        "follow_ups",
        "reader",
        "timings_ms",
        "row_kinds",
        "truncated",
        "today",
        "lang",
        "warnings",
        "parameters",
    } <= set(form)
    assert form["columns"][0]["name"] == "region"
    assert form["lang"] == "en"


@pytest.mark.parametrize(
    ("question", "code"),
    [("客单价是多少", 3), ("北京天气", 4), ("2035年销售额", 4), ("", 4)],
    ids=["asks back", "refused", "no data", "empty"],
)
def test_exit_code_says_what_happened(run: Any, question: str, code: int) -> None:
    exit_code, out, _ = run("ask", question, "--json", "--lang", "zh")

    assert exit_code == code
    assert json.loads(out)["message"]


def test_query_takes_json(run: Any) -> None:
    query = {
        "metrics": ["revenue"],
        "group_by": [{"time": "year"}],
        "period": {"start": "2024-01-01", "end": "2026-01-01"},
    }

    code, out, _ = run("query", json.dumps(query), "--json")

    assert code == 0
    assert [row[0] for row in json.loads(out)["rows"]] == ["2024-01-01", "2025-01-01"]


def test_query_takes_semantic_sql(run: Any) -> None:
    code, out, _ = run(
        "query",
        "--sql",
        "SELECT region, MEASURE(revenue) FROM sales WHERE PERIOD('去年') ORDER BY 2 DESC LIMIT 2",
        "--json",
    )

    assert code == 0
    assert len(json.loads(out)["rows"]) == 2


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (("query", "{not json"), 2),
        (("query", '{"metrics": ["revenue"], "colour": "red"}'), 2),
        (("query",), 2),
        (("query", '{"metrics": ["no_such_metric"]}'), 4),
        (("query", "--sql", "SELECT * FROM orders"), 4),
        (("query", "--sql", "DROP TABLE orders"), 4),
        (("ask", "销售额", "--today", "19.8.2026"), 2),
        (("ask", "销售额", "--as", "nobody"), 2),
        (("ask", "销售额", "--reader", "oracle"), 2),
        (("ask", "销售额", "--lang", "fr"), 2),
    ],
    ids=[
        "json",
        "key",
        "neither",
        "name",
        "physical sql",
        "ddl",
        "date",
        "user",
        "reader",
        "language",
    ],
)
def test_bad_call_is_worded(run: Any, arguments: tuple[str, ...], code: int) -> None:
    exit_code, out, err = run(*arguments)

    assert exit_code == code
    assert (out + err).strip()
    assert "Traceback" not in out + err


def test_printed_sql_runs_as_it_stands(run: Any, demo_path: Path) -> None:
    _, out, _ = run("ask", "2025年各大区销售额", "--json")
    form = json.loads(out)

    table = DuckDBEngine.open(demo_path).run_trusted(form["sql"])

    assert table.num_rows == len(form["rows"])


def test_explain_prints_definitions_rows_rights_and_sql(run: Any) -> None:
    query = {"metrics": ["revenue"], "group_by": ["regions.region"]}

    code, out, _ = run("query", json.dumps(query), "--explain", "--lang", "en", "--as", "manager_east")  # fmt: skip

    assert code == 0
    assert [part for part in ("Definitions", "Rows", "Joins", "Rights") if part not in out] == []
    assert "MEASURE(revenue)" in out
    assert "/* revenue: current rows of order_lines */" in " ".join(out.split())


def test_json_has_the_explanation(run: Any) -> None:
    _, out, _ = run("ask", "2025年各大区销售额", "--json")

    rows = json.loads(out)["explanation"]["rows"]
    assert [(item["dataset"], item["start"], item["end"]) for item in rows] == [
        ("order_lines", "2025-01-01", "2026-01-01")
    ]


def test_a_verified_answer_lists_its_checks(run: Any) -> None:
    query = {"metrics": ["revenue"], "group_by": ["regions.region"], "totals": True}

    code, out, _ = run("query", json.dumps(query), "--verify", "--lang", "en")
    json_code, form, _ = run("ask", "2025年各大区销售额", "--verify", "--json")

    assert (code, json_code) == (0, 0)
    assert "✓ The total, asked alone, agrees" in out
    told = {check["name"]: check["status"] for check in json.loads(form)["checks"]}
    assert told["members_asked_alone"] == told["reproducible"] == "passed"
    assert all(check["detail"] for check in json.loads(form)["checks"])


@pytest.fixture
def doubled(tmp_path: Path) -> tuple[str, ...]:
    """A shop whose key of regions is not unique: rows of one region come twice."""
    again = "INSERT INTO regions VALUES (1, 'Shadow', 'Shadow', 'CN');"
    shop(tmp_path / "doubled", rows=SHOP_ROWS + again)
    definitions = tmp_path / "doubled" / "definitions"
    data = tmp_path / "doubled" / "data.duckdb"
    query = {"metrics": ["revenue"], "group_by": ["regions.region"], "totals": True}
    return ("query", json.dumps(query), "--definitions", str(definitions), "--data", str(data))


def test_an_answer_that_fails_a_check_shows_no_number(run: Any, doubled: tuple[str, ...]) -> None:
    code, out, _ = run(*doubled, "--verify", "--lang", "en", data=False)

    assert code == 1
    assert "no number is shown" in " ".join(out.split())
    assert "✗ Joins leave the rows as they are" in out
    assert "━" not in out


def test_an_answer_that_fails_a_check_is_an_error_in_json(
    run: Any, doubled: tuple[str, ...]
) -> None:
    code, out, _ = run(*doubled, "--verify", "--json", "--lang", "zh", data=False)

    form = json.loads(out)
    assert (code, form["status"], form["code"], form["rows"]) == (1, "error", "not_verified", [])
    assert "关联不改变行数" in form["message"]
    assert {check["name"] for check in form["checks"] if check["status"] == "failed"} >= {
        "rows_unchanged_by_joins",
        "total_asked_alone",
    }


def test_as_user_sees_own_region(run: Any) -> None:
    _, out, _ = run("ask", "2025年各大区销售额", "--as", "manager_east", "--json")

    assert [row[0] for row in json.loads(out)["rows"]] == ["华东"]


@pytest.mark.parametrize(
    "content", [None, b"", b"not a database at all" * 400], ids=["missing", "empty", "garbage"]
)
def test_bad_data_file_is_an_error_without_a_path(
    run: Any, tmp_path: Path, content: bytes | None
) -> None:
    path = tmp_path / "shop.duckdb"
    if content is not None:
        path.write_bytes(content)

    code, out, err = run("ask", "销售额", "--data", str(path), "--json", data=False)

    assert code == 1
    assert json.loads(out)["message"]
    assert str(tmp_path) not in out + err


def test_broken_definitions_name_file_and_line(run: Any, tmp_path: Path) -> None:
    (tmp_path / "defs").mkdir()
    (tmp_path / "defs" / "model.yml").write_text(
        "version: 1\nmodel: sales\nmetrics:\n  revenue: {agg: sum}\n", encoding="utf-8"
    )

    code, out, _ = run("check", "--definitions", str(tmp_path / "defs"), "--json")

    found = json.loads(out)["findings"]
    assert code == 1
    assert any(item["where"] == "model.yml:4" for item in found)


def test_check_of_the_sales_pack_is_clean(run: Any) -> None:
    code, out, _ = run("check", "--json")

    form = json.loads(out)
    assert code == 0
    assert form["checked"]["metrics"] >= 20
    assert [item for item in form["findings"] if item["level"] == "problem"] == []


def test_demo_writes_data_and_prints_hashes(run: Any, tmp_path: Path) -> None:
    code, out, _ = run("demo", str(tmp_path / "small.duckdb"), "--scale", "0.02", data=False)

    assert code == 0
    assert "orders\t" in out
    assert (tmp_path / "small.duckdb").exists()


@pytest.mark.parametrize(
    "arguments", [("--scale", "0"), ("--through", "1999-01-01")], ids=["scale", "through"]
)
def test_demo_refuses_what_makes_no_company(
    run: Any, tmp_path: Path, arguments: tuple[str, str]
) -> None:
    code, _, err = run("demo", str(tmp_path / "x.duckdb"), *arguments, data=False)

    assert code == 2
    assert err.strip()


def test_bad_environment_is_named(run: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("WENSHU_SECONDS", "soon")

    code, _, err = run("ask", "销售额")

    assert code == 2
    assert "WENSHU_SECONDS" in err


def test_command_line_does_not_load_the_page() -> None:
    code = "import sys, assistant.surfaces.cli; sys.exit('gradio' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


HOLD = "import duckdb, sys, time; held = duckdb.connect(sys.argv[1]); print('held', flush=True); time.sleep(60)"


def test_data_that_another_program_writes_are_said_to_be_locked(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "shop.duckdb"
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdout=subprocess.PIPE
    ) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()

        code, out, err = run("ask", "销售额", "--data", str(path), "--json", data=False)

        holder.kill()
    assert code == 1
    assert json.loads(out)["code"] == "data_locked"
    assert str(tmp_path) not in out + err


def test_busy_port_is_named(run: Any) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]

        code, _, err = run("serve", "--port", str(port))

    assert code == 1
    assert str(port) in err


def test_page_is_not_served_beyond_this_machine(run: Any) -> None:
    code, _, err = run("serve", "--host", "192.0.2.1")

    assert code == 1
    assert "192.0.2.1" in err


CASES = [
    {
        "id": "right",
        "question": "2025年销售额",
        "expect": {"status": "answered", "query": {"metrics": [{"metric": "revenue"}]}},
    },
    {"id": "refused", "question": "北京天气", "expect": {"status": "refused"}},
    {"id": "wrong", "question": "2025年订单量", "expect": {"status": "answered", "rows": [[1]]}},
]


@pytest.mark.parametrize(
    ("gate", "code"),
    [((), 0), (("--min-right", "0.9"), 1), (("--max-wrong", "0.5"), 0)],
    ids=["none", "missed", "met"],
)
def test_eval_scores_cases_and_keeps_gates(
    run: Any, tmp_path: Path, gate: tuple[str, ...], code: int
) -> None:
    path, out = tmp_path / "cases.jsonl", tmp_path / "predictions.jsonl"
    path.write_text(
        "\n".join(json.dumps(case, ensure_ascii=False) for case in CASES), encoding="utf-8"
    )

    exit_code, _, _ = run("eval", str(path), "--out", str(out), *gate)

    verdicts = {
        item["id"]: item["verdict"]
        for item in map(json.loads, out.read_text(encoding="utf-8").splitlines())
    }
    assert exit_code == code
    assert verdicts == {"right": "right", "refused": "right", "wrong": "wrong"}


def test_broken_case_file_is_explained(run: Any, tmp_path: Path) -> None:
    path = tmp_path / "cases.jsonl"
    path.write_text('{"id": "a", "queston": "x"}', encoding="utf-8")

    code, _, err = run("eval", str(path))

    assert code == 2
    assert "question" in err


def test_query_prints_the_sql_for_another_engine(run: Any) -> None:
    query = '{"metrics": ["revenue"], "group_by": [{"time": "week"}]}'

    code, out, _ = run("query", query, "--dialect", "bigquery")

    assert code == 0
    assert out.startswith("WITH `b1`")
    assert "ISOWEEK" in out


def test_query_prints_the_sql_in_an_object(run: Any) -> None:
    query = '{"metrics": ["revenue"]}'

    code, out, _ = run("query", query, "--dialect", "duckdb", "--json")

    form = json.loads(out)
    _, ran, _ = run("query", query, "--json")
    assert code == 0
    assert (form["status"], form["dialect"]) == ("answered", "duckdb")
    assert form["sql"] == json.loads(ran)["sql"]
    assert form["query"] == {"metrics": [{"metric": "revenue"}]}


@pytest.mark.parametrize(("lang", "word"), [("zh", "不认识"), ("en", "Known:")])
def test_an_unknown_dialect_is_usage_and_names_the_known_ones(
    run: Any, lang: str, word: str
) -> None:
    code, out, err = run("query", '{"metrics": ["revenue"]}', "--dialect", "oracle", "--lang", lang)

    assert code == 2
    assert out == ""
    assert word in err
    assert "clickhouse" in err


def test_what_a_dialect_cannot_say_is_refused_in_words(run: Any) -> None:
    query = '{"metrics": ["revenue"], "where": [{"field": "orders.channel", "value": "${x}"}]}'

    code, out, _ = run("query", query, "--dialect", "spark", "--json", "--lang", "en")

    form = json.loads(out)
    assert code == 4
    assert (form["status"], form["code"]) == ("refused", "not_supported")
    assert "spark" in form["message"]


@pytest.mark.parametrize(
    ("command", "key"), [("check", "metrics"), ("query", "group_by")], ids=["check", "query"]
)
def test_schema_is_printed_without_data(run: Any, command: str, key: str) -> None:
    code, out, _ = run(command, "--schema", data=False)

    schema = json.loads(out)
    assert code == 0
    assert schema["$schema"] == "https://json-schema.org/draft/2020-12/schema"
    assert key in schema["properties"]


def test_check_finds_no_problem_in_the_sample_company(run: Any) -> None:
    code, out, _ = run("check", "--json", "--lang", "en")

    form = json.loads(out)
    assert code == 0
    assert {item["level"] for item in form["findings"]} == {"warning"}
    assert all(item["what"] and item["code"] and item["where"] for item in form["findings"])


def test_check_tells_every_problem_of_a_folder_and_ends_with_1(run: Any, tmp_path: Path) -> None:
    folder = tmp_path / "definitions"
    folder.mkdir()
    (folder / "model.yml").write_text(
        "model: m\nmetrics:\n  a: {dataset: orders, agg: count, ownr: x}\n"
        "datasets: {orders: {source: orders, time: no_such_column}}\n",
        encoding="utf-8",
    )

    code, out, _ = run("check", "--definitions", str(folder), "--json")

    told = [item["what"] for item in json.loads(out)["findings"]]
    assert code == 1
    assert any("`ownr`" in what and "`owner`" in what for what in told)
    assert any("no_such_column" in what for what in told)
