"""Members of fields: without a name, named but absent, called alike, or below several parents."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import pairwise

from sqlglot import exp

from semantic_layer.catalog import BoundField
from semantic_layer.compiler.rows import joined_on
from semantic_layer.health.probe import (
    DataFinding,
    Fact,
    Probe,
    aliased,
    counted,
    derived,
    first_where,
    missing,
    number,
    rows_counted,
    share,
    shown,
)
from semantic_layer.members import Member
from semantic_layer.sql_nodes import column

SHOWN = 5


def members(probe: Probe) -> Iterator[DataFinding]:
    """Yield members that only the data or only the definitions know, and different ones with one name."""
    found: dict[str, list[Member]] = {}
    for member in probe.layer.members():
        found.setdefault(member.field, []).append(member)
    for item in probe.catalog.fields.values():
        if item.role is None and not probe.is_personal(item.expr):
            held = found.get(item.name, [])
            yield from _named(item, held)
            yield from _alike(probe, item, held)


def _named(item: BoundField, held: list[Member]) -> Iterator[DataFinding]:
    named = {key for key in item.spec.values if key != "null"}
    if not named or item.datatype not in {"String", "Boolean"}:
        return
    real = {
        str(member.value).lower() if isinstance(member.value, bool) else str(member.value)
        for member in held
    }
    for code, odd, whole in (
        ("unnamed_members", sorted(real - named), real),
        ("absent_members", sorted(named - real), named),
    ):
        if odd:
            facts = {"count": len(odd), "share": share(len(odd), len(whole))}
            yield DataFinding(
                level="warning",
                where=item.name,
                code=code,
                facts={**facts, "members": tuple(odd[:SHOWN])},
            )


def _alike(probe: Probe, item: BoundField, held: list[Member]) -> Iterator[DataFinding]:
    """Yield names of a `label_column` that several keys share: their rows stay apart, and only a key tells them apart."""
    for language in sorted(item.label_columns):
        names = Counter(member.labels.get(language, str(member.value)) for member in held)
        alike = sorted(name for name, times in names.items() if times > 1)
        if alike:
            name = item.label_columns[language]
            facts: dict[str, Fact] = {
                "count": len(alike),
                "share": share(len(alike), len(names)),
                "column": name,
                # Names of people are not spelled out.
                "members": ("…",)
                if probe.is_personal(column(item.source, name))
                else tuple(alike[:SHOWN]),
            }
            yield DataFinding(
                level="warning",
                where=item.name,
                code="equal_labels",
                facts=facts,
            )


def hierarchies(probe: Probe) -> Iterator[DataFinding]:
    """Yield levels whose members lie below several members of the level above: drilling keeps the parent's filter."""
    for name, levels in probe.catalog.hierarchies.items():
        for above, below in pairwise(levels):
            upper, lower = probe.catalog.field(above), probe.catalog.field(below)
            source = _beside(probe, upper, lower)
            where = f"{name}: {above} → {below}"
            if source is None:
                yield DataFinding(level="warning", where=where, code="hierarchy_unrelated")
            else:
                yield from _several_parents(probe, source, where, upper, lower)


def _several_parents(
    probe: Probe, source: exp.Select, where: str, upper: BoundField, lower: BoundField
) -> Iterator[DataFinding]:
    child = lower.expr.copy()
    parents = exp.Count(this=exp.Distinct(expressions=[upper.expr.copy()]))
    per_child = source.select(exp.alias_(child, "c"), exp.alias_(parents, "n"), copy=False)
    per_child = per_child.where(exp.Not(this=missing(exp.paren(child.copy()))), copy=False)
    per_child = per_child.group_by(exp.Literal.number(1), copy=False)
    several = exp.GT(this=exp.column("n", "d"), expression=exp.Literal.number(1))
    example = first_where(several.copy(), exp.column("c", "d"))
    children, count, first = probe.row(
        aliased(per_child, "d"), [rows_counted(), counted(several), example]
    )
    if number(count):
        facts = {"count": number(count), "share": share(number(count), number(children))}
        hidden = probe.is_personal(lower.expr)
        yield DataFinding(
            level="warning",
            where=where,
            code="several_parents",
            facts=facts if hidden else {**facts, "example": shown(first)},
        )


def _beside(probe: Probe, upper: BoundField, lower: BoundField) -> exp.Select | None:
    """Return rows that hold both levels: those of the lower one's dataset, the upper one joined; None without a way."""
    home = probe.catalog.datasets.get(lower.source)
    fields = (upper, lower)
    sources = {node.table for item in fields for node in item.expr.find_all(exp.Column)}
    if home is None or not sources <= {home.name, *home.parents}:
        return None
    steps = {step.alias: step for name in sources - {home.name} for step in home.parents[name]}
    needed: dict[str, set[str]] = {home.name: set(), **{alias: set() for alias in steps}}
    for item in fields:
        for node in item.expr.find_all(exp.Column):
            needed[node.table].add(node.name)
    for step in steps.values():
        needed[step.child].update(left for left, _ in step.on)
        needed[step.alias].update(right for _, right in step.on)
    select = exp.Select().from_(derived(home, tuple(needed[home.name]), home.name), copy=False)
    for step in steps.values():
        parent = probe.catalog.datasets[step.dataset]
        select = select.join(
            derived(parent, tuple(needed[step.alias]), step.alias),
            on=joined_on(step),
            join_type="left",
            copy=False,
        )
    return select
