"""What a query groups by besides fields: periods, and the parts of dates that recur."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict

from semantic_layer.calendar import DatePart, Grain


class Part(BaseModel):
    """A piece of a query: unknown keys are errors."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DateGroup(Part):
    """Group by metric_time, or, with `role`, put every metric of the query on another date and group by that."""

    role: str | None = None


class TimeGroup(DateGroup):
    """Group by a calendar grain of metric_time."""

    time: Grain


class CalendarGroup(DateGroup):
    """Group by a grain that the calendar table of the definitions gives, such as fiscal_year."""

    time: str


class PartGroup(DateGroup):
    """Group by a part of metric_time that recurs: the months of all years together, the weekdays, the hours.

    The values are those of the rows of that part. They are not means: a month with five Mondays has five of them in
    the sum.
    """

    part: DatePart


Group = str | TimeGroup | CalendarGroup | PartGroup


def group_of(value: object) -> object:
    """Read a group: a field's name, `{time: …}` or `{part: …}`."""
    if isinstance(value, dict):
        if "part" in value:
            return PartGroup.model_validate(value)
        kind = TimeGroup if value.get("time") in tuple(Grain) else CalendarGroup
        return kind.model_validate(value)
    return value if isinstance(value, str | TimeGroup | CalendarGroup | PartGroup) else str(value)
