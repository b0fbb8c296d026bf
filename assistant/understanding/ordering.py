"""The order of a query's rows: as asked, else by what a reader looks for first."""

from __future__ import annotations

from collections.abc import Sequence

from assistant.intent import Intent, Modifier
from assistant.understanding.linking import Linker
from assistant.understanding.measures import Measures
from semantic_layer.calendar import Grain
from semantic_layer.catalog import Catalog
from semantic_layer.query import OrderBy


def ordering(
    intent: Intent, measures: Measures, groups: Sequence[str], grain: Grain | None, linker: Linker
) -> tuple[OrderBy, ...]:
    """Return the order: as asked, else time upwards, else the first metric downwards."""
    ranking = intent.ranking
    if ranking is None or (
        ranking.limit is None and not ranking.few and not groups and grain and not intent.metrics
    ):
        if grain is not None:
            return (OrderBy(time=grain, dir="asc"),)
        return (_default_order(intent, measures, linker),) if len(groups) == 1 else ()
    name = measures.names[0]
    if ranking.by is not None:
        name = measures.asked.get(ranking.by.start, name)
    modifier: Modifier = "value"
    if ranking.growth:
        modifier = "change_pct"
    else:
        spec = linker.catalog.metric(name).spec
        made = [item for item in ("attainment", "gap", "target") if item in intent.modifiers]
        if made and spec.target is not None:
            modifier = (
                "attainment" if made[0] == "attainment" else "gap" if made[0] == "gap" else "target"
            )
    return (
        OrderBy(
            metric=name,
            modifier=modifier,
            dir=_dir(ranking.direction, name, modifier, linker.catalog),
        ),
    )


def _default_order(intent: Intent, measures: Measures, linker: Linker) -> OrderBy:
    """Order by the metric downwards; by the attainment where it is asked for, upwards for who is behind."""
    name = measures.names[0]
    if "attainment" in intent.modifiers and linker.catalog.metric(name).spec.target is not None:
        behind = any(
            item.modifier == "attainment" and item.op in {"<", "<="} for item in intent.conditions
        )
        return OrderBy(metric=name, modifier="attainment", dir="asc" if behind else "desc")
    return OrderBy(metric=name)


def _dir(direction: str, name: str, modifier: Modifier, catalog: Catalog) -> str:
    if direction in {"highest", "lowest"}:
        return "desc" if direction == "highest" else "asc"
    # Best and worst follow the metric's good direction; attainment is always good upwards, a gap downwards.
    good = catalog.metric(name).spec.good
    down = modifier == "gap" or (modifier in {"value", "change_pct"} and good == "down")
    return "asc" if (direction == "best") == down else "desc"
