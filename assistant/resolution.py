"""Intent to MetricQuery: words become catalog names, members and dates; or a question back; or a refusal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from assistant.intent import Intent
from assistant.question import Language
from assistant.understanding.contradictions import refuse_events, refuse_excluded
from assistant.understanding.filters import (
    Filtered,
    conditions,
    known_only,
    link_values,
    say_together,
)
from assistant.understanding.lexicon import Lexicon
from assistant.understanding.linking import Linker
from assistant.understanding.measures import (
    FEW,
    Measures,
    havings,
    link_metrics,
    metric_uses,
    primary_metrics,
    which_field,
)
from assistant.understanding.ordering import ordering
from assistant.understanding.outcome import (
    Choice,
    Clarification,
    Reading,
    Refusal,
    Resolution,
    Resolved,
    Unsettled,
)
from assistant.understanding.plans import as_plans, only_planned
from assistant.understanding.refused import facts_of, refuse_sql
from assistant.understanding.rules import LIMIT
from assistant.understanding.spans import Span, default_compare, resolve_span
from assistant.understanding.text import key_of
from assistant.understanding.time_phrases import Clock, find_unplaced
from semantic_layer.calendar import Grain
from semantic_layer.catalog import Catalog
from semantic_layer.groups import TimeGroup
from semantic_layer.query import MetricQuery
from semantic_layer.query import Period as AskedPeriod
from semantic_layer.result import Notice

__all__ = ["Choice", "Clarification", "Reading", "Refusal", "Resolution", "Resolved", "resolve"]


def resolve(
    intent: Intent, catalog: Catalog, lexicon: Lexicon, clock: Clock, language: Language
) -> Resolution:
    """Resolve what was asked against what there is.

    Returns:
        A query with what it assumes; a clarification where two readings give other numbers; a refusal that
        names the word, the part or the period that stands in the way.
    """
    linker = Linker(text=intent.text, catalog=catalog, lexicon=lexicon, language=language)
    try:
        _refuse_unread(intent, linker)
        return _resolved(intent, linker, clock)
    except Unsettled as ended:
        return ended.outcome


def _refuse_unread(intent: Intent, linker: Linker) -> None:
    """End here where the question, or a word of it, was not understood."""
    if len(intent.text) >= LIMIT:
        size = {"length": len(intent.text), "limit": LIMIT}
        raise Unsettled(Refusal(code="too_long", facts=size))
    if not key_of(intent.text):
        raise Unsettled(Refusal(code="empty", close=primary_metrics(linker, afresh=True)))
    refuse_sql(intent)
    if intent.unexplained:
        raise Unsettled(_unknown(intent, linker))
    if intent.unavailable:
        word = intent.unavailable[0].words
        raise Unsettled(Refusal(code="analysis_not_available", facts={"word": word}))
    if intent.unsupported:
        facts = facts_of(intent.unsupported[0])
        raise Unsettled(Refusal(code="not_supported", facts=facts))
    if intent.uncounted:
        counted = {"word": intent.uncounted[0].words}
        raise Unsettled(Refusal(code="cannot_count", facts=counted, close=primary_metrics(linker)))
    if intent.either:
        mention = intent.either[0]
        holders = linker.lexicon.guess(mention.words)
        choices = [linker.metric_choice(name) for name in holders.metrics]
        choices += [linker.field_choice(name) for name in holders.fields]
        options = tuple(linker.replaced(mention, choice) for choice in choices)
        raise Unsettled(Clarification(code="metric_or_field", word=mention.words, options=options))


def _unknown(intent: Intent, linker: Linker) -> Clarification | Refusal:
    mention = intent.unexplained[0]
    for start, end in find_unplaced(intent.text):
        if start < mention.end and mention.start < end:
            return Refusal(code="unknown_period", facts={"phrase": intent.text[start:end].strip()})
    nothing_known = not (intent.metrics or intent.groups or intent.values or intent.modifiers)
    parts = linker.lexicon.part_of(mention.words)
    if parts and not nothing_known and len(intent.unexplained) == 1:
        options = tuple(linker.member_choice(mention, item) for item in parts)
        return Clarification(code="did_you_mean", word=mention.words, options=options)
    metrics = () if intent.metrics else linker.metrics_with(mention.words)
    if metrics and len(intent.unexplained) == 1:
        options = tuple(linker.replaced(mention, linker.metric_choice(name)) for name in metrics)
        return Clarification(code="did_you_mean", word=mention.words, options=options)
    close = linker.close_to(mention)
    words = tuple(item.words for item in intent.unexplained)
    if nothing_known and not close:
        return Refusal(
            code="off_topic",
            facts={"word": mention.words, "words": words},
            close=primary_metrics(linker, afresh=True),
        )
    return Refusal(code="unknown_word", facts={"word": mention.words, "words": words}, close=close)


def _resolved(intent: Intent, linker: Linker, clock: Clock) -> Resolved:
    intent, measures = as_plans(intent, link_metrics(intent, linker), linker, clock)
    values, listed = link_values(intent, linker, measures.computed)
    _refuse_mixed(intent, values, measures)
    refuse_excluded(intent, values, measures, linker)
    asked = dict.fromkeys(linker.group(item, measures.computed) for item in intent.groups)
    where, groups = conditions(
        values, intent, (*asked, *(n for n in listed if n not in asked)), linker
    )
    say_together(values, groups, intent, linker)
    default = linker.catalog.metric(measures.names[0]).spec.compare
    planned = only_planned(linker.catalog, measures.computed)
    span = resolve_span(intent, clock, default, planned=planned)
    refuse_events(values, span)
    _refuse_compared_shares(intent, span)
    span = _coarse_enough(span, intent, linker, measures)
    uses = metric_uses(intent, measures, linker.catalog, _whole(intent, groups, span, linker))
    having = havings(intent, measures, linker)
    if any(item.modifier == "change_pct" for item in having) and span.compare is None:
        span = replace(span, compare=default_compare(default))
    _needs_groups(intent, linker, measures, groups, span)
    limit, per = _cut(intent, linker, groups, span)
    known = known_only(intent, groups, per, where, linker)
    query = MetricQuery(
        metrics=uses,
        group_by=(*groups, *((TimeGroup(time=span.grain),) if span.grain is not None else ())),
        period=None
        if span.period is None
        else AskedPeriod(start=span.period.start, end=span.period.end),
        where=(*where, *known),
        having=having,
        compare=span.compare,
        order_by=ordering(intent, measures, groups, span.grain, linker),
        limit=limit,
        per=per,
    )
    return Resolved(
        query=query,
        period_phrase=span.phrase,
        assumptions=(*linker.notices, *span.notices),
        readings=_readings(intent, measures, groups, values, span),
    )


def _refuse_compared_shares(intent: Intent, span: Span) -> None:
    """Refuse shares of two periods: their change is one of percentage points, which nothing computes."""
    changes = any(item.modifier == "change_pct" for item in intent.conditions)
    if "share" in intent.modifiers and (span.compare is not None or changes):
        raise Unsettled(Refusal(code="not_supported", facts={"what": "share_compared"}))


def _whole(intent: Intent, groups: Sequence[str], span: Span, linker: Linker) -> str:
    """Return what shares are shares of: of each period where members are shown by period, else of all."""
    if "share" not in intent.modifiers or not groups or span.grain is None:
        return "total"
    linker.notices.append(Notice(code="share_within_time", facts={"grain": str(span.grain)}))
    return span.grain.value


def _refuse_mixed(intent: Intent, values: Sequence[Filtered], measures: Measures) -> None:
    """Refuse members that stand apart, each with a metric of its own (华东销售额和华南订单量)."""
    if len(measures.names) < 2:
        return
    apart: dict[str, int] = {}
    for value in values:
        if value.asked.exclude:
            continue
        if apart.get(value.field, -1) >= 0 and value.asked.link == "none":
            facts = {"what": "two_questions", "word": value.asked.mention.words}
            raise Unsettled(Refusal(code="not_supported", facts=facts))
        apart[value.field] = value.asked.mention.start


def _coarse_enough(span: Span, intent: Intent, linker: Linker, measures: Measures) -> Span:
    """Refuse a grain finer than the data are given in; a grain of our own choice is made coarser."""
    if span.grain is None:
        return span
    finest = Grain.DAY
    slowest = measures.names[0]
    for name in measures.computed:
        for atom in linker.catalog.metric(name).row_atoms():
            if atom.time is not None and atom.time.grain.rank > finest.rank:
                finest, slowest = atom.time.grain, name
    if span.grain.rank >= finest.rank:
        return span
    if intent.grain == "fitting":
        notice = Notice(code="grain_assumed", facts={"grain": str(finest)})
        notices = tuple(item for item in span.notices if item.code != "grain_assumed")
        return replace(span, grain=finest, notices=(*notices, notice))
    facts = {
        "metric": linker.catalog.metric(slowest).label,
        "grain": str(span.grain),
        "finest": str(finest),
    }
    raise Unsettled(Refusal(code="grain_too_fine", facts=facts))


def _needs_groups(
    intent: Intent, linker: Linker, measures: Measures, groups: Sequence[str], span: Span
) -> None:
    if "share" in intent.modifiers and not groups and len(intent.periods) > 1:
        # 今年占去年的比例 is one period as a part of another, not parts of a whole.
        words = " / ".join(item.mention.words for item in intent.periods)
        facts = {"what": "several_periods", "word": words}
        raise Unsettled(Refusal(code="not_supported", facts=facts))
    if groups or span.grain is not None:
        return
    if intent.conditions:
        raise which_field(intent, measures, linker, "condition_needs_group")
    if intent.ranking is not None or "share" in intent.modifiers:
        raise which_field(intent, measures, linker, "which_field")


def _cut(
    intent: Intent, linker: Linker, groups: Sequence[str], span: Span
) -> tuple[int | None, str | None]:
    """Return the limit, and the field within whose members it holds."""
    ranking = intent.ranking
    if ranking is None:
        return None, None
    limit = ranking.limit
    if limit is None and ranking.few:
        limit = FEW
        linker.notices.append(Notice(code="limit_assumed", facts={"limit": FEW}))
    if limit is None:
        return None, None
    if groups and span.grain is not None:
        raise Unsettled(Refusal(code="not_supported", facts={"what": "rank_per_time"}))
    target = ranking.target.start if ranking.target is not None else None
    each = [
        position
        for position, asked in enumerate(intent.groups)
        if asked.each and asked.mention.start != target
    ]
    per = groups[each[0]] if each and len(groups) > 1 else None
    if target is not None and len(groups) > (1 if per is None else 2):
        # "By customer for the top 3 regions" ranks one field and shows another: that is two questions.
        raise Unsettled(Refusal(code="not_supported", facts={"what": "nested_ranking"}))
    return limit, per


def _readings(
    intent: Intent,
    measures: Measures,
    groups: Sequence[str],
    values: Sequence[Filtered],
    span: Span,
) -> tuple[Reading, ...]:
    found = [
        Reading(kind="metric", words=asked.mention.words, name=measures.asked[asked.mention.start])
        for asked in intent.metrics
    ]
    for asked, name in zip(intent.groups, groups, strict=False):
        found.append(Reading(kind="group", words=asked.mention.words, name=name))
    for value in values:
        kept = "not_in" if value.asked.exclude else "in"
        found += [
            Reading(
                kind="filter",
                words=value.asked.mention.words,
                name=item.field,
                value=f"{kept}:{item.value}",
            )
            for item in value.members
        ]
    for period in intent.periods:
        days = "" if span.period is None else f"{span.period.start}/{span.period.end}"
        found.append(
            Reading(kind="period", words=period.mention.words, name="metric_time", value=days)
        )
    if span.grain is not None:
        found.append(Reading(kind="group", words="", name="metric_time", value=str(span.grain)))
    if intent.compare is not None and span.compare is not None:
        to = span.compare.to if isinstance(span.compare.to, str) else "period"
        found.append(Reading(kind="compare", words=intent.compare.mention.words, name=to))
    return tuple(found)
