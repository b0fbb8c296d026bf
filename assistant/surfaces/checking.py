"""`wenshu check`: definitions, the live data behind them, and the golden tests; one table of findings."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.answer.failures import explain
from assistant.answer.notes import facts_in_words
from assistant.locale import holes, join, text
from assistant.opening import Sources, open_layer
from assistant.question import Language
from assistant.settings import Settings
from assistant.surfaces.door import print_json, say
from semantic_layer.errors import DefinitionError, WenshuError
from semantic_layer.health.findings import findings_of
from semantic_layer.health.probe import DataFinding
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER, TestSpec
from semantic_layer.query import parse_query


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report."""

    level: Literal["problem", "warning"]
    where: str
    what: str
    code: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def run_check(sources: Sources, settings: Settings, language: Language, *, as_json: bool) -> int:
    """Check everything and print the findings.

    Returns:
        The exit code: 1 if anything is a problem.
    """
    try:
        layer = open_layer(sources, settings, say)
    except DefinitionError as error:
        found = [
            Finding(
                level="problem",
                where=f"{item.file}:{item.line}",
                what=f"{item.what}. {item.fix}",
                code=error.code,
            )
            for item in error.problems
        ]
        return _report(found, {}, language, as_json=as_json)
    except WenshuError as error:
        name = str(error.facts.get("name", ""))
        said = explain(error.code, error.facts, language)
        found = [Finding(level="problem", where=name, what=said, code=error.code)]
        return _report(found, {}, language, as_json=as_json)
    found = [*_data(layer, language), *_goldens(layer, language)]
    catalog = layer.catalog
    counts = {
        "metrics": len(catalog.metrics),
        "fields": len(catalog.fields),
        "datasets": len(catalog.datasets),
        "tests": len(catalog.definitions.tests),
    }
    return _report(found, counts, language, as_json=as_json)


def _data(layer: SemanticLayer, language: Language) -> Iterator[Finding]:
    for item in findings_of(layer):
        yield Finding(
            level=item.level,
            where=item.where,
            what=_worded(item, layer, language),
            code=item.code,
            facts={
                key: list(fact) if isinstance(fact, tuple) else fact
                for key, fact in item.facts.items()
            },
        )


def _worded(item: DataFinding, layer: SemanticLayer, language: Language) -> str:
    """Return a finding in words, with its example where it has one to show."""
    single = {key: fact for key, fact in item.facts.items() if not isinstance(fact, tuple)}
    facts = facts_in_words(single, layer.catalog, language)
    facts |= {
        key: join(fact, language) for key, fact in item.facts.items() if isinstance(fact, tuple)
    }
    # An example is shown as it is stored: it is searched for in the data.
    if "example" in item.facts:
        facts["example"] = str(item.facts["example"])
    if item.error is not None:
        facts["reason"] = explain(item.error.code, item.error.facts, language, layer.catalog)
    said = text(f"check_finding.{item.code}", language, **facts)
    if "example" in facts and "example" not in holes(f"check_finding.{item.code}", language):
        said = text("check_finding.with_example", language, said=said, example=facts["example"])
    if item.facts.get("period") is not None:
        said = text("check_finding.in_year", language, said=said, year=str(item.facts["period"]))
    return said


def _goldens(layer: SemanticLayer, language: Language) -> Iterator[Finding]:
    people = {item.name: item for item in (LOCAL_OWNER, *layer.principals)}
    for index, test in enumerate(layer.catalog.definitions.tests, 1):
        where = f"tests[{index}]"
        if test.as_ and test.as_ not in people:
            yield _failed(where, "no_principal", language, name=test.as_)
            continue
        principal = people[test.as_] if test.as_ else LOCAL_OWNER
        try:
            rows = layer.run(parse_query(dict(test.query)), principal, today=_day(test)).rows()
        except WenshuError as error:
            reason = explain(error.code, error.facts, language, layer.catalog)
            yield _failed(where, "refused", language, reason=reason)
            continue
        expected = [list(row) for row in test.expect]
        if not _same(rows, expected):
            yield _failed(where, "golden", language, got=rows[:3], expected=expected[:3])


def _failed(where: str, code: str, language: Language, **facts: object) -> Finding:
    said = text(f"check_finding.{code}", language, **facts)
    return Finding(level="problem", where=where, what=said, code=code)


def _day(test: TestSpec) -> date | None:
    return (
        test.today
        if isinstance(test.today, date) or test.today is None
        else date.fromisoformat(str(test.today))
    )


def _same(rows: Sequence[Sequence[object]], expected: Sequence[Sequence[object]]) -> bool:
    if len(rows) != len(expected):
        return False
    return all(
        len(row) == len(wanted)
        and all(_equal(cell, want) for cell, want in zip(row, wanted, strict=True))
        for row, wanted in zip(rows, expected, strict=True)
    )


def _equal(cell: object, want: object) -> bool:
    if isinstance(want, date):
        want = want.isoformat()
    if (
        isinstance(cell, int | float)
        and isinstance(want, int | float)
        and not isinstance(cell, bool)
    ):
        return abs(cell - want) <= 1e-9 * max(1.0, abs(want))
    return cell == want


def _report(
    found: list[Finding], counts: dict[str, int], language: Language, *, as_json: bool
) -> int:
    problems = sum(item.level == "problem" for item in found)
    if as_json:
        print_json(
            {
                "status": "error" if problems else "answered",
                "findings": [asdict(item) for item in found],
                "checked": counts,
            }
        )
        return 1 if problems else 0
    console = Console()
    if found:
        table = Table(show_edge=False)
        for key in ("level", "where", "what"):
            # Chinese has no spaces to break at: what does not fit goes on in the next line, nothing is cut.
            table.add_column(text(f"check_report.{key}", language), overflow="fold")
        for item in found:
            style = "red" if item.level == "problem" else "yellow"
            table.add_row(
                Text(text(f"check_report.{item.level}", language), style=style),
                Text(item.where),
                Text(item.what),
            )
        console.print(table)
    if counts:
        console.print(text("check_report.counts", language, **counts), highlight=False)
    console.print(
        text("check_report.summary", language, problems=problems, warnings=len(found) - problems),
        highlight=False,
    )
    return 1 if problems else 0
