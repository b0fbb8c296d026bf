"""Conditions of a query: tests on fields and on parts of dates, joined by any and not."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import AfterValidator, Discriminator, Field, Tag, model_validator

from semantic_layer.calendar import DatePart
from semantic_layer.groups import Part

_NEED_KNOWN = frozenset({">", ">=", "<", "<=", "between", "contains", "starts_with"})
Operator = Literal[
    "=",
    "!=",
    "in",
    "not_in",
    ">",
    ">=",
    "<",
    "<=",
    "between",
    "contains",
    "starts_with",
    "is_null",
    "not_null",
]


def _bounded(value: Decimal) -> Decimal:
    if not value.is_finite() or abs(value.adjusted()) > 60:
        raise ValueError("a number of at most 60 digits is wanted")
    return value


Number = Annotated[Decimal, AfterValidator(_bounded)]


Scalar = bool | int | Decimal | float | date | datetime | str | None


class Condition(Part):
    """One test on a field."""

    field: str
    op: Operator = "="
    value: tuple[Scalar, ...] | Scalar = None

    @model_validator(mode="after")
    def _shape(self) -> Condition:
        many = isinstance(self.value, tuple)
        for item in self.value if isinstance(self.value, tuple) else (self.value,):
            if isinstance(item, Decimal):
                _bounded(item)
        if self.op in {"in", "not_in"} and not many:
            raise ValueError(f"`{self.op}` needs a list of values")
        if self.op == "between" and not (isinstance(self.value, tuple) and len(self.value) == 2):
            raise ValueError("`between` needs two values")
        if self.op not in {"in", "not_in", "between"} and many:
            raise ValueError(f"`{self.op}` needs one value")
        if self.op not in {"is_null", "not_null"} and "value" not in self.model_fields_set:
            raise ValueError(f"`{self.op}` needs a value")
        bounds = self.value if isinstance(self.value, tuple) else (self.value,)
        if self.op in _NEED_KNOWN and None in bounds:
            raise ValueError(f"`{self.op}` needs a value that is not null")
        return self


class PartCondition(Part):
    """One test on a part of metric_time, on each metric's own date; `!=` and `not_in` include rows without one.

    Numbers are those of `group_by: {part: …}`: `{"part": "day_of_week", "op": "in", "value": [6, 7]}`.
    """

    part: DatePart
    op: Literal["=", "!=", "in", "not_in", ">", ">=", "<", "<=", "between"] = "="
    value: tuple[int, ...] | int

    @model_validator(mode="after")
    def _shape(self) -> PartCondition:
        many = self.op in {"in", "not_in", "between"}
        if many != isinstance(self.value, tuple):
            raise ValueError(f"`{self.op}` needs {'a list of numbers' if many else 'one number'}")
        if self.op == "between" and isinstance(self.value, tuple) and len(self.value) != 2:
            raise ValueError("`between` needs two numbers")
        return self


class AnyOf(Part):
    """True where at least one of the conditions is."""

    any: tuple[Filter, ...] = Field(min_length=1)


class NotOf(Part):
    """True where the condition is not; unknown counts as not."""

    not_: Filter = Field(alias="not")


def condition_kind(value: object) -> str:
    """Tell which kind of condition is meant, so that only its own mistakes are reported."""
    if isinstance(value, Part):
        return type(value).__name__
    keys = value if isinstance(value, dict) else {}
    named = (("AnyOf", "any"), ("NotOf", "not"), ("PartCondition", "part"))
    return next((kind for kind, key in named if key in keys), "Condition")


Filter = Annotated[
    Annotated[Condition, Tag("Condition")]
    | Annotated[PartCondition, Tag("PartCondition")]
    | Annotated[AnyOf, Tag("AnyOf")]
    | Annotated[NotOf, Tag("NotOf")],
    Discriminator(condition_kind),
]
