"""Atoms of the metric kinds: balances, other days, entities."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace

from sqlglot import exp

from semantic_layer.atoms import Atom, ColumnRef, PerEntity, Snapshot
from semantic_layer.calendar import Grain
from semantic_layer.catalog import BoundMetric, Dataset
from semantic_layer.formulas import DIALECT, FormulaProblem, bind_column
from semantic_layer.frames import Back, EachDay, FirstDay, FirstOf, Frame, ToDate, Trailing
from semantic_layer.metric_specs import CumulativeMetric, NonAdditiveSpec, OffsetMetric
from semantic_layer.sql_nodes import ref, with_columns


def entity_of(text: str, atoms: Iterable[Atom], datasets: Mapping[str, Dataset]) -> ColumnRef:
    """Bind the column that tells entities apart, which every fact must reach.

    Raises:
        FormulaProblem: It is no column, or another one for each fact.
    """
    found: dict[ColumnRef, None] = {}
    for atom in atoms:
        if atom.is_nested:
            raise FormulaProblem(
                "it is made of entities of entities", "Name a metric that is made of rows"
            )
        bound = bind_column(text, datasets[atom.dataset], datasets)
        if bound is None:
            raise FormulaProblem(
                f"`entity: {text}` is not a column", "Name one as `dataset.column`"
            )
        found[ColumnRef(bound.table, bound.name)] = None
    if len(found) != 1:
        raise FormulaProblem(
            f"`entity: {text}` is another column in each dataset", "Name one as `dataset.column`"
        )
    return next(iter(found))


def over_entities(
    agg: str,
    entity: ColumnRef,
    formula: exp.Expr,
    atoms: Mapping[str, Atom],
    p: float | None = None,
) -> Atom:
    """Return the atom that aggregates a value of each entity."""
    first = next(iter(atoms.values()))
    nested = PerEntity(entity=entity, formula=formula, atoms=dict(atoms))
    return keyed(
        Atom(
            key="",
            dataset=first.dataset,
            agg=agg,
            expr=None,
            where=None,
            time=first.time,
            p=p,
            per_entity=nested,
        )
    )


def narrowed_entities(atom: Atom, change: Callable[[Atom], Atom]) -> Atom:
    """Return an atom over entities whose own atoms are changed."""
    nested = atom.per_entity
    if nested is None:
        return atom
    renamed = {key: keyed(change(inner)) for key, inner in nested.atoms.items()}
    formula = swapped(nested.formula, renamed)
    atoms = {inner.key: inner for inner in renamed.values()}
    first = next(iter(atoms.values()))
    changed = PerEntity(entity=nested.entity, formula=formula, atoms=atoms)
    return replace(atom, time=first.time, per_entity=changed)


def narrowed_funnel(atom: Atom, change: Callable[[Atom], Atom]) -> Atom:
    """Return a funnel whose entries are changed; what follows them stays as it is."""
    if atom.funnel is None:
        return atom
    first, *rest = atom.funnel.stages
    entered = replace(first, atom=keyed(change(first.atom)))
    funnel = replace(atom.funnel, stages=(entered, *rest))
    return replace(atom, funnel=funnel, time=entered.atom.time)


def average_of_snapshots(base: BoundMetric) -> Atom:
    """Return the mean of a balance over its dates: the dates are the entities.

    Raises:
        FormulaProblem: It is not made of one balance.
    """
    times = {
        atom.time.ref for atom in base.atoms.values() if atom.snapshot and atom.time is not None
    }
    if len(times) != 1 or not all(atom.snapshot for atom in base.atoms.values()):
        raise FormulaProblem(
            f"`{base.name}` is not a balance", "Name a metric with `non_additive_dimension`"
        )
    renamed = {key: keyed(replace(atom, snapshot=None)) for key, atom in base.atoms.items()}
    atoms = {atom.key: atom for atom in renamed.values()}
    return over_entities("avg", times.pop(), swapped(base.formula, renamed), atoms)


Side = tuple[exp.Expr, Mapping[str, Atom]]


def balance(inflow: Side, outflow: Side) -> tuple[exp.Expr, dict[str, Atom]]:
    """Return all that came in less all that went out up to a day; a side without rows is zero."""
    sides: list[exp.Expr] = []
    atoms: dict[str, Atom] = {}
    for tree, found in (inflow, outflow):
        renamed = {
            key: keyed(replace(atom, frames=(ToDate(None), *atom.frames)))
            for key, atom in found.items()
        }
        atoms |= {atom.key: atom for atom in renamed.values()}
        zero = exp.Literal.number(0)
        sides.append(exp.Coalesce(this=swapped(tree, renamed), expressions=[zero]))
    return exp.Sub(this=sides[0], expression=sides[1]), atoms


def swapped(formula: exp.Expr, renamed: Mapping[str, Atom]) -> exp.Expr:
    """Return a formula with other atoms in the places of its own, by their old keys."""
    return with_columns(formula, lambda node: column_of(renamed[node.name]))


def replaced(base: BoundMetric, change: Callable[[Atom], Atom]) -> tuple[exp.Expr, dict[str, Atom]]:
    """Return a metric's formula with other atoms in the places of its own."""
    renamed = {key: keyed(change(atom)) for key, atom in base.atoms.items()}
    return swapped(base.formula, renamed), {atom.key: atom for atom in renamed.values()}


def snapshot_of(
    spec: NonAdditiveSpec, dataset: Dataset, datasets: Mapping[str, Dataset]
) -> Snapshot:
    """Bind which dates of a balance count.

    Raises:
        FormulaProblem: `group_by` names something that is no column.
    """
    keys: list[ColumnRef] = []
    for text in spec.group_by:
        bound = bind_column(text, dataset, datasets)
        if bound is None:
            raise FormulaProblem(
                f"`group_by: {text}` is not a column", "Name a column of the source"
            )
        keys.append(ColumnRef(bound.table, bound.name))
    return Snapshot(agg=spec.window_agg, keys=tuple(keys))


def framed(atom: Atom, spec: OffsetMetric | CumulativeMetric) -> Atom:
    """Return an atom over the days of an offset or a cumulative metric."""
    if isinstance(spec, OffsetMetric):
        if spec.offset_window is not None:
            frames: tuple[Frame, ...] = (Back(spec.offset_window.grain, spec.offset_window.count),)
        else:
            frames = (FirstOf(Grain(spec.offset_to_grain or "year")),)
    else:
        ends: dict[str, tuple[Frame, ...]] = {
            "last": (),
            "first": (FirstDay(),),
            "avg": (EachDay(),),
        }
        over = (
            Trailing(spec.window.grain, spec.window.count)
            if spec.window is not None
            else ToDate(spec.grain_to_date)
        )
        frames = (*ends[spec.period_agg], over)
    return replace(atom, frames=(*frames, *atom.frames))


def leaf(atom: Atom) -> exp.Expr:
    """Return the column that stands for an atom in a formula; counts over nothing are 0 (rule 10)."""
    node = column_of(atom)
    if atom.agg in {"count", "count_distinct"}:
        return exp.Coalesce(this=node, expressions=[exp.Literal.number(0)])
    return node


def column_of(atom: Atom) -> exp.Column:
    """Return the bare column that stands for an atom."""
    return ref(atom.key)


def keyed(atom: Atom) -> Atom:
    """Give an atom its key: equal atoms, equal keys."""
    expr = atom.expr.sql(DIALECT) if atom.expr is not None else "*"
    if atom.per_entity is not None:
        entity = atom.per_entity.entity
        inner = sorted(atom.per_entity.atoms)
        expr = f"{atom.per_entity.formula.sql(DIALECT)} of {inner} per {entity}"
    if atom.funnel is not None:
        expr = f"stage {atom.reached} of {atom.funnel}"
    where = f" where {atom.where.sql(DIALECT)}" if atom.where is not None else ""
    time = f" by {atom.time.ref.source}.{atom.time.ref.column}" if atom.time else ""
    p = f" {atom.p}" if atom.p else ""
    last = f" {atom.snapshot}" if atom.snapshot else ""
    frames = f" {atom.frames}" if atom.frames else ""
    return replace(atom, key=f"{atom.dataset}: {atom.agg}({expr}){p}{where}{time}{last}{frames}")
