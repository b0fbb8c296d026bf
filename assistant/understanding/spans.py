"""Periods and comparisons of an Intent as dates: what is asked for, what it is held against, by which grain."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import pairwise
from typing import Final, Literal

from assistant.intent import CompareAsked, Intent, PeriodAsked
from assistant.understanding.outcome import Refusal, Unsettled
from assistant.understanding.time_phrases import Clock, ResolvedPeriod, UnknownPeriod, resolve_time
from semantic_layer.calendar import Grain, Period, shift, whole_grain
from semantic_layer.metric_specs import DefaultCompareSpec
from semantic_layer.query import Compare
from semantic_layer.query import Period as AskedPeriod
from semantic_layer.result import Notice

_DAYS_SHOWN: Final = 62
_WEEKS_SHOWN: Final = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The time side of a query."""

    period: Period | None = None
    phrase: str | None = None
    grain: Grain | None = None
    compare: Compare | None = None
    notices: tuple[Notice, ...] = ()


def resolve_span(
    intent: Intent, clock: Clock, default: DefaultCompareSpec | None, *, planned: bool = False
) -> Span:
    """Date the periods of an Intent.

    Args:
        intent: What was asked.
        clock: What phrases count from.
        default: The comparison that the first metric declares for itself.
        planned: Whether only plans are asked for, which lie beyond the data as well.

    Raises:
        Unsettled: A period that cannot be placed, or lies outside the data.
    """
    found = tuple(_resolved(asked, clock, planned=planned) for asked in intent.periods)
    span = Span(grain=_grain(intent.grain))
    if intent.compare is not None and intent.compare.against is not None:
        against = _resolved(intent.compare.against, clock)
        if not found and intent.compare.base is not None and clock.reference in against.period:
            # 去年同期对比今年: the running period is what is asked for, whatever the word order.
            span = replace(span, period=against.period, phrase=against.phrase)
        else:
            span = _against(span, found, against, clock)
    elif len(found) == 2 and (intent.compare is not None and intent.compare.periods):
        span = _versus(span, *found, clock) if intent.compare.ordered else _two(span, found)
    elif len(found) > 1:
        span = _several(span, found)
    elif found:
        span = replace(span, period=found[0].period, phrase=found[0].phrase)
    if intent.compare is not None and span.compare is None and intent.compare.base is not None:
        span = _based(span, intent.compare, default, clock)
    _refuse_overlap(span, intent)
    span = _partly_early(span, clock)
    return _fitting(span, clock) if intent.grain == "fitting" else span


def _refuse_overlap(span: Span, intent: Intent) -> None:
    """Refuse a stated base that shares days with the period: a part is never compared with its whole."""
    base = None if span.compare is None else span.compare.to
    if span.period is None or base is None or isinstance(base, str):
        return
    if base.start < span.period.end and span.period.start < base.end:
        words = " / ".join(item.mention.words for item in intent.periods)
        raise Unsettled(
            Refusal(code="not_supported", facts={"what": "base_overlaps", "word": words})
        )


def _partly_early(span: Span, clock: Clock) -> Span:
    """Say so where the asked period begins before the data do."""
    if span.period is None or clock.data_from is None or span.period.start >= clock.data_from:
        return span
    facts = {"first": span.period.start.isoformat(), "data_from": clock.data_from.isoformat()}
    notice = Notice(code="period_before_data", facts=facts)
    return replace(span, notices=(*span.notices, notice))


def _grain(name: str | None) -> Grain | None:
    return None if name is None or name == "fitting" else Grain(name)


def _resolved(asked: PeriodAsked, clock: Clock, *, planned: bool = False) -> ResolvedPeriod:
    try:
        found = resolve_time(asked.phrase, clock)
    except UnknownPeriod as error:
        refusal = Refusal(code="unknown_period", facts={"phrase": asked.mention.words})
        raise Unsettled(refusal) from error
    early = clock.data_from is not None and found.period.end <= clock.data_from
    if early or (found.period.start > clock.reference and not planned):
        facts: dict[str, object] = {
            "phrase": asked.mention.words,
            "start": found.period.start,
            "end": found.period.end,
            "data_through": clock.data_through,
        }
        if clock.data_from is not None:
            facts["data_from"] = clock.data_from
        raise Unsettled(Refusal(code="period_outside_data", facts=facts))
    return replace(found, phrase=asked.mention.words)


def _two(span: Span, found: Sequence[ResolvedPeriod]) -> Span:
    """Ask for the later of two periods and hold it against the earlier."""
    base, main = sorted(found, key=lambda item: (item.period.start, item.period.end))
    phrase = f"{found[0].phrase} / {found[1].phrase}"
    return replace(span, period=main.period, phrase=phrase, compare=_held(main, base))


def _versus(span: Span, main: ResolvedPeriod, base: ResolvedPeriod, clock: Clock) -> Span:
    """Hold the first of two periods against the second, whatever came first.

    A base that is still running has only a part of its days: its predecessor is cut to the same part, and nothing
    else is held against it.
    """
    if base.period.start <= main.period.start:
        return replace(span, period=main.period, phrase=main.phrase, compare=_held(main, base))
    known = clock.reference + timedelta(days=1)
    period = main.period
    end = min(base.period.end, known)
    notices = span.notices
    if base.to_date or base.period.end > known:
        grain = base.grain
        if (
            grain is None
            or main.grain is not grain
            or shift(base.period.start, grain, -1) != period.start
        ):
            what = {"what": "base_running", "word": base.phrase}
            raise Unsettled(Refusal(code="not_supported", facts=what))
        period = Period(period.start, min(shift(end, grain, -1), period.end))
        facts = {"start": period.start.isoformat(), "end": period.end.isoformat()}
        notices = (*notices, Notice(code="period_aligned", facts=facts))
    compare = Compare(to=AskedPeriod(start=base.period.start, end=end))
    return replace(span, period=period, phrase=main.phrase, compare=compare, notices=notices)


def _held(main: ResolvedPeriod, base: ResolvedPeriod) -> Compare:
    """Return the comparison of two periods; a running one with its own predecessor goes day by day."""
    year = Grain.YEAR
    if (
        base.grain is year
        and main.grain is not year
        and base.period.start <= shift(main.period.start, year, -1)
        and shift(main.period.start, year, -1) < base.period.end
    ):
        return Compare(to="previous_year")
    if main.to_date and main.grain is not None:
        if (
            main.grain is base.grain
            and shift(main.period.start, main.grain, -1) == base.period.start
        ):
            return Compare(to="previous_year" if main.grain is year else "previous_period")
        if main.grain is base.grain and shift(main.period.start, year, -1) == base.period.start:
            return Compare(to="previous_year")
    return Compare(to=AskedPeriod(start=base.period.start, end=base.period.end))


def _several(span: Span, found: Sequence[ResolvedPeriod]) -> Span:
    """Put periods that follow each other side by side; hold two others against each other."""
    ordered = sorted(found, key=lambda item: item.period.start)
    grains = {item.grain for item in found}
    adjoining = all(left.period.end == right.period.start for left, right in pairwise(ordered))
    grain = next(iter(grains))
    if adjoining and len(grains) == 1 and grain is not None and all(map(_is_one, ordered)):
        whole = Period(ordered[0].period.start, ordered[-1].period.end)
        phrase = " / ".join(item.phrase for item in found)
        return replace(span, period=whole, phrase=phrase, grain=span.grain or grain)
    if len(found) == 2 and (Grain.YEAR not in grains or len(grains) == 1):
        return _two(span, found)
    words = " / ".join(item.phrase for item in found)
    raise Unsettled(Refusal(code="not_supported", facts={"what": "several_periods", "word": words}))


def _is_one(item: ResolvedPeriod) -> bool:
    return item.to_date or whole_grain(item.period) is item.grain


def _against(
    span: Span, found: Sequence[ResolvedPeriod], against: ResolvedPeriod, clock: Clock
) -> Span:
    if len(found) > 1:
        words = " / ".join(item.phrase for item in found)
        raise Unsettled(
            Refusal(code="not_supported", facts={"what": "several_periods", "word": words})
        )
    if found:
        return _versus(span, found[0], against, clock)
    return _running(span, against, clock)


def _running(span: Span, base: ResolvedPeriod, clock: Clock) -> Span:
    """Hold the running period against a base that was named alone (比去年, versus last month)."""
    if base.grain is None or base.period.end > clock.reference:
        what = {"what": "base_alone", "word": base.phrase}
        raise Unsettled(Refusal(code="not_supported", facts=what))
    start = base.period.end
    period = _to_date(start, base.grain, clock)
    if period is None:
        what = {"what": "base_alone", "word": base.phrase}
        raise Unsettled(Refusal(code="not_supported", facts=what))
    to: Literal["previous_year", "previous_period"] = (
        "previous_year" if base.grain is Grain.YEAR else "previous_period"
    )
    return replace(
        span,
        period=period,
        compare=Compare(to=to),
        notices=(*span.notices, _assumed(period)),
    )


def _to_date(start: object, grain: Grain, clock: Clock) -> Period | None:
    phrase = {
        "year": "this year",
        "quarter": "this quarter",
        "month": "this month",
        "week": "this week",
    }.get(grain)
    if phrase is None:
        return None
    period = resolve_time(phrase, clock).period
    return period if period.start == start else None


def _assumed(period: Period) -> Notice:
    return Notice(
        code="period_assumed",
        facts={"start": period.start.isoformat(), "end": period.end.isoformat()},
    )


def _based(
    span: Span, asked: CompareAsked, default: DefaultCompareSpec | None, clock: Clock
) -> Span:
    """Add a comparison with the previous year or period, and the period that it needs."""
    notices = span.notices
    to = asked.base
    compare = default_compare(default)
    if to == "default" or to is None:
        to = "previous_period" if compare.to == "previous_period" else "previous_year"
        facts = {"base": to, "word": asked.mention.words}
        notices = (*notices, Notice(code="base_assumed", facts=facts))
    # How a running period is held against its base is the metric's matter, whoever names the base.
    span = replace(span, compare=compare.model_copy(update={"to": to}), notices=notices)
    step = _grain(asked.grain)
    whole = None if span.period is None else whole_grain(span.period)
    if step is not None and span.grain is None and whole is not step:
        span = replace(span, grain=step)
    if span.period is not None or span.grain is not None:
        return span
    running = asked.running or ("year" if to == "previous_year" else "month")
    period = resolve_time(f"this {running}", clock).period
    return replace(span, period=period, notices=(*span.notices, _assumed(period)))


def default_compare(default: DefaultCompareSpec | None) -> Compare:
    """Return what values are compared with when nobody says: as the metric declares, else the year before."""
    spec = default or DefaultCompareSpec()
    return Compare(to=spec.to, partial=spec.partial)


def _fitting(span: Span, clock: Clock) -> Span:
    """Choose the grain of a trend by the length of its period."""
    grain = Grain.MONTH
    if span.period is not None:
        days = min(span.period.days, max(1, (clock.reference - span.period.start).days + 1))
        if days <= _DAYS_SHOWN:
            grain = Grain.DAY
        elif days <= _WEEKS_SHOWN:
            grain = Grain.WEEK
    if span.grain is not None:
        grain = span.grain
    notice = Notice(code="grain_assumed", facts={"grain": str(grain)})
    return replace(span, grain=grain, notices=(*span.notices, notice))
