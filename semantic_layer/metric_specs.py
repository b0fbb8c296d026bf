"""The shape of metrics in definition files: one pydantic model per kind."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, model_validator

from semantic_layer.calendar import Grain
from semantic_layer.labels import Described, Label, Spec

GrainName = Literal["day", "week", "month", "quarter", "year"]
AnyGrainName = GrainName | Literal["fiscal_quarter", "fiscal_year"]
_SPAN = re.compile(r"\s*(\d+)\s*(day|week|month|quarter|year)s?\s*", re.IGNORECASE)


class Span(Spec):
    """So many days, weeks, months, quarters or years: `3 months`."""

    count: int = Field(ge=1, le=10_000)
    grain: Grain


def _span(value: object) -> object:
    found = _SPAN.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError("a span is a number and a unit, such as `3 months`")
    return Span(count=int(found[1]), grain=Grain(found[2].lower()))


_SpanWords = Annotated[str, Field(pattern=r"^\s*[0-9]+\s*[A-Za-z]+\s*$", examples=["3 months"])]
SpanText = Annotated[Span, BeforeValidator(_span, json_schema_input_type=_SpanWords)]


class TargetSpec(Spec):
    """What a metric is held against: another metric, or a stated value."""

    metric: str | None = None
    value: float | None = None
    op: Literal[">=", "<="] = ">="
    per: GrainName | None = None
    where: str | None = None
    spread: Literal["even", "working_days", "seasonal"] | None = None
    warn: float | None = None
    alert: float | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> TargetSpec:
        if (self.metric is None) == (self.value is None):
            raise ValueError("a target is either {metric: …} or {value: …}")
        if self.spread == "seasonal" and self.metric is None:
            raise ValueError("a stated value is spread `even` or by `working_days`")
        return self


class DefaultCompareSpec(Spec):
    """What a metric is compared with when nobody says."""

    to: Literal["previous_period", "previous_year"] = "previous_year"
    partial: Literal["align", "full"] = "align"


class SumOf(Spec):
    """Drivers that add up."""

    sum: tuple[str, ...]


class MetricSpec(Described):
    """What every metric has, whatever its formula."""

    unit: str | Label | None = None
    good: Literal["up", "down", "neither"] = "neither"
    owner: str | None = None
    certified: date | None = None
    tier: Literal["primary", "process", "auxiliary"] = "auxiliary"
    family: Literal["contribution", "process", "feedback"] = "contribution"
    compare: DefaultCompareSpec | None = None
    drivers: tuple[str, ...] | SumOf = ()
    target: TargetSpec | None = None
    warn: float | None = None
    alert: float | None = None
    actions: Mapping[str, Label] = {}
    deprecated: bool | Label = False
    replaced_by: str | None = None
    fill_nulls_with: float | None = None

    @property
    def is_deprecated(self) -> bool:
        """Whether it still answers, but should not be asked for any more."""
        return self.replaced_by is not None or self.deprecated is not False

    @property
    def levels(self) -> tuple[float | None, float | None]:
        """Shares of the target below which it warns and alerts; those of the target go before the metric's own."""
        own = self.target
        warn = own.warn if own is not None and own.warn is not None else self.warn
        alert = own.alert if own is not None and own.alert is not None else self.alert
        return warn, alert

    @model_validator(mode="after")
    def _levels_in_order(self) -> MetricSpec:
        warn, alert = self.levels
        if warn is not None and alert is not None and alert > warn:
            raise ValueError("`alert` is a lower share of the target than `warn`")
        return self


Aggregate = Literal["sum", "count", "count_distinct", "avg", "min", "max", "median", "percentile"]


class NonAdditiveSpec(Spec):
    """A date that values must not be added over: the last (or first) one of each period counts."""

    name: str
    window_agg: Literal["last", "first"] = "last"
    group_by: tuple[str, ...] = ()


class SimpleMetric(MetricSpec):
    """An aggregate over one dataset's rows."""

    type: Literal["simple"] = "simple"
    dataset: str
    agg: Aggregate
    expr: str | None = None
    p: float | None = Field(default=None, gt=0, lt=1)
    filter: str | None = None
    time: str | None = None
    non_additive_dimension: NonAdditiveSpec | None = None

    @model_validator(mode="after")
    def _needs(self) -> SimpleMetric:
        if self.agg != "count" and self.expr is None:
            raise ValueError(f"agg {self.agg} needs `expr`: what to aggregate")
        if (self.agg == "percentile") != (self.p is not None):
            raise ValueError("agg percentile needs `p` (0.75), and only it")
        return self


class FilteredMetric(MetricSpec):
    """Another metric over fewer rows, or on another date."""

    type: Literal["filtered"] = "filtered"
    of: str
    filter: str | None = None
    time: str | None = None


class RatioMetric(MetricSpec):
    """One expression over metrics divided by another, each aggregated first."""

    type: Literal["ratio"]
    numerator: str
    denominator: str


class DerivedMetric(MetricSpec):
    """Arithmetic over metrics."""

    type: Literal["derived"]
    expr: str


class OffsetMetric(MetricSpec):
    """Another metric as it was some time earlier, or in the first period of a longer one."""

    type: Literal["offset"]
    input_metric: str
    offset_window: SpanText | None = None
    offset_to_grain: GrainName | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> OffsetMetric:
        if (self.offset_window is None) == (self.offset_to_grain is None):
            raise ValueError("an offset is either `offset_window` (1 year) or `offset_to_grain`")
        return self


class CumulativeMetric(MetricSpec):
    """Another metric from the start of a period, or over a trailing window, up to each period's end."""

    type: Literal["cumulative"]
    input_metric: str
    grain_to_date: AnyGrainName | None = None
    window: SpanText | None = None
    period_agg: Literal["last", "first", "avg"] = "last"

    @model_validator(mode="after")
    def _at_most_one(self) -> CumulativeMetric:
        if self.grain_to_date is not None and self.window is not None:
            raise ValueError("`grain_to_date` and `window` do not go together")
        return self


class PerEntityMetric(MetricSpec):
    """An aggregate over entities of what each of them adds up to: the average revenue of a customer."""

    type: Literal["per_entity"]
    entity: str
    input_metric: str
    agg: Literal["sum", "avg", "min", "max", "median", "percentile"] = "avg"
    p: float | None = Field(default=None, gt=0, lt=1)

    @model_validator(mode="after")
    def _needs(self) -> PerEntityMetric:
        if (self.agg == "percentile") != (self.p is not None):
            raise ValueError("agg percentile needs `p` (0.75), and only it")
        return self


class EntityShareMetric(MetricSpec):
    """How many entities pass a test on their own metrics, of all that have any rows: the repeat rate."""

    type: Literal["entity_share", "entity_count"]
    entity: str
    having: str


class AverageOfSnapshotsMetric(MetricSpec):
    """The mean of a balance over the dates that it is given for."""

    type: Literal["average_of_snapshots"]
    of: str


class BalanceMetric(MetricSpec):
    """What has come in and not gone out, since the data begin: receivables are what was billed less what was paid.

    Both sides are expressions over metrics, each on its own date.
    """

    type: Literal["balance"]
    inflow: str
    outflow: str


class ConversionMetric(MetricSpec):
    """How many that enter the first stage reach the last one, each stage after the one before.

    `basis: cohort` counts each entity once, by its first entry in the group; `event` counts every entry, and what
    follows belongs to the latest entry before it. `window`: how long after the entry the last stage may come.
    """

    type: Literal["conversion"]
    entity: str
    stages: tuple[str, ...] = Field(min_length=2)
    window: SpanText | None = None
    basis: Literal["cohort", "event"] = "cohort"
    calculation: Literal["rate", "count"] = "rate"


class RetentionMetric(MetricSpec):
    """How many whose first time ever falls in a period are there again so many periods later."""

    type: Literal["retention"]
    entity: str
    of: str
    grain: GrainName = "month"
    after: int = Field(default=1, ge=1, le=1_000)
    calculation: Literal["rate", "count"] = "rate"


Metric = (
    SimpleMetric
    | FilteredMetric
    | RatioMetric
    | DerivedMetric
    | OffsetMetric
    | CumulativeMetric
    | PerEntityMetric
    | EntityShareMetric
    | AverageOfSnapshotsMetric
    | BalanceMetric
    | ConversionMetric
    | RetentionMetric
)
METRIC_KINDS: dict[str, type[MetricSpec]] = {
    "simple": SimpleMetric,
    "filtered": FilteredMetric,
    "ratio": RatioMetric,
    "derived": DerivedMetric,
    "offset": OffsetMetric,
    "cumulative": CumulativeMetric,
    "per_entity": PerEntityMetric,
    "entity_share": EntityShareMetric,
    "entity_count": EntityShareMetric,
    "average_of_snapshots": AverageOfSnapshotsMetric,
    "balance": BalanceMetric,
    "conversion": ConversionMetric,
    "retention": RetentionMetric,
}
"""What `type` says; without it a metric with `of` is filtered, any other simple."""
