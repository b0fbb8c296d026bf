"""The measured side of a query: metric columns, conditions on them, order and cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from assistant.intent import ConditionAsked, Intent, Mention, MetricAsked, Modifier, Operator
from assistant.understanding.linking import Linker
from assistant.understanding.outcome import Choice, Clarification, Refusal, Unsettled
from assistant.understanding.quantities import find_quantities
from semantic_layer.catalog import Catalog
from semantic_layer.governance import offered
from semantic_layer.metric_specs import RatioMetric
from semantic_layer.query import Having, MetricUse
from semantic_layer.result import Notice

AGAINST_TARGET: Final = frozenset({"target", "attainment", "gap"})
FEW: Final = 10
# A drop of more than 5 % is a change below −5 %.
_DOWNWARDS: Final[dict[Operator, Operator]] = {
    ">": "<", ">=": "<=", "<": ">", "<=": ">=", "=": "=", "!=": "!=", "between": "between",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """Metrics as named, and every metric that the query computes (conditions and targets too)."""

    asked: Mapping[int, str]
    names: tuple[str, ...]
    computed: tuple[str, ...]


def link_metrics(intent: Intent, linker: Linker) -> Measures:
    """Link every metric of an Intent.

    Raises:
        Unsettled: No metric is named, a word has two holders, or a metric has no target to be held against.
    """
    asked = {item.mention.start: linker.metric(item) for item in intent.metrics}
    for condition in intent.conditions:
        if condition.metric is not None:
            asked[condition.metric.start] = linker.metric(MetricAsked(mention=condition.metric))
    names = tuple(dict.fromkeys(asked[item.mention.start] for item in intent.metrics))
    if AGAINST_TARGET & _modifiers(intent):
        names = _with_target(names, intent, linker)
    if not names:
        raise Unsettled(no_metric(intent, linker))
    _refuse_attributes(intent, linker)
    _refuse_averages(intent, names, linker)
    targets = (
        [_target_metric(linker.catalog, name) for name in names]
        if AGAINST_TARGET & _modifiers(intent)
        else []
    )
    computed = dict.fromkeys((*names, *asked.values(), *(name for name in targets if name)))
    return Measures(asked=asked, names=names, computed=tuple(computed))


def _refuse_attributes(intent: Intent, linker: Linker) -> None:
    """Refuse a metric that stands for a filter (revenue from new customers): a metric filters nothing."""
    for item in intent.attributes:
        name = linker.metric(MetricAsked(mention=item.mention))
        other = linker.metric(MetricAsked(mention=item.other))
        if name == other:
            continue
        choices = tuple(map(linker.metric_choice, (other, name)))
        counts = _is_count(linker.catalog, name) > _is_count(linker.catalog, other)
        if item.beside and not counts:
            # "Revenue collected": one thing with two words, or two things without an "and".
            start, end = item.mention.start, item.other.end
            both = Mention(words=intent.text[start:end], start=start, end=end)
            options = tuple(linker.replaced(both, choice) for choice in reversed(choices))
            raise Unsettled(Clarification(code="did_you_mean", word=both.words, options=options))
        facts = {"word": item.mention.words, "metric": linker.catalog.metric(other).label}
        close = linker.completed("alone", choices)
        raise Unsettled(Refusal(code="metric_as_filter", facts=facts, close=close))


def _is_count(catalog: Catalog, name: str) -> bool:
    metric = catalog.metric(name)
    counts = all(atom.agg in {"count", "count_distinct"} for atom in metric.atoms.values())
    return counts and not isinstance(metric.spec, RatioMetric)


def _refuse_averages(intent: Intent, names: Sequence[str], linker: Linker) -> None:
    """Refuse a mean of what is no mean itself: of what it would be one is not said."""
    for mention in intent.averages:
        for name in names:
            metric = linker.catalog.metric(name)
            mean = all(atom.agg in {"avg", "median"} for atom in metric.atoms.values())
            if not mean and not isinstance(metric.spec, RatioMetric):
                if intent.grain is not None and intent.grain != "fitting":
                    reason = {"what": "average_over_time", "word": mention.words}
                    raise Unsettled(Refusal(code="not_supported", facts=reason))
                facts = {"word": mention.words}
                raise Unsettled(Refusal(code="analysis_not_available", facts=facts))


def _modifiers(intent: Intent) -> frozenset[Modifier]:
    return frozenset(intent.modifiers) | {condition.modifier for condition in intent.conditions}


def _target_metric(catalog: Catalog, name: str) -> str | None:
    target = catalog.metric(name).spec.target
    return target.metric if target is not None and target.metric in catalog.metrics else None


def _with_target(names: tuple[str, ...], intent: Intent, linker: Linker) -> tuple[str, ...]:
    """Return the metrics to hold against their targets: the named ones, else the one primary metric with one."""
    catalog = linker.catalog
    holders = [name for name, metric in offered(catalog).items() if metric.spec.target is not None]
    owners = {_target_metric(catalog, name): name for name in holders}
    # 销售目标完成率: the target's own name stands for the metric that is held against it.
    names = tuple(dict.fromkeys(owners.get(name, name) for name in names))
    if any(catalog.metric(name).spec.target is not None for name in names):
        return names
    choices = tuple(map(linker.metric_choice, holders))
    if names:
        label = catalog.metric(names[0]).label
        close = linker.completed("metric", choices)
        raise Unsettled(Refusal(code="no_target", facts={"metric": label}, close=close))
    primary = [name for name in holders if catalog.metric(name).spec.tier == "primary"] or holders
    # Where plans are data, "the target" is the plan; a fixed threshold is a limit that nobody asks for by that word.
    planned = [name for name in primary if _target_metric(catalog, name)]
    if len(planned or primary) == 1:
        name = (planned or primary)[0]
        facts = {"label": catalog.metric(name).label.of(linker.language)}
        linker.notices.append(Notice(code="metric_assumed", facts=facts))
        return (name,)
    if not primary:
        raise Unsettled(no_metric(intent, linker))
    options = linker.completed("metric", map(linker.metric_choice, primary))
    raise Unsettled(Clarification(code="which_metric", word=_words(intent), options=options))


def no_metric(intent: Intent, linker: Linker) -> Refusal | Clarification:
    """Return what becomes of a question that measures nothing: where it asks for more or less, of which metric?"""
    asked = [*intent.verbs]
    if intent.ranking is not None and intent.ranking.mention is not None:
        asked.append(intent.ranking.mention)
    if intent.compare is not None:
        asked.append(intent.compare.mention)
    metrics = offered(linker.catalog)
    names = [
        name
        for name, metric in metrics.items()
        if metric.additive
        and metric.spec.tier == "primary"
        and not linker.lexicon.is_target((name,))
    ]
    if asked and names:
        options = linker.completed("metric", map(linker.metric_choice, names[:5]))
        return Clarification(code="which_metric", word=asked[0].words, options=options)
    if intent.groups and intent.groups[0].open is None:
        field = linker.group(intent.groups[0], ())
        primary = [name for name in metrics if metrics[name].spec.tier == "primary"]
        if "share" in intent.modifiers or not any(
            linker.catalog.reaches(n, field) for n in primary
        ):
            return _shown_by(field, intent, linker)
    named = [item.mention.words for item in intent.groups]
    named += [item.mention.words for item in intent.values]
    return Refusal(
        code="no_metric", facts={"word": named[0] if named else ""}, close=primary_metrics(linker)
    )


def _shown_by(field: str, intent: Intent, linker: Linker) -> Refusal | Clarification:
    """Ask which metric is shown by a field: those that add up by it, the ones of its own rows first."""
    catalog = linker.catalog
    home = catalog.field(field).dataset
    names = [
        name
        for name, metric in offered(catalog).items()
        if metric.additive and catalog.reaches(name, field)
    ]
    names.sort(key=lambda name: (
        all(atom.dataset != home for atom in catalog.metric(name).atoms.values()),
        catalog.metric(name).spec.tier != "primary",
    ))  # fmt: skip
    word = intent.groups[0].mention.words
    if not names:
        return Refusal(code="no_metric", facts={"word": word}, close=primary_metrics(linker))
    options = linker.completed("metric", map(linker.metric_choice, names[:5]))
    return Clarification(code="which_metric", word=word, options=options)


def primary_metrics(linker: Linker, *, afresh: bool = False) -> tuple[Choice, ...]:
    """Return the metrics to offer where none is named, each asking the question with it, or itself alone."""
    metrics = offered(linker.catalog)
    names = [name for name, metric in metrics.items() if metric.spec.tier == "primary"]
    choices = map(linker.metric_choice, (names or list(metrics))[:5])
    return linker.completed("alone" if afresh else "metric", choices)


def metric_uses(
    intent: Intent, measures: Measures, catalog: Catalog, whole: str
) -> tuple[MetricUse, ...]:
    """Return the metric columns: each value, then what is made of it; shares are shares of `whole`."""
    uses: list[MetricUse] = []
    for name in measures.names:
        uses.append(MetricUse(metric=name))
        if "share" in intent.modifiers:
            if isinstance(catalog.metric(name).spec, RatioMetric):
                facts = {"what": "share_of_ratio", "metric": catalog.metric(name).label}
                raise Unsettled(Refusal(code="not_supported", facts=facts))
            uses.append(MetricUse(metric=name, modifier="share", of=whole))
        if catalog.metric(name).spec.target is None:
            continue
        wanted = AGAINST_TARGET & frozenset(intent.modifiers)
        if wanted:
            uses.append(MetricUse(metric=name, modifier="target"))
        uses.extend(
            MetricUse(metric=name, modifier=modifier)
            for modifier in ("attainment", "gap")
            if modifier in wanted
        )
    return tuple(uses)


def havings(intent: Intent, measures: Measures, linker: Linker) -> tuple[Having, ...]:
    """Return the conditions on metrics; amounts are read here, with the unit of the metric."""
    found = []
    for condition in intent.conditions:
        name = measures.names[0]
        if condition.metric is not None:
            name = measures.asked[condition.metric.start]
        values = _amounts(condition, name, linker)
        op = condition.op
        if condition.falls and condition.fixed is None:
            op, values = _DOWNWARDS[op], tuple(sorted(-value for value in values))
        value = (values[0], values[1]) if op == "between" else values[0]
        found.append(Having(metric=name, op=op, value=value, modifier=condition.modifier))
    return tuple(found)


def _amounts(condition: ConditionAsked, metric: str, linker: Linker) -> tuple[Decimal, ...]:
    if condition.fixed is not None:
        return (Decimal(condition.fixed),)
    is_rate = condition.modifier in {"share", "attainment", "change_pct"} or (
        condition.modifier == "value" and linker.catalog.metric(metric).spec.unit == "percent"
    )
    values = []
    for mention in condition.numbers:
        quantity = next(iter(find_quantities(mention.words)), None)
        value = quantity.value if quantity is not None else Decimal(mention.words)
        percent = quantity is not None and quantity.is_percent
        if percent and not is_rate:
            facts = {
                "what": "percent_of_amount",
                "word": mention.words,
                "metric": linker.catalog.metric(metric).label,
            }
            raise Unsettled(Refusal(code="not_supported", facts=facts))
        if is_rate and not percent and abs(value) > 1:
            value /= 100
            read = {"word": mention.words, "value": str(value)}
            linker.notices.append(Notice(code="percent_assumed", facts=read))
        values.append(value)
    return tuple(sorted(values) if condition.op == "between" else values)


def which_field(intent: Intent, measures: Measures, linker: Linker, code: str) -> Unsettled:
    """Return the question back "by what?", for an order or a condition with nothing to split by."""
    choices = [linker.field_choice(name) for name in linker.fields_for(measures.computed)][:5]
    options = linker.completed("by", choices)
    return Unsettled(Clarification(code=code, word=_words(intent), options=options, facts={}))


def _words(intent: Intent) -> str:
    """Return the asker's words for the condition or the order, or the question itself."""
    for condition in intent.conditions:
        mentions = [item for item in (condition.metric, *condition.numbers) if item is not None]
        if mentions:
            first, last = min(item.start for item in mentions), max(item.end for item in mentions)
            return intent.text[first:last]
    if intent.ranking is not None and intent.ranking.mention is not None:
        return intent.ranking.mention.words
    return intent.text.strip()
