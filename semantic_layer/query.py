"""MetricQuery: what is asked, in catalog names and absolute dates only."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import (
    BeforeValidator,
    Field,
    ValidationError,
    model_validator,
)

from semantic_layer.calendar import DatePart, Grain
from semantic_layer.calendar import Period as Days
from semantic_layer.errors import MalformedQuery
from semantic_layer.filters import (
    AnyOf,
    Condition,
    Filter,
    NotOf,
    Number,
    Operator,
    PartCondition,
    Scalar,
)
from semantic_layer.groups import (
    CalendarGroup,
    DateGroup,
    Group,
    Part,
    PartGroup,
    TimeGroup,
    group_of,
)
from semantic_layer.key_names import told

__all__ = ["AnyOf", "Condition", "Filter", "NotOf", "Number", "Operator", "PartCondition", "Scalar"]

FIRST_YEAR = 1000
LAST_YEAR = 9000
"""Between these, days can be moved by centuries without leaving the calendar."""


Modifier = Literal[
    "value",
    "share",
    "cumulative_share",
    "rank",
    "cumulative",
    "base",
    "change",
    "change_pct",
    "target",
    "attainment",
    "gap",
    "run_rate",
]
CompareColumn = Literal["base", "change", "change_pct"]


class Period(Part):
    """Days from `start` up to, not including, `end`."""

    start: date
    end: date

    @model_validator(mode="after")
    def _forward(self) -> Period:
        if self.end <= self.start:
            raise ValueError("period.end (exclusive) must be later than period.start")
        if self.start.year < FIRST_YEAR or self.end.year > LAST_YEAR:
            raise ValueError(f"a period lies within the years {FIRST_YEAR} to {LAST_YEAR}")
        return self

    @property
    def days(self) -> Days:
        """The same range as a calendar period."""
        return Days(self.start, self.end)


class MetricUse(Part):
    """One metric column: the value itself or something made of it.

    `of`: the whole of a share. `over`: the grain at whose start a cumulative value begins anew. `time`: another date
    of the metric's rows, which this column is counted on, in periods, groups and comparisons; it is called
    `metric_by_date` then.
    """

    metric: str
    modifier: Modifier = "value"
    of: str | None = None
    over: str | None = None
    time: str | None = None

    @model_validator(mode="after")
    def _fits(self) -> MetricUse:
        if self.over is not None and self.modifier != "cumulative":
            raise ValueError("`over` belongs to the modifier `cumulative`")
        return self


class Compare(Part):
    """What the values are compared with, and which columns that adds for every metric."""

    to: Literal["previous_period", "previous_year"] | Period
    show: tuple[CompareColumn, ...] = ("base", "change", "change_pct")
    partial: Literal["align", "full"] = "align"


class Having(Part):
    """One test on a metric's value, after aggregation."""

    metric: str
    op: Literal["=", "!=", ">", ">=", "<", "<=", "between"] = ">"
    value: tuple[Number, Number] | Number
    modifier: Modifier = "value"

    @model_validator(mode="after")
    def _shape(self) -> Having:
        if (self.op == "between") != isinstance(self.value, tuple):
            raise ValueError("`between` needs two numbers, every other operator one")
        return self


class OrderBy(Part):
    """One sort key: a metric column or a grouped field."""

    metric: str | None = None
    field: str | None = None
    time: str | None = None
    part: DatePart | None = None
    modifier: Modifier = "value"
    dir: Literal["asc", "desc"] = "desc"

    @model_validator(mode="after")
    def _one(self) -> OrderBy:
        keys = (self.metric, self.field, self.time, self.part)
        if sum(key is not None for key in keys) != 1:
            raise ValueError("order_by names exactly one of metric, field, time, part")
        return self


def _metric(value: object) -> object:
    return {"metric": value} if isinstance(value, str) else value


class MetricQuery(Part):
    """A governed question. Serialises to JSON (`model_dump_json`) and to semantic SQL.

    `where` entries are AND-ed. `!=` and `not_in` include unknown members. `ties`: at a limit, `cut` keeps exactly
    that many rows (order is total), `include` keeps all that equal the last. `per`: the limit holds within each
    member of that grouped field. `fill`: missing periods of a grouped time appear, counts and sums as zero.
    `totals` adds the ungrouped row, recomputed by kind. `others`: the members that a limit cuts make one more row.
    `include_empty`: every member of the grouped fields has a row, whether or not anything happened there.
    """

    metrics: tuple[
        Annotated[MetricUse, BeforeValidator(_metric, json_schema_input_type=str | MetricUse)], ...
    ] = Field(min_length=1)
    group_by: tuple[Annotated[Group, BeforeValidator(group_of)], ...] = ()
    period: Period | None = None
    where: tuple[Filter, ...] = ()
    having: tuple[Having, ...] = ()
    compare: Compare | None = None
    order_by: tuple[OrderBy, ...] = ()
    limit: int | None = Field(default=None, ge=1, le=100_000)
    ties: Literal["cut", "include"] = "cut"
    per: str | None = None
    others: bool = False
    fill: Literal["zero"] | None = None
    totals: bool = False
    include_empty: bool = False

    @property
    def fields(self) -> tuple[str, ...]:
        """The grouped fields, without the time."""
        return tuple(group for group in self.group_by if isinstance(group, str))

    @property
    def parts(self) -> tuple[DatePart, ...]:
        """The grouped parts of dates."""
        return tuple(group.part for group in self.group_by if isinstance(group, PartGroup))

    @property
    def roles(self) -> tuple[str | None, ...]:
        """The dates that the groups of time name, each once; None stands for the metrics' own."""
        groups = (group for group in self.group_by if isinstance(group, DateGroup))
        return tuple(dict.fromkeys(group.role for group in groups))

    @property
    def calendar_grains(self) -> tuple[str, ...]:
        """The grouped grains of the calendar table."""
        return tuple(group.time for group in self.group_by if isinstance(group, CalendarGroup))

    @property
    def time_grain(self) -> str | None:
        """The grouped time grain, one of every calendar or one of the model's own, or None."""
        times = (group for group in self.group_by if isinstance(group, TimeGroup | CalendarGroup))
        return next((group.time for group in times), None)

    @property
    def grain(self) -> Grain | None:
        """The grouped time grain, or None."""
        return next((group.time for group in self.group_by if isinstance(group, TimeGroup)), None)


def parse_query(data: Any) -> MetricQuery:
    """Read a query from decoded JSON.

    Raises:
        MalformedQuery: Unknown keys, missing ones, or values of the wrong kind; the message names each.
    """
    try:
        return MetricQuery.model_validate(data)
    except ValidationError as error:
        raise MalformedQuery("values", reason="; ".join(told(MetricQuery, error))) from error
