"""`wenshu check`: definitions, the live data behind them, and the golden tests; one table of findings."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal

from rich.console import Console
from rich.table import Table
from rich.text import Text

from assistant.locale import text
from assistant.opening import Sources, open_layer
from assistant.question import Language
from assistant.settings import Settings
from assistant.surfaces.door import print_json, say
from semantic_layer.errors import DefinitionError, MalformedQuery, WenshuError
from semantic_layer.health import findings_of
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER, TestSpec
from semantic_layer.query import parse_query


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One line of the report."""

    level: Literal["problem", "warning"]
    where: str
    what: str


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
                level="problem", where=f"{item.file}:{item.line}", what=f"{item.what}. {item.fix}"
            )
            for item in error.problems
        ]
        return _report(found, {}, language, as_json=as_json)
    except WenshuError as error:
        name = str(error.facts.get("name", ""))
        return _report(
            [Finding(level="problem", where=name, what=error.code)], {}, language, as_json=as_json
        )
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
            what=text(f"check_finding.{item.code}", language, **item.facts),
        )


def _goldens(layer: SemanticLayer, language: Language) -> Iterator[Finding]:
    people = {item.name: item for item in (LOCAL_OWNER, *layer.principals)}
    for index, test in enumerate(layer.catalog.definitions.tests, 1):
        where = f"tests[{index}]"
        try:
            principal = people[test.as_] if test.as_ else LOCAL_OWNER
            rows = layer.run(parse_query(dict(test.query)), principal, today=_day(test)).rows()
        except KeyError:
            yield Finding(
                level="problem",
                where=where,
                what=text("check_finding.no_principal", language, name=test.as_ or ""),
            )
        except MalformedQuery as error:
            yield Finding(level="problem", where=where, what=str(error))
        except WenshuError as error:
            yield Finding(
                level="problem",
                where=where,
                what=text("check_finding.refused", language, reason=str(error)),
            )
        else:
            expected = [list(row) for row in test.expect]
            if not _same(rows, expected):
                yield Finding(
                    level="problem",
                    where=where,
                    what=text(
                        "check_finding.golden", language, got=rows[:3], expected=expected[:3]
                    ),
                )


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
            table.add_column(text(f"check_report.{key}", language))
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
