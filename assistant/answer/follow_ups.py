"""What to ask next: questions that the definitions can answer, in words that the rules reader reads back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from assistant.answer.labels import asked, field_label, metric_label, names_members, scope_members
from assistant.answer.numbers import format_period
from assistant.locale import join, text
from semantic_layer.calendar import Grain
from semantic_layer.catalog import BoundField, Catalog
from semantic_layer.governance import current, offered
from semantic_layer.query import Condition, MetricQuery, MetricUse

MOST: Final = 6
TOP: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """A question to offer once `query` has been run and gave rows."""

    question: str
    query: MetricQuery


def suggest(query: MetricQuery, catalog: Catalog, language: str) -> tuple[Suggestion, ...]:
    """Return up to six questions that follow from a query, the nearest first.

    Conditions that a short question cannot repeat (numbers, alternatives, negations) give no suggestion at all: a
    follow-up never silently drops a filter.
    """
    query = _current(asked(query), catalog)
    metric = query.metrics[0].metric
    if metric not in offered(catalog) or not all(names_members(item) for item in query.where):
        return ()
    if query.compare is not None and not isinstance(query.compare.to, str):
        return ()
    plain = _plain(query, metric)
    found: dict[str, Suggestion] = {}
    for candidate, code, facts in _candidates(query, plain, metric, catalog, language):
        words = _words(candidate, code, facts, catalog, language)
        if candidate != query:
            found.setdefault(words, Suggestion(question=words, query=candidate))
    return tuple(found.values())[:MOST]


def _current(query: MetricQuery, catalog: Catalog) -> MetricQuery:
    """Return the question about the successors of its deprecated metrics, where they reach its fields."""
    names = {
        use.metric: current(use.metric, catalog)
        for use in query.metrics
        if use.metric in catalog.metrics
    }
    fields = (*query.fields, *(item.field for item in query.where if isinstance(item, Condition)))
    if all(old == new for old, new in names.items()) or not all(
        _is_reached(new, name, catalog) for new in names.values() for name in fields
    ):
        return query
    uses = tuple(
        use.model_copy(update={"metric": names.get(use.metric, use.metric)})
        for use in query.metrics
    )
    return query.model_copy(update={"metrics": uses, "having": (), "order_by": ()})


Candidate = tuple[MetricQuery, str, dict[str, str]]


def _candidates(
    query: MetricQuery, plain: MetricQuery, metric: str, catalog: Catalog, language: str
) -> Iterator[Candidate]:
    """Yield drill-down, trend, comparison, share, attainment, other splits."""
    grouped = query.fields[0] if query.fields else None
    below = _next_level(query, metric, catalog)
    others = [field for field in _splits(query, metric, catalog) if field.name != below]
    if below is not None:
        yield _by_member(plain, "split", below, catalog, language)
    elif grouped is None and others:
        yield _by_member(plain, "split", others.pop(0).name, catalog, language)
    grain = _grain(query)
    if query.grain is None:
        if grain is not None:
            time = grain.value
            trend = _changed(
                plain, group_by=({"time": time},), order_by=({"time": time, "dir": "asc"},)
            )
            yield trend, "trend", {"grain": text(f"grain.{time}", language)}
        if query.compare is None and query.period is not None:
            yield _compared(plain, grouped, catalog, language)
        if grouped is not None and catalog.metrics[metric].additive:
            ranked, code, facts = _by_member(plain, "share", grouped, catalog, language)
            share = {"metric": metric, "modifier": "share", "of": "total"}
            yield _changed(ranked, metrics=({"metric": metric}, share)), code, facts
    if catalog.metrics[metric].spec.target is not None and query.period is not None:
        uses = tuple({"metric": metric, "modifier": m} for m in ("value", "target", "attainment"))
        if all(use.modifier != "attainment" for use in query.metrics):
            yield _changed(plain, metrics=uses), "attainment", {}
    tops = {levels[0] for levels in catalog.hierarchies.values()}
    for field in others[:2]:
        few = field.name in tops or field.spec.values
        yield _by_member(plain, "split" if few else "top", field.name, catalog, language)


def _plain(query: MetricQuery, metric: str) -> MetricQuery:
    """Return the query with one metric, its period and its filters, and nothing else."""
    return MetricQuery(metrics=(MetricUse(metric=metric),), period=query.period, where=query.where)


def _changed(query: MetricQuery, **parts: object) -> MetricQuery:
    """Return a query with some parts replaced, checked like any other."""
    return MetricQuery.model_validate({**query.model_dump(by_alias=True), **parts})


def _by_member(
    plain: MetricQuery, code: str, name: str, catalog: Catalog, language: str
) -> Candidate:
    """Return the metric by a field, largest first; only the largest for `top`."""
    order = {"metric": plain.metrics[0].metric, "dir": "desc"}
    limit = TOP if code == "top" else None
    ranked = _changed(plain, group_by=(name,), order_by=(order,), limit=limit)
    return ranked, code, {"field": field_label(name, catalog, language), "limit": str(TOP)}


def _compared(
    plain: MetricQuery, grouped: str | None, catalog: Catalog, language: str
) -> Candidate:
    compare = {"to": "previous_year"}
    if grouped is None:
        return _changed(plain, compare=compare), "compare", {}
    ranked, code, facts = _by_member(plain, "compare_split", grouped, catalog, language)
    return _changed(ranked, compare=compare), code, facts


def _grain(query: MetricQuery) -> Grain | None:
    """Return the grain in which a period has a handful of points or more."""
    if query.period is None:
        return Grain.MONTH
    days = query.period.days.days
    if days > 80:
        return Grain.MONTH
    return Grain.DAY if days > 6 else None


def _next_level(query: MetricQuery, metric: str, catalog: Catalog) -> str | None:
    """Return the level below the grouped field, else below a filtered one."""
    filtered = [item.field for item in query.where if isinstance(item, Condition)]
    for name in (*query.fields, *filtered):
        for levels in catalog.hierarchies.values():
            if name in levels[:-1]:
                below = levels[levels.index(name) + 1]
                if below not in query.fields and _is_reached(metric, below, catalog):
                    return below
    return None


def _splits(query: MetricQuery, metric: str, catalog: Catalog) -> Iterator[BoundField]:
    """Yield fields to split by: tops of hierarchies first, then labelled text fields."""
    taken = {*query.fields, *(item.field for item in query.where if isinstance(item, Condition))}
    related = {
        level for levels in catalog.hierarchies.values() if taken & set(levels) for level in levels
    }
    tops = [levels[0] for levels in catalog.hierarchies.values()]
    lower = {level for levels in catalog.hierarchies.values() for level in levels[1:]}
    rest = [field.name for field in catalog.fields_of(metric) if field.name not in lower]
    for name in dict.fromkeys((*tops, *rest)):
        field = catalog.fields.get(name)
        if field is None or name in taken | related or not _is_reached(metric, name, catalog):
            continue
        if field.datatype == "String" and field.spec.label.texts() and not field.spec.pii:
            yield field


def _is_reached(metric: str, name: str, catalog: Catalog) -> bool:
    return name in catalog.fields and catalog.reaches(metric, name)


def _words(
    query: MetricQuery, code: str, facts: dict[str, str], catalog: Catalog, language: str
) -> str:
    """Return the question: the template of its kind with period and members put in."""
    when = scope = ""
    if query.period is not None:
        when = text("follow_up.when", language, period=format_period(query.period.days, language))
    if query.where:
        members = join(scope_members(query, catalog, language), language)
        scope = text("follow_up.scope", language, members=members)
    metric = metric_label(query.metrics[0].metric, catalog, language)
    return text(f"follow_up.{code}", language, metric=metric, when=when, scope=scope, **facts)
