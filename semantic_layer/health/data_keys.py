"""Keys in the data: doubled, missing, or naming a parent that is not there."""

from __future__ import annotations

from collections.abc import Iterator

from sqlglot import exp

from semantic_layer.catalog import Dataset
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
    of,
    rows_counted,
    share,
    shown,
)
from semantic_layer.model import RelationshipSpec
from semantic_layer.sql_nodes import column


def doubled_keys(probe: Probe) -> Iterator[DataFinding]:
    """Yield declared keys that are not unique: a doubled parent row would double every fact below it."""
    for dataset, key in _declared(probe):
        values = [of(dataset, name) for name in key]
        per_key = exp.Select(
            expressions=[
                exp.alias_(rows_counted(), "n"),
                exp.alias_(exp.Min(this=values[0].copy()), "k"),
            ]
        )
        per_key = per_key.from_(derived(dataset, key), copy=False).group_by(*values, copy=False)
        several = exp.GT(this=exp.column("n", "d"), expression=exp.Literal.number(1))
        wanted = [
            counted(several),
            rows_counted(),
            first_where(several.copy(), exp.column("k", "d")),
        ]
        doubled, keys, example = probe.row(aliased(per_key, "d"), wanted)
        count = number(doubled)
        if count:
            facts: dict[str, Fact] = {
                "key": ", ".join(key),
                "count": count,
                "share": share(count, number(keys)),
            }
            yield DataFinding(
                level="problem",
                where=dataset.name,
                code="doubled_key",
                facts=facts | _example(probe, dataset, key, example),
            )


def missing_keys(probe: Probe) -> Iterator[DataFinding]:
    """Yield declared keys with rows that have none."""
    for dataset, key in _declared(probe):
        without = exp.or_(*(missing(of(dataset, name)) for name in key))
        found, rows = probe.row(derived(dataset, key), [counted(without), rows_counted()])
        count = number(found)
        if count:
            facts: dict[str, Fact] = {
                "key": ", ".join(key),
                "count": count,
                "share": share(count, number(rows)),
            }
            yield DataFinding(level="warning", where=dataset.name, code="missing_key", facts=facts)


def _declared(probe: Probe) -> Iterator[tuple[Dataset, tuple[str, ...]]]:
    """Yield the key of each dataset, and every other key that a relationship takes for one."""
    taken: set[tuple[str, frozenset[str]]] = set()
    keys = [(item.name, item.primary_key) for item in probe.catalog.datasets.values()]
    keys += [(item.to.dataset, item.to.columns) for item in probe.catalog.definitions.relationships]
    for name, key in keys:
        columns = frozenset(part.lower() for part in key)
        if key and (name, columns) not in taken:
            taken.add((name, columns))
            yield probe.catalog.datasets[name], key


def orphans(probe: Probe) -> Iterator[DataFinding]:
    """Yield rows that name a parent which does not exist, and rows that name none: they stay under an unknown member."""
    for item in probe.catalog.definitions.relationships:
        child = probe.catalog.datasets[item.from_.dataset]
        select, without, unmatched = _matched(probe, item)
        example = first_where(unmatched.copy(), of(child, item.from_.columns[0]))
        for value in (rows_counted(), counted(without), counted(unmatched), example):
            select = select.select(value, copy=False)
        rows, alone, lost, first = probe.rows(select)[0]
        where = f"{item.from_.dataset} → {item.name}"
        for code, count in (("orphans", number(lost)), ("without_parent", number(alone))):
            if count:
                facts: dict[str, Fact] = {"count": count, "share": share(count, number(rows))}
                if code == "orphans":
                    facts |= _example(probe, child, item.from_.columns, first)
                yield DataFinding(level="warning", where=where, code=code, facts=facts)


def _matched(probe: Probe, item: RelationshipSpec) -> tuple[exp.Select, exp.Expr, exp.Expr]:
    """Return the rows of a child beside their parents, and what tells rows with none and rows with a lost one."""
    child = probe.catalog.datasets[item.from_.dataset]
    parent = probe.catalog.datasets[item.to.dataset]
    on = exp.and_(
        *(
            exp.EQ(this=of(child, left), expression=of(parent, right, "p"))
            for left, right in zip(item.from_.columns, item.to.columns, strict=True)
        )
    )
    # A doubled parent is reported as such; here each child counts once.
    keys = [of(parent, name, "k") for name in item.to.columns]
    distinct = exp.Select(expressions=keys, distinct=exp.Distinct()).from_(
        derived(parent, item.to.columns, "k"), copy=False
    )
    select = (
        exp.Select()
        .from_(derived(child, item.from_.columns), copy=False)
        .join(aliased(distinct, "p"), on=on, join_type="left", copy=False)
    )
    without = exp.or_(*(missing(of(child, name)) for name in item.from_.columns))
    lost = missing(of(parent, item.to.columns[0], "p"))
    return select, without, exp.and_(exp.Not(this=exp.paren(without.copy())), lost)


def _example(
    probe: Probe, dataset: Dataset, key: tuple[str, ...], value: object
) -> dict[str, Fact]:
    """Return the first column of a key as an example, unless a part of the key is personal data."""
    hidden = any(probe.is_personal(column(dataset.name, dataset.spelling(name))) for name in key)
    return {} if hidden else {"example": shown(value)}
