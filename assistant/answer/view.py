"""A result as its reader sees it: rows as values, every cell with its one text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from assistant.answer.labels import member_text, part_text, stated
from assistant.answer.numbers import (
    as_decimal,
    format_bucket,
    format_delta,
    format_fiscal,
    format_value,
)
from assistant.locale import text
from semantic_layer.calendar import Period, period_of
from semantic_layer.catalog import Catalog
from semantic_layer.result import Column, Result, Role

NUMERIC = frozenset(Role) - {Role.DIMENSION, Role.TIME}
SIGNED = frozenset({Role.CHANGE, Role.CHANGE_PCT})


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A result in one language.

    Attributes:
        rows: Values as Arrow gives them, in the order shown.
        texts: For each row the text of each column, in the order of `result.columns`.
    """

    result: Result
    catalog: Catalog
    language: str
    rows: tuple[tuple[object, ...], ...]
    texts: tuple[tuple[str, ...], ...]

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of the result."""
        return self.result.columns

    @property
    def data_rows(self) -> tuple[int, ...]:
        """Positions of the rows that are not totals."""
        kinds = self.result.row_kinds
        return tuple(row for row, kind in enumerate(kinds) if kind == "data")

    @property
    def total_row(self) -> int | None:
        """Position of the totals row, or None."""
        kinds = self.result.row_kinds
        return next((row for row, kind in enumerate(kinds) if kind == "total"), None)

    @property
    def dimensions(self) -> tuple[int, ...]:
        """Positions of the columns that hold members, without those that only name them."""
        return tuple(
            place
            for place, column in enumerate(self.columns)
            if column.role is Role.DIMENSION and column.label_of is None
        )

    @property
    def time(self) -> int | None:
        """Position of the time column, or None."""
        return self.of_role(Role.TIME)

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics of the result, in order; of SQL around governed queries those that they ask for."""
        inner = (use.metric for leaf in self.result.leaves for use in leaf.metrics)
        own = (column.metric for column in self.columns if column.metric is not None)
        return tuple(dict.fromkeys((*own, *inner)))

    def of_role(self, role: Role, metric: str | None = None) -> int | None:
        """Return the position of the first column of a role (and metric), or None."""
        for place, column in enumerate(self.columns):
            if column.role is role and metric in {None, column.metric}:
                return place
        return None

    def numbers(self, place: int) -> Iterator[tuple[int, object]]:
        """Yield row and value of a column, for the data rows in which it is a number."""
        for row in self.data_rows:
            value = self.rows[row][place]
            if as_decimal(value) is not None:
                yield row, value

    def bucket(self, row: int) -> Period | None:
        """Return the days that a row of a time series stands for."""
        place = self.time
        if place is None:
            return None
        day, grain = as_day(self.rows[row][place]), self.columns[place].grain
        return period_of(day, grain) if day is not None and grain is not None else None

    def is_partial(self, row: int) -> bool:
        """Say whether a row's period is cut by the period asked for, or by the end of the data."""
        days = self.bucket(row)
        return days is not None and is_partial(days, self.result)


def is_partial(days: Period, result: Result) -> bool:
    """Say whether the days of a result do not cover a period whole."""
    asked, through = result.period, result.data_through
    if asked is not None and (days.start < asked.start or days.end > asked.end):
        return True
    return through is not None and days.end > through + timedelta(days=1)


def view_of(result: Result, catalog: Catalog, language: str) -> View:
    """Return a result with the text of every cell."""
    result = stated(result)
    columns = [column.to_pylist() for column in result.table.columns]
    rows = tuple(zip(*columns, strict=True)) if columns else ()
    shown = [
        _column_texts(result, place, columns, catalog, language) for place in range(len(columns))
    ]
    return View(
        result=result,
        catalog=catalog,
        language=language,
        rows=rows,
        texts=tuple(zip(*shown, strict=True)) if shown else (),
    )


def as_day(value: object) -> date | None:
    """Return the day of a time cell, or None for the member of a calendar table."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else None


def _column_texts(
    result: Result, place: int, columns: list[list[object]], catalog: Catalog, language: str
) -> list[str]:
    column, values = result.columns[place], columns[place]
    match column.role:
        case Role.TIME:
            return _whole_row(result, [_time_text(column, value, language) for value in values])
        case Role.DIMENSION:
            return _whole_row(result, _member_texts(result, place, columns, catalog, language))
        case _ if column.role in SIGNED:
            return [format_delta(value, column.unit, language) for value in values]
        case _:
            return [format_value(value, column.unit, language) for value in values]


def _whole_row(result: Result, texts: list[str]) -> list[str]:
    """Take the names out of the totals row: it has no member."""
    return [
        shown if kind == "data" else "" for shown, kind in zip(texts, result.row_kinds, strict=True)
    ]


def _time_text(column: Column, value: object, language: str) -> str:
    day = as_day(value)
    if day is not None and column.fiscal is not None:
        return format_fiscal(day, column.fiscal, language)
    if day is None or column.grain is None:
        return text("member.unknown", language) if value is None else str(value)
    return format_bucket(day, column.grain, language)


def _member_texts(
    result: Result, place: int, columns: list[list[object]], catalog: Catalog, language: str
) -> list[str]:
    column, keys = result.columns[place], columns[place]
    if column.part is not None:
        return [part_text(column.part, key, language) for key in keys]
    field = catalog.fields.get(column.grouped_by or "")
    spec = field.spec if field is not None else None
    naming = _naming_column(result.columns, column.name, language)
    names = columns[naming] if naming is not None else keys
    texts = [
        member_text(key if name is None else name, spec, language)
        for key, name in zip(keys, names, strict=True)
    ]
    if naming is None:
        return texts
    holders = {(shown, str(key)) for shown, key in zip(texts, keys, strict=True)}
    times = Counter(shown for shown, _ in holders)
    return [
        text("member.namesake", language, name=shown, key=key) if times[shown] > 1 else shown
        for shown, key in zip(texts, keys, strict=True)
    ]


def _naming_column(columns: tuple[Column, ...], name: str, language: str) -> int | None:
    """Return the column that names the members in a language, or the only one there is."""
    naming = [place for place, column in enumerate(columns) if column.label_of == name]
    fitting = [place for place in naming if columns[place].name.endswith(f"_{language}")]
    return next(iter((*fitting, *naming)), None)
