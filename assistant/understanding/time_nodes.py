"""What a period phrase says, before it is dated: plain values that the parser builds and `time_dates` resolves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from semantic_layer.calendar import Grain, Period


@dataclass(frozen=True, slots=True, kw_only=True)
class Clock:
    """What phrases are resolved against.

    `today` is the asker's, `data_from` and `data_through` the first and last day with data, `fiscal_year_start`
    a month, `week_start` a weekday (0 = Monday). A fiscal year is named by the calendar year it ends or starts in.
    """

    today: date
    data_through: date
    data_from: date | None = None
    fiscal_year_start: int = 1
    fiscal_year_named_by: Literal["end", "start"] = "end"
    default_year: Literal["calendar", "fiscal"] = "calendar"
    week_start: int = 0

    @property
    def reference(self) -> date:
        """The day that relative phrases count from."""
        return min(self.today, self.data_through)


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeMention:
    """A period phrase as it stands in a text; no dates yet. `text` is `text[start:end]` as written."""

    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResolvedPeriod:
    """A dated phrase; `grain` is the phrase's own (Q3: quarter, last 3 months: month, mixed: None)."""

    period: Period
    phrase: str
    grain: Grain | None
    to_date: bool


class UnknownPeriod(ValueError):
    """A text that is no period phrase, or one whose dates are not known."""

    def __init__(self, phrase: str) -> None:
        super().__init__(f"not a period: {phrase!r}")
        self.phrase = phrase


@dataclass(frozen=True, slots=True)
class Year:
    """A year by number, or counted from the running one; `fiscal` None: whatever the model's default is."""

    number: int | None = None
    offset: int = 0
    fiscal: bool | None = None


@dataclass(frozen=True, slots=True)
class Quarter:
    """Quarter 1 to 4 of a year; `fiscal` True where the asker said so."""

    number: int
    fiscal: bool | None = None


@dataclass(frozen=True, slots=True)
class Half:
    """Half 1 or 2 of a year; `fiscal` True where the asker said so."""

    number: int
    fiscal: bool | None = None


@dataclass(frozen=True, slots=True)
class Month:
    """Month 1 to 12 of a year."""

    number: int


@dataclass(frozen=True, slots=True)
class MonthDay:
    """A day of a year."""

    month: int
    day: int


@dataclass(frozen=True, slots=True)
class Week:
    """ISO week of a year."""

    number: int


@dataclass(frozen=True, slots=True)
class Festival:
    """A festival of a year, by its key in the language tables."""

    key: str


@dataclass(frozen=True, slots=True)
class Edge:
    """The first or last few months or quarters (or days) of something longer."""

    count: int
    grain: Grain
    last: bool = False


@dataclass(frozen=True, slots=True)
class PartRange:
    """From one part of a year through another (1-3月)."""

    first: Part
    last: Part


Part = Quarter | Half | Month | MonthDay | Week | Festival | Edge | PartRange


@dataclass(frozen=True, slots=True)
class InYear:
    """A part of a year; without a year the latest one begun."""

    part: Part
    year: Year | None = None
    fiscal: bool | None = None


@dataclass(frozen=True, slots=True)
class Calendar:
    """The running day, week, month or quarter, or one counted from it."""

    grain: Grain
    offset: int = 0
    fiscal: bool | None = None


@dataclass(frozen=True, slots=True)
class SamePart:
    """The part of the year, quarter, month or week before the running one that matches the running one to date."""

    base: Year | Calendar
    grain: Grain


@dataclass(frozen=True, slots=True)
class Weekday:
    """A weekday (0 = Monday) of a week counted from the running one; None: the latest before the reference day."""

    day: int
    week: int | None


@dataclass(frozen=True, slots=True)
class Trailing:
    """The last complete periods (or days ending on the reference day); `running` adds the one under way."""

    count: int
    grain: Grain
    running: bool = False
    fiscal: bool | None = None


@dataclass(frozen=True, slots=True)
class Fixed:
    """A written date or month."""

    period: Period
    grain: Grain


@dataclass(frozen=True, slots=True)
class EdgeOf:
    """The first or last days, months or quarters of a period."""

    base: Node
    edge: Edge


@dataclass(frozen=True, slots=True)
class DaysOf:
    """Days of a month, counted from 1, through `last` (None: its end)."""

    base: Node
    first: int
    last: int | None


@dataclass(frozen=True, slots=True)
class Since:
    """From the start of a period through the reference day."""

    base: Node


@dataclass(frozen=True, slots=True)
class Range:
    """From the start of one period through the end of another."""

    first: Node
    last: Node


@dataclass(frozen=True, slots=True)
class Unusable:
    """A time phrase that is no period by itself (去年同期, until March): not to be read in pieces."""


Node = (
    Year
    | InYear
    | Calendar
    | SamePart
    | Weekday
    | Trailing
    | Fixed
    | EdgeOf
    | DaysOf
    | Since
    | Range
    | Unusable
)
