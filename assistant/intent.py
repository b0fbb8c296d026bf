"""Intent: what was asked, in the asker's own words. No catalog names, no dates; both readers return it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Grain = Literal["day", "week", "month", "quarter", "year", "fitting"]
Modifier = Literal["value", "share", "target", "attainment", "gap", "change_pct"]
Base = Literal["previous_year", "previous_period", "default"]
Direction = Literal["highest", "lowest", "best", "worst"]
Operator = Literal["=", "!=", ">", ">=", "<", "<=", "between"]
Link = Literal["none", "and", "comma", "beside"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """Words of the question; `words` is `text[start:end]` as typed."""

    words: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PeriodAsked:
    """A period; `phrase` says what the words mean outside their sentence (Q2 of "Q2 versus Q3 2025" is Q2 2025)."""

    mention: Mention
    phrase: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAsked:
    """A metric; `counted` where an entity stands for its number (how many customers)."""

    mention: Mention
    counted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupAsked:
    """A field to split by; `each` where the words say per member. An open group is who, where or which alone."""

    mention: Mention
    each: bool = False
    open: Literal["person", "place"] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValueAsked:
    """A member to filter by; `field` is the field's word where one stands beside it.

    `link` says how it stands to the value before it: in one list (by a word or by a comma), right beside it, or neither.
    `event`: it stands as something that happened (orders shipped, were returned), not as a state.
    """

    mention: Mention
    field: Mention | None = None
    exclude: bool = False
    alternative: bool = False
    link: Link = "none"
    event: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionAsked:
    """A test on a metric's value, with the numbers as typed; without a metric it is the question's own.

    `falls`: the change is counted downwards (a drop of more than 5 %).
    """

    op: Operator
    numbers: tuple[Mention, ...] = ()
    fixed: int | None = None
    metric: Mention | None = None
    modifier: Modifier = "value"
    falls: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareAsked:
    """What to compare with: a base, stated periods, or members side by side.

    Attributes:
        base: A base that needs no date; None where the periods or members are stated.
        against: A period phrase that can only be the base (比去年, versus last month).
        members: Whether the filtered members are compared with one another.
        growth: Whether the change is what was asked for.
        grain: The steps that are compared, where the words name them (月环比).
        running: The running period that is meant where none is named (same quarter last year).
        ordered: Whether the first of two periods is held against the second (A versus B), whatever came first.
    """

    mention: Mention
    base: Base | None = None
    against: PeriodAsked | None = None
    periods: bool = False
    members: bool = False
    growth: bool = False
    grain: Grain | None = None
    running: Grain | None = None
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RankingAsked:
    """An order, cut where a number, or one winner, is asked for.

    Attributes:
        limit: How many; None keeps all. `few` marks "top customers" without a number.
        by: The metric to order by, where the words name one.
        target: The field whose members are ranked.
        growth: Whether the change decides, not the value.
        sorts: Whether rows are only put in order (从高到低), so that the unknown member keeps its row.
        mention: The words that ask for the order.
    """

    direction: Direction
    limit: int | None = None
    few: bool = False
    by: Mention | None = None
    target: Mention | None = None
    growth: bool = False
    sorts: bool = False
    mention: Mention | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricAttribute:
    """A metric's words that stand as an attribute of another metric (revenue from new customers).

    `beside`: it stands before the other with nothing between, so only what it counts can be an attribute.
    """

    mention: Mention
    other: Mention
    beside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsupported:
    """Words for something that is understood and cannot be built."""

    what: Literal[
        "two_rankings",
        "two_questions",
        "whole_as_base",
        "within_ranking",
        "share_compared",
        "average_over_time",
    ]
    mention: Mention


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """One reading of one question.

    Attributes:
        text: The question as typed.
        either: Words that name a metric and a field, where the position does not say which.
        unexplained: Content words that nothing explains, in order.
        unavailable: Words for an analysis that is not built.
        uncounted: Words whose members are counted, though no metric counts them.
        members: Whether listed members are asked for apart (respectively) or together (in total), where words say.
        averages: Words for a mean, which only a metric that is one can give.
        verbs: Verbs of trade (sold, bought) where no metric is named.
        attributes: Metrics that stand as attributes of others.
        unsupported: What cannot be built.
    """

    text: str
    metrics: tuple[MetricAsked, ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    groups: tuple[GroupAsked, ...] = ()
    grain: Grain | None = None
    values: tuple[ValueAsked, ...] = ()
    periods: tuple[PeriodAsked, ...] = ()
    conditions: tuple[ConditionAsked, ...] = ()
    compare: CompareAsked | None = None
    ranking: RankingAsked | None = None
    either: tuple[Mention, ...] = ()
    unexplained: tuple[Mention, ...] = ()
    unavailable: tuple[Mention, ...] = ()
    uncounted: tuple[Mention, ...] = ()
    members: Literal["", "apart", "together"] = ""
    averages: tuple[Mention, ...] = ()
    verbs: tuple[Mention, ...] = ()
    attributes: tuple[MetricAttribute, ...] = ()
    unsupported: tuple[Unsupported, ...] = ()

    @property
    def coverage(self) -> float:
        """The share of the words that something explains, 0–1."""
        total = sum(not char.isspace() for char in self.text)
        left = sum(len(mention.words) for mention in self.unexplained)
        return 1.0 if total == 0 else max(0.0, 1 - left / total)
