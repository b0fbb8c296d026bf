"""A plan in, its explanation out: nothing is run, and nothing is named that the asker may not see."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

from sqlglot import exp

from semantic_layer.atoms import Atom
from semantic_layer.catalog import BoundMetric, Catalog, Join
from semantic_layer.compiler.branch import plain_aggregate
from semantic_layer.compiler.literals import literal
from semantic_layer.explanation import (
    Assumption,
    Definition,
    Explanation,
    Ordering,
    Rights,
    Rows,
    Rule,
)
from semantic_layer.formulas import DIALECT
from semantic_layer.labels import Labels
from semantic_layer.model import OWNER
from semantic_layer.plan import Branch, FunnelBranch, Plan
from semantic_layer.policy import Access
from semantic_layer.result import Cell, Notice
from semantic_layer.slices import Slice
from semantic_layer.validator import Value

_PLAIN = re.compile(r"[a-z_][a-z0-9_]*")


def explain(plan: Plan, access: Access) -> Explanation:
    """Return what a plan does.

    Args:
        plan: What `plan()` made.
        access: The rights that it was made under; names that they hide do not appear.
    """
    shown = {item.name: item.column.name for item in plan.dimensions}
    shown |= {item.name: item.column.name for item in plan.outputs if item.column}
    below = (("total", plan.total), ("others", plan.others))
    return Explanation(
        definitions=tuple(_definitions(plan, access.catalog)),
        groups=tuple(item.column.grouped_by or item.column.name for item in plan.dimensions),
        rows=tuple(_rows(item, at, plan) for _, item in plan.scans() for at in _slices(item)),
        having=tuple(_sql(_named(item, shown), plan.parameters) for item in plan.having),
        rights=_rights(plan, access),
        assumptions=tuple(Assumption(code=item.code, facts=_facts(item)) for item in plan.notices),
        order=tuple(
            Ordering(
                by=shown.get(item.name, item.name.removeprefix("h_")), descending=item.descending
            )
            for item in plan.order
        ),
        limit=plan.limit,
        ties=plan.ties,
        per=shown.get(plan.per or ""),
        below=tuple(kind for kind, other in below if other is not None),
    )


def _facts(item: Notice) -> dict[str, Cell | dict[str, str]]:
    """Return a notice's facts as plain data; a label is said in each language."""
    return {
        key: {language: value.of(language) for language in ("zh", "en")}
        if isinstance(value, Labels)
        else value
        for key, value in item.facts.items()
    }


def _definitions(plan: Plan, catalog: Catalog) -> Iterator[Definition]:
    asked = [use.metric for use in plan.query.metrics]
    asked += [key.metric for key in plan.query.order_by if key.metric]
    asked += [item.metric for item in plan.query.having]
    targets = [
        target.metric
        for use in plan.query.metrics
        if use.modifier in {"target", "attainment", "gap"}
        and (target := catalog.metric(use.metric).spec.target) is not None
        and target.metric
    ]
    wanted = dict.fromkeys((*asked, *targets))
    parts = sorted({part for name in wanted for part in catalog.metric(name).uses} - set(wanted))
    for name in (*wanted, *parts):
        if name in catalog.metrics:
            yield _definition(catalog.metrics[name], asked=name in wanted)


def _definition(metric: BoundMetric, *, asked: bool) -> Definition:
    def placed(node: exp.Expr) -> exp.Expr:
        return _aggregate(metric.atoms[node.name]) if isinstance(node, exp.Column) else node

    spec = metric.spec
    return Definition(
        metric=metric.name,
        asked=asked,
        formula=_text(metric.formula.copy().transform(placed)),
        aggregates=tuple(
            dict.fromkeys(_text(plain_aggregate(item, item.where)) for item in metric.row_atoms())
        ),
        owner=spec.owner or "",
        certified="" if spec.certified is None else str(spec.certified),
    )


def _aggregate(atom: Atom) -> exp.Expr:
    """Return an atom's aggregate; what is made of entities or stages names only them."""
    if atom.per_entity is not None:
        entity = atom.per_entity.entity
        return exp.func(f"{atom.agg}_over_each", exp.column(entity.column, table=entity.source))
    if atom.funnel is not None:
        return exp.func("reached", exp.Literal.number(atom.reached))
    return plain_aggregate(atom, atom.where)


def _slices(branch: Branch) -> tuple[Slice, ...]:
    """Return the days that a scan reads: values and their base may share one."""
    return tuple(view.slice for view in branch.views) or (branch.slice,)


def _rows(branch: Branch, at: Slice, plan: Plan) -> Rows:
    atom = branch.measures[0].atom
    start, end = _days(at)
    steps = _steps(branch)
    filters = [item.atom.where for item in branch.measures if item.atom.where is not None]
    return Rows(
        branch=branch.name,
        serves=branch.comment,
        dataset=branch.dataset,
        date=f"{atom.time.ref.source}.{atom.time.ref.column}" if atom.time else "",
        slice=at.name,
        start=start,
        end=end,
        ranges=len(at.ranges),
        snapshot=atom.snapshot.agg if atom.snapshot else "",
        aggregates=tuple(_text(plain_aggregate(item.atom, None)) for item in branch.measures),
        paths=tuple(_paths(branch.dataset, steps)),
        on=tuple(_on(step) for step in steps),
        children=tuple(item.joins[0].dataset for item in branch.semi_joins),
        filters=(
            *(_sql(item, plan.parameters) for item in branch.where),
            *(_sql(item, plan.parameters) for item in (branch.pairs.where if branch.pairs else ())),
            *(_sql(item.where, plan.parameters) for item in branch.semi_joins),
        ),
        metric_filters=tuple(dict.fromkeys(_sql(item, plan.parameters) for item in filters)),
        overlaps=branch.overlaps,
    )


def _steps(branch: Branch) -> tuple[Join, ...]:
    """Return the joins of a branch, those over a bridge behind the others."""
    pairs = branch.pairs
    return (*branch.joins, *((pairs.step, *pairs.joins) if pairs else ()))


def _days(at: Slice) -> tuple[str, str]:
    """Return the days of a slice as ISO texts; the beginning of time is nothing."""
    period = at.period
    if period is None:
        return "", ""
    return "" if period.start.year == 1 else period.start.isoformat(), period.end.isoformat()


def _paths(dataset: str, joins: Iterable[Join]) -> Iterator[str]:
    """Yield the path to each parent that no other one goes through."""
    found = {dataset: dataset}
    inner = set()
    for step in joins:
        named = step.alias if step.alias == step.dataset else f"{step.alias} ({step.dataset})"
        found[step.alias] = f"{found.get(step.child, step.child)} → {named}"
        inner.add(step.child)
    for alias, path in found.items():
        if alias != dataset and alias not in inner:
            yield path


def _on(step: Join) -> str:
    pairs = (f"{step.child}.{left} = {step.alias}.{right}" for left, right in step.on)
    return " AND ".join(pairs)


def _rights(plan: Plan, access: Access) -> Rights:
    principal = access.principal
    scanned = [branch for _, branch in plan.scans()]
    read = {branch.dataset for branch in scanned}
    read |= {step.dataset for branch in scanned for step in _steps(branch)}
    read |= {step.dataset for b in scanned for item in b.semi_joins for step in item.joins}
    for item in plan.branches:
        if isinstance(item, FunnelBranch):
            scans = (*item.steps, *([item.entries] if item.entries else []))
            read |= {scan.rows.dataset for scan in scans}
    if plan.grid:
        read |= {scan.rows.dataset for scan in plan.grid.members}
        read |= {step.dataset for scan in plan.grid.members for step in scan.rows.joins}
    rules: list[Rule] = []
    if principal.role != OWNER:
        policies = access.catalog.definitions.policies
        policy = next(item for item in policies if item.role == principal.role)
        rules = [Rule(dataset=name, rule=policy.datasets.get(name, "")) for name in sorted(read)]
    return Rights(principal=principal.name, role=principal.role, rules=tuple(rules))


def _named(tree: exp.Expr, shown: Mapping[str, str]) -> exp.Expr:
    """Return a condition with the result's names for its columns."""

    def placed(node: exp.Expr) -> exp.Expr:
        if not isinstance(node, exp.Column):
            return node
        return exp.column(shown.get(node.name, node.name.removeprefix("h_")))

    return tree.copy().transform(placed)


def _sql(tree: exp.Expr, parameters: Mapping[str, Value]) -> str:
    """Return a condition as SQL with its values in place."""

    def placed(node: exp.Expr) -> exp.Expr:
        if isinstance(node, exp.Placeholder) and str(node.this) in parameters:
            return literal(parameters[str(node.this)])
        return node

    return _text(tree.copy().transform(placed).unnest())


def _text(tree: exp.Expr) -> str:
    """Return SQL to read: names without quotes where they are plain words."""
    for name in tree.find_all(exp.Identifier):
        if _PLAIN.fullmatch(name.name):
            name.set("quoted", False)
    return tree.sql(DIALECT)
