"""Conversion and retention as atoms: who entered, who reached the last stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlglot import exp

from semantic_layer.atoms import Atom, ColumnRef, Funnel, Stage
from semantic_layer.calendar import Grain
from semantic_layer.catalog import BoundMetric, Dataset
from semantic_layer.dates import day, moment
from semantic_layer.formulas import FormulaProblem, bind_column, divide
from semantic_layer.metric_kinds import keyed, leaf
from semantic_layer.metric_specs import ConversionMetric, RetentionMetric

_COUNTS = frozenset({"count", "count_distinct"})


def conversion(
    spec: ConversionMetric, stages: Sequence[BoundMetric], datasets: Mapping[str, Dataset]
) -> Funnel:
    """Bind the stages of a conversion.

    Raises:
        FormulaProblem: A stage is not a count of dated rows, or does not have the entity.
    """
    bound = _stages(spec.entity, stages, datasets)
    window = (spec.window.count, spec.window.grain) if spec.window else None
    keys: tuple[ColumnRef, ...] = ()
    if spec.basis == "event":
        entered = datasets[bound[0].atom.dataset]
        if not entered.primary_key:
            raise FormulaProblem(
                f"every entry counts, but `{entered.name}` has no key to tell them apart",
                "Give the dataset a `primary_key`, or count by `basis: cohort`",
            )
        keys = tuple(ColumnRef(entered.name, entered.spelling(key)) for key in entered.primary_key)
    return Funnel(stages=bound, window=window, keys=keys)


def retention(
    spec: RetentionMetric, activity: BoundMetric, datasets: Mapping[str, Dataset]
) -> Funnel:
    """Bind the activity that first makes an entity one of a cohort, and then shows that it is still there.

    Raises:
        FormulaProblem: It is not a count of dated rows, or does not have the entity.
    """
    bound = _stages(spec.entity, (activity, activity), datasets)
    return Funnel(stages=bound, window=(1, Grain(spec.grain)), first=True, later=spec.after)


def funnel_formula(funnel: Funnel, calculation: str) -> tuple[exp.Expr, dict[str, Atom]]:
    """Return the share, or the number, of those entered that reached the last stage."""
    first = funnel.stages[0].atom
    whole = Atom(
        key="",
        dataset=first.dataset,
        agg="count",
        expr=None,
        where=None,
        time=first.time,
        funnel=funnel,
    )
    entered, done = (
        keyed(replace(whole, reached=reached)) for reached in (0, len(funnel.stages) - 1)
    )
    if calculation == "count":
        return leaf(done), {done.key: done}
    return divide(leaf(done), leaf(entered)), {entered.key: entered, done.key: done}


def _stages(
    entity: str, metrics: Sequence[BoundMetric], datasets: Mapping[str, Dataset]
) -> tuple[Stage, ...]:
    atoms = [_rows_of(metric) for metric in metrics]
    by_day = not all(atom.time and atom.time.timestamp for atom in atoms)
    found = []
    for atom in atoms:
        bound = bind_column(entity, datasets[atom.dataset], datasets)
        if bound is None:
            raise FormulaProblem(
                f"`entity: {entity}` is not a column", "Name one that every stage has"
            )
        if atom.time is None:
            raise AssertionError("rows without a date were refused")
        # Days and moments meet as days: what happened on the day of an entry is not before it.
        when = day(atom.time) if by_day else moment(atom.time)
        earliest = keyed(replace(atom, agg="min", expr=when))
        found.append(Stage(entity=ColumnRef(bound.table, bound.name), atom=earliest))
    return tuple(found)


def _rows_of(metric: BoundMetric) -> Atom:
    atoms = tuple(metric.atoms.values())
    if len(atoms) != 1 or atoms[0].agg not in _COUNTS or atoms[0].is_nested or atoms[0].frames:
        raise FormulaProblem(
            f"`{metric.name}` does not count rows", "A stage is a count, filtered or not"
        )
    if atoms[0].time is None or atoms[0].time.grain is not Grain.DAY:
        raise FormulaProblem(
            f"the rows of `{metric.name}` have no day", "Give its dataset a `time` by day"
        )
    return atoms[0]
