"""The command line: `wenshu serve | ask | query | check | eval | demo`.

Exit codes: 0 answered, 1 error, 2 usage, 3 clarification asked, 4 refused. With `--json` one object goes to stdout
whatever the code; progress and logs go to stderr.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path
from typing import Annotated

import typer

from assistant.locale import text as worded
from assistant.opening import Sources
from assistant.question import LANGUAGES, Question
from assistant.surfaces.door import (
    ERRORS,
    USAGE,
    Shown,
    choose_language,
    fail,
    finish,
    open_door,
    print_json,
    read_day,
    read_json,
    read_settings,
    say,
    stop,
    usage,
)
from assistant.surfaces.page_assistant import PageAssistant
from assistant.surfaces.writing import known_dialect, print_sql
from semantic_layer.errors import MalformedQuery, WenshuError
from semantic_layer.model import LOCAL_OWNER
from semantic_layer.schemas import definitions_schema, query_schema

READERS = ("auto", "rules")

app = typer.Typer(
    name="wenshu",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help=__doc__,
)

DefinitionsOption = Annotated[
    Path | None, typer.Option("--definitions", help="Folder of definition files.")
]
DataOption = Annotated[
    str | None,
    typer.Option("--data", help="A .duckdb file, or a folder or glob of CSV, Parquet, Excel."),
]
TodayOption = Annotated[str | None, typer.Option("--today", help="The asker's day, YYYY-MM-DD.")]
AsOption = Annotated[
    str | None, typer.Option("--as", help="Ask as this principal of principals.yml.")
]
LangOption = Annotated[
    str | None, typer.Option("--lang", help="zh or en; default: the question's.")
]
ExplainOption = Annotated[bool, typer.Option("--explain", help="Also print how it was calculated.")]
VerifyOption = Annotated[
    bool,
    typer.Option(
        "--verify", help="Also ask again for total, base and members; exit 1 if one differs."
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
SchemaOption = Annotated[
    bool, typer.Option("--schema", help="Print the JSON Schema of what is read here, and end.")
]


def main() -> None:
    """Run the command line."""
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(levelname)s %(name)s: %(message)s"
    )
    app()


@app.command()
def ask(
    question: Annotated[str, typer.Argument(help="The question, in Chinese or English.")],
    definitions: DefinitionsOption = None,
    data: DataOption = None,
    today: TodayOption = None,
    as_user: AsOption = None,
    lang: LangOption = None,
    reader: Annotated[
        str, typer.Option("--reader", help="auto or rules: this version reads by rules.")
    ] = "auto",
    as_json: JsonOption = False,
    explain: ExplainOption = False,
    verify: VerifyOption = False,
) -> None:
    """Answer one question."""
    language = choose_language(lang, question)
    if reader not in READERS:
        usage(worded("cli.bad_reader", language, reader=reader), as_json=as_json)
    door = open_door(definitions, data, today, as_user, language, as_json=as_json)
    asked = Question(text=question, language=language, today=door.today, principal=door.principal)
    shown = Shown(as_json=as_json, explain=explain, verify=verify)
    finish(door.assistant.answer(asked), door.assistant, shown)


@app.command()
def query(
    metric_query: Annotated[str | None, typer.Argument(help="A MetricQuery as JSON.")] = None,
    sql: Annotated[str | None, typer.Option("--sql", help="Semantic SQL instead of JSON.")] = None,
    definitions: DefinitionsOption = None,
    data: DataOption = None,
    today: TodayOption = None,
    as_user: AsOption = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
    explain: ExplainOption = False,
    verify: VerifyOption = False,
    dialect: Annotated[
        str | None,
        typer.Option("--dialect", help="Print the SQL for this engine instead of running it."),
    ] = None,
    schema: SchemaOption = False,
) -> None:
    """Answer a query in catalog names: JSON, or semantic SQL."""
    if schema:
        print_json(query_schema())
        return
    language = choose_language(lang, "")
    if (metric_query is None) == (sql is None):
        usage(worded("cli.query_needs_one", language), as_json=as_json)
    if dialect is not None:
        known_dialect(dialect, language, as_json=as_json)
    door = open_door(definitions, data, today, as_user, language, as_json=as_json)
    asked = Question(
        text=metric_query or sql or "",
        language=language,
        today=door.today,
        principal=door.principal,
    )
    try:
        parsed = (
            door.assistant.parse_sql(sql, asked)
            if sql is not None
            else read_json(metric_query or "")
        )
    except MalformedQuery as error:
        stop(error, language, as_json=as_json, code=USAGE)
    except WenshuError as error:
        stop(error, language, as_json=as_json)
    if dialect is not None:
        print_sql(door, parsed, asked, dialect, as_json=as_json)
    shown = Shown(as_json=as_json, explain=explain, verify=verify)
    finish(door.assistant.query(parsed, asked), door.assistant, shown)


@app.command()
def serve(
    definitions: DefinitionsOption = None,
    data: DataOption = None,
    host: Annotated[
        str, typer.Option(help="A loopback address: the page has no login.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="0 takes any free port.")] = 7860,
    lang: LangOption = None,
) -> None:
    """Serve the chat page on this machine; without arguments on the sample company."""
    language = choose_language(lang, "")
    door = open_door(definitions, data, None, None, language, as_json=False)
    # Gradio takes seconds to import, and no other command needs it.
    from assistant.surfaces.ui import app as page  # noqa: PLC0415

    desk = PageAssistant(assistant=door.assistant)
    # The first visitor should not wait while example questions are run.
    for spoken in LANGUAGES:
        desk.welcome(LOCAL_OWNER, spoken)
    try:
        page.serve(
            desk,
            host,
            port,
            ready=lambda address: ERRORS.print(worded("cli.serving", language, address=address)),
        )
    except page.PortInUse as error:
        fail(worded("cli.port_in_use", language, port=error.port))
    except page.NotLoopback:
        fail(worded("cli.not_loopback", language, host=host))


@app.command()
def check(
    definitions: DefinitionsOption = None,
    data: DataOption = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
    schema: SchemaOption = False,
) -> None:
    """Check definitions, live data and golden tests; exit 1 on a problem."""
    if schema:
        print_json(definitions_schema())
        return
    from assistant.surfaces.checking import run_check  # noqa: PLC0415

    language = choose_language(lang, "")
    raise typer.Exit(
        run_check(
            Sources(definitions=definitions, data=data),
            read_settings(language),
            language,
            as_json=as_json,
        )
    )


@app.command(name="eval")
def evaluate(
    cases: Annotated[Path, typer.Argument(help="Cases: JSONL, or a YAML list.")],
    definitions: DefinitionsOption = None,
    data: DataOption = None,
    today: TodayOption = None,
    reader: Annotated[str, typer.Option("--reader", help="auto or rules.")] = "auto",
    out: Annotated[
        Path | None, typer.Option("--out", help="Write one prediction a line here.")
    ] = None,
    jobs: Annotated[int, typer.Option("--jobs", min=1)] = 1,
    min_right: Annotated[
        float | None, typer.Option("--min-right", help="Exit 1 below this share of right answers.")
    ] = None,
    max_wrong: Annotated[
        float | None,
        typer.Option("--max-wrong", help="Exit 1 above this share of wrong, confident answers."),
    ] = None,
    lang: LangOption = None,
    as_json: JsonOption = False,
) -> None:
    """Run question cases and score the answers."""
    from assistant.surfaces.evaluating import Gates, Run, run_eval  # noqa: PLC0415

    language = choose_language(lang, "")
    if reader not in READERS:
        usage(worded("cli.bad_reader", language, reader=reader), as_json=as_json)
    door = open_door(definitions, data, today, None, language, as_json=as_json)
    run = Run(
        today=door.today,
        gates=Gates(min_right=min_right, max_wrong=max_wrong),
        out=out,
        jobs=jobs,
        language=language,
        as_json=as_json,
    )
    raise typer.Exit(run_eval(cases, door.assistant, run))


@app.command()
def demo(
    out: Annotated[Path, typer.Argument(help="The DuckDB file to write.")],
    scale: Annotated[float, typer.Option(help="1 is some 60,000 orders.")] = 1.0,
    through: Annotated[str | None, typer.Option(help="Last day, YYYY-MM-DD.")] = None,
    lang: LangOption = None,
) -> None:
    """Write the sample company's data."""
    from assistant.demo.generator import THROUGH, write_demo  # noqa: PLC0415

    language = choose_language(lang, "")
    last = read_day(through, language, as_json=False)
    try:
        hashes = write_demo(out, scale=scale, through=last or THROUGH, progress=say)
    except ValueError:
        usage(worded("cli.bad_demo", language), as_json=False)
    except OSError:
        fail(worded("cli.cannot_write", language, name=out.name))
    for name, value in hashes.items():
        typer.echo(f"{name}\t{value}")


if __name__ == "__main__":
    main()
