"""Which days the data cover: the first and the last of each date column, asked once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import pairwise

from sqlglot import exp

from semantic_layer.atoms import ColumnRef, TimeColumn
from semantic_layer.calendar import Grain, Period
from semantic_layer.engines.base import RawResult
from semantic_layer.errors import DefinitionError, Problem
from semantic_layer.formulas import parse_expression
from semantic_layer.policy import Access, scan
from semantic_layer.sql_nodes import column

Days = tuple[date | None, date | None]


@dataclass(slots=True)
class Coverage:
    """Tells how far the data go that one principal sees, through the row rules like every other read.

    Whoever sees some rows gets the answers of a copy with those rows, so running periods are cut where they end; the
    last day of other people's rows is nobody's business. `settings.as_of` is another thing: the owner declares what
    day it is, for everybody alike, so that one is read with the owner's rights.

    Attributes:
        access: What is defined and may be seen.
        fetch: Runs a statement with those rights.
    """

    access: Access
    fetch: Callable[[exp.Select], RawResult]
    known: dict[tuple[str, str], Days] = field(default_factory=dict)
    periods: Mapping[str, tuple[Period, ...]] | None = None

    def as_of(self) -> date | None:
        """Return the last day with data as the definitions declare it (`settings.as_of`), or None.

        Raises:
            DefinitionError: It is not `max(dataset.column)`.
        """
        text = self.access.catalog.settings.as_of
        if text is None:
            return None
        tree = parse_expression(text)
        found = tree.find(exp.Column)
        if (
            not isinstance(tree, exp.Max)
            or found is None
            or found.table not in self.access.catalog.datasets
        ):
            what = f"settings.as_of `{text}` is not max(dataset.column)"
            raise DefinitionError([Problem("definitions", 1, what, "Write max(dataset.column)")])
        return self.days(ColumnRef(found.table, found.name))[1]

    def listed(self) -> Mapping[str, tuple[Period, ...]]:
        """Return the periods of every grain of the table of days, in order.

        A grain whose members recur (P1 of each year), overlap or leave days out has no periods.
        """
        if self.periods is None:
            calendar = self.access.catalog.calendar
            grains = calendar.grains if calendar else {}
            found = {grain: self._periods(held) for grain, held in grains.items()}
            self.periods = {grain: items for grain, items in found.items() if items}
        return self.periods

    def _periods(self, held: str) -> tuple[Period, ...]:
        calendar = self.access.catalog.calendar
        if calendar is None:
            return ()
        day = column("t", calendar.date)
        inner = scan(calendar.dataset, frozenset({held, calendar.date}), None)
        ends = (exp.Min(this=day), exp.Max(this=day.copy()), exp.Count(this=day.copy()))
        named = [
            exp.alias_(end, name) for end, name in zip(ends, ("first", "last", "days"), strict=True)
        ]
        alias = exp.TableAlias(this=exp.to_identifier("t", quoted=True))
        select = exp.Select(expressions=[exp.alias_(column("t", held), "period"), *named])
        select = select.from_(exp.Subquery(this=inner, alias=alias), copy=False)
        select = select.where(
            exp.Not(this=exp.Is(this=column("t", held), expression=exp.null())), copy=False
        )
        raw = self.fetch(select.group_by(exp.Literal.number(1), copy=False))
        firsts, lasts, counts = (raw.table.column(place).to_pylist() for place in (1, 2, 3))
        rows = [
            (_day(first), _day(last), days)
            for first, last, days in zip(firsts, lasts, counts, strict=True)
        ]
        found = sorted(
            Period(first, last + timedelta(days=1)) for first, last, _ in rows if first and last
        )
        whole = all((last - first).days + 1 == days for first, last, days in rows if first and last)
        joined = all(one.end == other.start for one, other in pairwise(found))
        return tuple(found) if whole and joined and not raw.truncated else ()

    def through(self, times: Sequence[TimeColumn], today: date, as_of: date | None) -> date | None:
        """Return the last day with data of some dates, not later than today; None without any date.

        Args:
            times: The dates.
            today: The asker's day.
            as_of: The last day as the definitions declare it, or None.
        """
        if not times:
            return None
        last = as_of or self.span(times)[1]
        return min(last, today) if last else None

    def span(self, times: Iterable[TimeColumn]) -> Days:
        """Return the first and the last day of some dates.

        Dates that a coarser grain stamps on a period's first day (targets) do not tell how far the data go.
        """
        found = [self.days(item.ref) for item in times if item.grain is Grain.DAY]
        firsts = [first for first, _ in found if first is not None]
        lasts = [last for _, last in found if last is not None]
        return min(firsts, default=None), max(lasts, default=None)

    def days(self, ref: ColumnRef) -> Days:
        """Return the first and the last day of a date column."""
        owner = self._owner(ref)
        key = (owner, ref.column)
        if key not in self.known:
            dataset = self.access.catalog.datasets[owner]
            read = dataset.wall_clock("t", ref.column)
            ends = [exp.Min(this=read), exp.Max(this=read.copy())]
            inner = scan(dataset, frozenset({ref.column}), self.access.rules[owner])
            alias = exp.TableAlias(this=exp.to_identifier("t", quoted=True))
            named = [
                exp.alias_(end, name) for end, name in zip(ends, ("first", "last"), strict=True)
            ]
            select = exp.Select(expressions=named).from_(
                exp.Subquery(this=inner, alias=alias), copy=False
            )
            table = self.fetch(select).table
            self.known[key] = _day(table.column(0)[0].as_py()), _day(table.column(1)[0].as_py())
        return self.known[key]

    def _owner(self, ref: ColumnRef) -> str:
        if ref.source in self.access.catalog.datasets:
            return ref.source
        relationships = self.access.catalog.definitions.relationships
        return next(item.to.dataset for item in relationships if item.role == ref.source)


def _day(value: object) -> date | None:
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None
