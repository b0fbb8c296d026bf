"""Plans lie beyond the data: the target of a period to come is the plan itself, with nothing held against it."""

from __future__ import annotations

from dataclasses import replace

from assistant.intent import Intent
from assistant.understanding.linking import Linker
from assistant.understanding.measures import Measures
from assistant.understanding.time_phrases import Clock, UnknownPeriod, resolve_time
from semantic_layer.calendar import Grain
from semantic_layer.catalog import Catalog


def only_planned(catalog: Catalog, names: tuple[str, ...]) -> bool:
    """Say whether every metric is dated by more than a day, as plans are: such rows may lie in the future."""
    times = [atom.time for name in names for atom in catalog.metric(name).atoms.values()]
    return bool(times) and all(
        time is not None and time.grain.rank > Grain.DAY.rank for time in times
    )


def as_plans(
    intent: Intent, measures: Measures, linker: Linker, clock: Clock
) -> tuple[Intent, Measures]:
    """Return the plans in place of the metrics, where only targets are asked of a period that is still to come."""
    if intent.modifiers != ("target",) or intent.conditions or intent.compare is not None:
        return intent, measures
    targets = [linker.catalog.metric(name).spec.target for name in measures.names]
    plans = tuple(target.metric for target in targets if target is not None and target.metric)
    if len(plans) != len(measures.names) or not all(
        _is_to_come(asked.phrase, clock) for asked in intent.periods
    ):
        return intent, measures
    if not intent.periods or not only_planned(linker.catalog, plans):
        return intent, measures
    instead = dict(zip(measures.names, plans, strict=True))
    asked = {start: instead.get(name, name) for start, name in measures.asked.items()}
    planned = Measures(asked=asked, names=plans, computed=plans)
    return replace(intent, modifiers=()), planned


def _is_to_come(phrase: str, clock: Clock) -> bool:
    try:
        return resolve_time(phrase, clock).period.start > clock.reference
    except UnknownPeriod:
        return False
