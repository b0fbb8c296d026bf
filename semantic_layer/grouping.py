"""Groups of a query as dimensions of its plan, and the metrics that its atoms serve."""

from __future__ import annotations

from semantic_layer.atoms import Atom
from semantic_layer.calendar import DatePart
from semantic_layer.catalog import BoundField, BoundMetric, Catalog
from semantic_layer.dating import Dating
from semantic_layer.errors import NotSupported
from semantic_layer.grains import check_grain, column_of, grains_of
from semantic_layer.groups import CalendarGroup, PartGroup, TimeGroup
from semantic_layer.labels import Labels
from semantic_layer.outputs import uses
from semantic_layer.plan import Dimension
from semantic_layer.query import MetricQuery
from semantic_layer.result import Column, Fiscal, Role, column_name


def dimensions_of(dating: Dating, language: str | None) -> tuple[Dimension, ...]:
    """Return the grouping keys of a query, in its order.

    Raises:
        NotSupported: One of them is there twice, or there are two time grains.
        UnknownName: No such field, or not for this principal.
    """
    query, catalog = dating.query, dating.catalog
    date = dating.label(dating.role) if dating.role else Labels()
    found: list[Dimension] = []
    for index, group in enumerate(query.group_by, 1):
        if isinstance(group, TimeGroup):
            column = Column(name=group.time.value, role=Role.TIME, grain=group.time, date=date)
            found.append(Dimension(name=f"k{index}", column=column, grain=group.time))
        elif isinstance(group, PartGroup):
            column = Column(name=group.part.value, role=Role.DIMENSION, part=group.part, date=date)
            found.append(Dimension(name=f"k{index}", column=column, part=group.part))
        elif isinstance(group, CalendarGroup):
            check_grain(group.time, catalog)
            held = column_of(group.time, catalog)
            fiscal = None if held else _fiscal(group.time, catalog)
            column = Column(name=group.time, role=Role.TIME, fiscal=fiscal, date=date)
            item = Dimension(name=f"k{index}", column=column, grain=group.time, calendar=held)
            found.append(item)
        else:
            found.append(_field(query, catalog, index, catalog.field(group), language))
    names = [item.bound.name if item.bound else item.column.name for item in found]
    if len(set(names)) < len(names) or sum(item.grain is not None for item in found) > 1:
        raise NotSupported("grouped_twice")
    return tuple(found)


def _fiscal(grain: str, catalog: Catalog) -> Fiscal:
    settings = catalog.settings
    return Fiscal(
        grain=grain,
        first_month=settings.fiscal_year_start,
        named_by=settings.fiscal_year_named_by,
    )


def _field(
    query: MetricQuery, catalog: Catalog, index: int, bound: BoundField, language: str | None
) -> Dimension:
    taken = sum(
        isinstance(other, str) and other.rsplit(".", 1)[-1] == bound.key for other in query.group_by
    )
    names = {use.metric for use in query.metrics} | set(DatePart) | set(grains_of(catalog))
    names |= {column_name(use.metric, use.modifier, use.time) for use in uses(query)}
    name = bound.key if taken == 1 and bound.key not in names else bound.name
    column = Column(name=name, role=Role.DIMENSION, grouped_by=bound.name, label=bound.label)
    label = bound.label_columns.get(language or "")
    return Dimension(
        name=f"k{index}",
        column=column,
        bound=bound,
        label=label,
        label_name=f"n{index}" if label else None,
    )


def named_by(dating: Dating, atom: Atom) -> str:
    """Return the asked metric that an atom serves, for messages and comments."""
    asked = tuple(dating.asked())
    for metric in asked:
        if atom.key in _keys(metric) or (metric.held and atom.key in _keys(metric.held)):
            return metric.name
    for metric in asked:
        target = metric.spec.target
        goal = dating.catalog.metrics.get(target.metric) if target and target.metric else None
        if goal is not None and atom.key in {item.key for item in goal.row_atoms()}:
            return goal.name
    raise AssertionError("every atom serves a metric that is asked for")


def _keys(metric: BoundMetric) -> set[str]:
    return {item.key for item in (*metric.atoms.values(), *metric.row_atoms())}
