"""The shape of definition files: one pydantic model per section, as `docs` and REFERENCE describe them.

These models hold what was written. `semantic_layer.catalog` binds names to columns and parses formulas.
"""

from __future__ import annotations

from calendar import month_name
from collections.abc import Mapping
from difflib import get_close_matches
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import AfterValidator, BeforeValidator, Field, GetJsonSchemaHandler, model_validator
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema

from semantic_layer.labels import Described, Label, Labels, MemberSpec, Spec, one_text
from semantic_layer.metric_specs import GrainName, Metric
from semantic_layer.model_calendar import Calendar

Datatype = Literal["String", "Integer", "Decimal", "Float", "Boolean", "Date", "DateTime"]


class FieldSpec(Described):
    """Something that metrics may be grouped or filtered by."""

    datatype: Datatype | None = None
    expr: str | None = None
    values: Mapping[
        str,
        Annotated[MemberSpec, BeforeValidator(one_text, json_schema_input_type=str | MemberSpec)],
    ] = {}
    label_column: Label = Labels()
    pii: bool = False
    mask: str | None = None


class TimeSpec(Spec):
    """Which column `metric_time` means, and the grain that the data are given in."""

    field: str
    grain: GrainName = "day"


def _key(value: object) -> object:
    return [value] if isinstance(value, str) else value


def _time(value: object) -> object:
    """Read a column's name; `none` says that rows are a state."""
    if isinstance(value, str):
        return None if value == "none" else {"field": value}
    return value


def _fields(value: object) -> object:
    """Read fields of which nothing but the name is declared."""
    if isinstance(value, Mapping):
        return {key: {} if spec is None else spec for key, spec in value.items()}
    return {} if value is None else value


class DatasetSpec(Described):
    """A table, or one SELECT, with the fields that it offers."""

    source: str
    primary_key: Annotated[
        tuple[str, ...], BeforeValidator(_key, json_schema_input_type=str | tuple[str, ...])
    ] = ()
    time: Annotated[
        TimeSpec | None, BeforeValidator(_time, json_schema_input_type=str | TimeSpec | None)
    ] = None
    fields: Annotated[
        Mapping[str, FieldSpec],
        BeforeValidator(_fields, json_schema_input_type=Mapping[str, FieldSpec | None] | None),
    ] = {}


class CalendarSpec(Spec):
    """A table of days with the periods that no rule of arithmetic gives: fiscal years, 4-4-5 months."""

    source: str
    date: str
    grains: Mapping[str, str] = {}


class KeySpec(Spec):
    """One end of a relationship."""

    dataset: str
    columns: tuple[str, ...]


def _key_end(value: object) -> object:
    """Read `dataset.column`; the map form serves names that contain a dot."""
    if isinstance(value, str) and "." in value:
        dataset, column = value.strip().split(".", 1)
        return {"dataset": dataset.strip(), "columns": [column.strip()]}
    return value


_KeyText = Annotated[str, Field(pattern=r"\.", examples=["orders.customer_id"])]
KeyEnd = Annotated[KeySpec, BeforeValidator(_key_end, json_schema_input_type=_KeyText | KeySpec)]


class RelationshipSpec(Spec):
    """Rows of `from_` have at most one row of `to`; `role` names a second way to the same dataset.

    `bridge` says that `from_` pairs rows of `to` with its other parents, so that these may group what `to` counts.
    """

    from_: KeyEnd = Field(alias="from")
    to: KeyEnd
    role: str | None = Field(default=None, alias="as")
    bridge: str | None = None

    @model_validator(mode="before")
    @classmethod
    def _arrow(cls, data: Any) -> Any:
        if isinstance(data, str) and "->" in data:
            left, right = data.split("->", 1)
            return {"from": left, "to": right}
        return data

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        """Add the short spelling `a.b -> c.d` to the schema."""
        short = {
            "type": "string",
            "pattern": r"\..*->.*\.",
            "examples": ["lines.order_id -> orders.order_id"],
        }
        return {"anyOf": [short, handler(core)]}

    @property
    def name(self) -> str:
        """What fields of the parent are called by: the role, or the parent's own name."""
        return self.role or self.to.dataset


MonthName = Annotated[str, Field(pattern="^[A-Za-z]+$", examples=["january"])]


def _month(value: object) -> object:
    """Read a month by its English name or its number."""
    names = [name.lower() for name in month_name]
    return (
        names.index(value.lower())
        if isinstance(value, str) and value.lower() in names[1:]
        else value
    )


def _zone(name: str) -> str:
    """Return a zone's name as it is, if there is such a zone."""
    known = available_timezones()
    if known and name not in known:
        close = get_close_matches(name, known, n=1)
        raise ValueError(
            f"there is no time zone `{name}`" + (f"; did you mean `{close[0]}`?" if close else "")
        )
    return name


class Settings(Spec):
    """What holds for a whole model."""

    timezone: Annotated[str, AfterValidator(_zone)] = "UTC"
    week_start: Literal["monday", "sunday"] = "monday"
    fiscal_year_start: Annotated[
        int,
        Field(ge=1, le=12),
        BeforeValidator(
            _month, json_schema_input_type=Annotated[int, Field(ge=1, le=12)] | MonthName
        ),
    ] = 1
    fiscal_year_named_by: Literal["end", "start"] = "end"
    default_year: Literal["calendar", "fiscal"] = "calendar"
    currency: str = "CNY"
    as_of: str | None = None

    @property
    def calendar(self) -> Calendar:
        """Where weeks and fiscal years begin."""
        return Calendar(first_month=self.fiscal_year_start, week_start=self.first_weekday)

    @property
    def first_weekday(self) -> int:
        """The day that weeks begin on, counted from Monday, 0."""
        return {"monday": 0, "sunday": 6}[self.week_start]


class PolicySpec(Spec):
    """What a role may see: the listed datasets, with a row rule or `all`.

    `hide` and `mask` take names away; `show` opens personal fields (`pii`), which are masked otherwise.
    """

    role: str
    datasets: Mapping[str, str] = {}
    hide: tuple[str, ...] = ()
    mask: tuple[str, ...] = ()
    show: tuple[str, ...] = ()


class TestSpec(Spec):
    """A question with its right answer, run by `wenshu check`."""

    query: Mapping[str, Any]
    expect: tuple[tuple[Any, ...], ...]
    today: Any = None
    as_: str | None = Field(default=None, alias="as")


OWNER = "owner"
"""The role that sees everything."""


class Principal(Spec):
    """Who asks. `owner` sees all; every other role sees what its policy lists."""

    name: str
    role: str = OWNER
    attributes: Mapping[str, str | int | float | bool | tuple[str | int, ...]] = {}
    label: Label = Labels()


LOCAL_OWNER = Principal(name="local", role=OWNER, label=Labels(zh="本机所有者", en="Local owner"))


class Definitions(Spec):
    """All definition files of a folder, merged."""

    version: Literal[1] = 1
    model: str
    settings: Settings = Settings()
    datasets: Mapping[str, DatasetSpec] = {}
    calendar: CalendarSpec | None = None
    relationships: tuple[RelationshipSpec, ...] = ()
    hierarchies: Mapping[str, tuple[str, ...]] = {}
    metrics: Mapping[str, Metric] = {}
    policies: tuple[PolicySpec, ...] = ()
    tests: tuple[TestSpec, ...] = ()
