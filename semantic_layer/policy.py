"""Who may see what: a principal's role becomes row rules on scans and a catalog without the hidden names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.catalog import Catalog, Dataset
from semantic_layer.errors import NotPermitted
from semantic_layer.formulas import (
    bind_columns,
    parse_expression,
    renamed_source,
    sources_of,
)
from semantic_layer.model import OWNER, Principal
from semantic_layer.scans import SCAN_ALIAS, Grant
from semantic_layer.sql_nodes import column, named, select
from semantic_layer.sql_text import render
from semantic_layer.validator import Value
from semantic_layer.visibility import visible

CALENDAR = "calendar_days"
"""What the calendar table is called inside statements."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Access:
    """What one principal may see.

    Attributes:
        principal: Who asks.
        catalog: The catalog without what is hidden; what is not in it does not exist for the asker.
        rules: Dataset → condition that every scan of it carries, over columns of the scan's alias; None: all rows.
        parameters: The principal's attributes that the rules use, bound by name.
        grants: The same for the gate.
    """

    principal: Principal
    catalog: Catalog
    rules: Mapping[str, exp.Expr | None]
    parameters: Mapping[str, Value]
    grants: tuple[Grant, ...]


def access_for(catalog: Catalog, principal: Principal) -> Access:
    """Work out what a principal may see.

    `owner` sees everything. Any other role sees the datasets that its policy lists, through their row rules.

    Raises:
        NotPermitted: The role has no policy, or the principal lacks an attribute that a rule needs.
    """
    if principal.role == OWNER:
        rules: dict[str, exp.Expr | None] = dict.fromkeys(catalog.datasets)
        return Access(
            principal=principal,
            catalog=catalog,
            rules=rules,
            parameters={},
            grants=_grants(catalog, catalog, rules),
        )
    policy = next(
        (item for item in catalog.definitions.policies if item.role == principal.role), None
    )
    if policy is None:
        raise NotPermitted(principal.name)
    parameters: dict[str, Value] = {}
    rules = {}
    for name, rule in policy.datasets.items():
        dataset = catalog.datasets[name]
        rules[name] = (
            None if rule == "all" else _rule(dataset, rule, catalog, principal, parameters)
        )
    seen = visible(catalog, policy, frozenset(rules))
    return Access(
        principal=principal,
        catalog=seen,
        rules=rules,
        parameters=parameters,
        grants=_grants(seen, catalog, rules),
    )


def named_source(dataset: Dataset, alias: str) -> exp.Table | exp.Subquery:
    """Return a dataset's source as it stands in FROM under a name."""
    named = exp.TableAlias(this=exp.to_identifier(alias, quoted=alias != SCAN_ALIAS))
    if isinstance(dataset.source, exp.Table):
        table = dataset.source.copy()
        table.set("alias", named)
        return table
    return exp.Subquery(this=dataset.source.copy(), alias=named)


def scan(dataset: Dataset, columns: frozenset[str], rule: exp.Expr | None) -> exp.Select:
    """Return the one way a source is read: some columns, masked ones as their masks, the row rule, nothing else."""
    outputs = [_read(dataset, name) for name in sorted(columns)]
    return select(
        outputs or [exp.Literal.number(1).as_("one")],
        named_source(dataset, SCAN_ALIAS),
        [rule.copy()] if rule is not None else (),
    )


def _read(dataset: Dataset, name: str) -> exp.Expr:
    mask = dataset.masks.get(name.lower())
    return column(SCAN_ALIAS, name) if mask is None else named(mask.copy(), name)


def _grants(
    seen: Catalog, catalog: Catalog, rules: Mapping[str, exp.Expr | None]
) -> tuple[Grant, ...]:
    return (
        *(
            Grant(
                source=_source_name(dataset),
                columns=frozenset(dataset.columns),
                predicate=rules[name],
                masks=tuple(sorted(dataset.masks.items(), key=lambda item: item[0])),
            )
            for name, dataset in seen.datasets.items()
        ),
        *_calendar_grant(catalog),
    )


def _calendar_grant(catalog: Catalog) -> tuple[Grant, ...]:
    """Return the right to read the days of the calendar, which tell nothing about anyone."""
    calendar = catalog.calendar
    if calendar is None:
        return ()
    columns = frozenset(name.lower() for name in (calendar.date, *calendar.grains.values()))
    return (Grant(source=_source_name(calendar.dataset), columns=columns),)


def _source_name(dataset: Dataset) -> str:
    return dataset.source.name if isinstance(dataset.source, exp.Table) else render(dataset.source)


def _rule(
    dataset: Dataset,
    text: str,
    catalog: Catalog,
    principal: Principal,
    parameters: dict[str, Value],
) -> exp.Expr:
    """Bind a row rule: attributes become placeholders, parents become one EXISTS over their keys.

    A rule speaks of the rows as they are: a parent that it names is read whole, whatever rule, mask or hidden name the
    same role has there. So it neither widens what is seen of the parent (only the one bit that the rule states
    leaves the EXISTS, and the gate takes these reads nowhere else) nor narrows what the rule grants: a role may see
    orders by a customer's segment without seeing any customer.
    """
    tree = parse_expression(text).transform(_Attributes(principal, parameters).placed)
    bound = bind_columns(tree, dataset, catalog.datasets)
    parents = sources_of(bound) - {dataset.name}
    own = renamed_source(bound, dataset.name, SCAN_ALIAS)
    if not parents:
        return own
    steps = {step.alias: step for parent in sorted(parents) for step in dataset.parents[parent]}
    needed: dict[str, set[str]] = {
        alias: {right for _, right in step.on} for alias, step in steps.items()
    }
    for node in bound.find_all(exp.Column):
        if node.table in needed:
            needed[node.table].add(node.name)
    for step in steps.values():
        if step.child in needed:
            needed[step.child].update(left for left, _ in step.on)
    query = exp.Select(expressions=[exp.Literal.number(1)])
    conditions: list[exp.Expr] = []
    for position, (alias, step) in enumerate(steps.items()):
        parent = catalog.datasets[step.dataset]
        derived = exp.Subquery(
            this=scan(parent, frozenset(needed[alias]), None),
            alias=exp.TableAlias(this=exp.to_identifier(alias, quoted=True)),
        )
        on = [
            exp.EQ(this=_side(step.child, left, dataset), expression=column(alias, right))
            for left, right in step.on
        ]
        if position == 0:
            query = query.from_(derived, copy=False)
            conditions += on
        else:
            query = query.join(derived, on=exp.and_(*on), copy=False)
    return exp.Exists(this=query.where(*conditions, own, copy=False))


def _side(child: str, name: str, dataset: Dataset) -> exp.Column:
    return column(SCAN_ALIAS if child == dataset.name else child, name)


@dataclass(slots=True)
class _Attributes:
    """Puts a principal's attributes into a rule as bound values; a list is what a column must be one of."""

    principal: Principal
    parameters: dict[str, Value]

    def placed(self, node: exp.Expr) -> exp.Expr:
        match node:
            case exp.In(this=left, args={"field": exp.Column() as named}) if _is_user(named):
                return self._one_of(left, named.name)
            case exp.In(this=left, expressions=[exp.Column() as named]) if _is_user(named):
                return self._one_of(left, named.name)
            case exp.EQ(this=left, expression=exp.Column() as named) if _is_user(named):
                return self._one_of(left, named.name)
            case exp.Column() if _is_user(node):
                value = self._value(node.name)
                if isinstance(value, tuple):
                    raise NotPermitted(self.principal.name)
                return self._bound(node.name, value)
            case _:
                return node

    def _value(self, name: str) -> str | int | float | tuple[str | int, ...]:
        if name not in self.principal.attributes:
            raise NotPermitted(self.principal.name)
        return self.principal.attributes[name]

    def _one_of(self, left: exp.Expr, name: str) -> exp.Expr:
        value = self._value(name)
        left = left.transform(self.placed)
        if not isinstance(value, tuple):
            return exp.EQ(this=left, expression=self._bound(name, value))
        if not value:
            return exp.false()
        items = [self._bound(f"{name}_{index}", item) for index, item in enumerate(value)]
        return exp.In(this=left, expressions=items)

    def _bound(self, name: str, value: str | float) -> exp.Placeholder:
        self.parameters[f"user_{name}"] = value
        return exp.Placeholder(this=f"user_{name}")


def _is_user(node: exp.Column) -> bool:
    return node.table == "user"
