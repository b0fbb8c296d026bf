"""SQL fragments of definitions: parsed once, bound to columns, every division guarded."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from semantic_layer.atoms import Atom
from semantic_layer.catalog import Dataset
from semantic_layer.errors import UnsafeSQL
from semantic_layer.sql_nodes import cast, column, with_columns, without_positions
from semantic_layer.sql_text import normal_text, parse_query

DIALECT = "duckdb"
_QUERY_START: Final = re.compile(r"\s*(?:\(|(?:select|with)\b)", re.IGNORECASE)
_SINGLE: Final = (exp.Column, exp.Paren, exp.Case, exp.Cast, exp.Coalesce, exp.Literal)
NullKey = tuple[str, str, str] | None
"""What decides whether a term has a value in a group: dataset, filter and date; None: it always has one."""


class FormulaProblem(ValueError):
    """A fragment that cannot be bound; the text says what and how to mend it."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what)
        self.what = what
        self.fix = fix


def parse_expression(text: str) -> exp.Expr:
    """Parse one SQL expression.

    Raises:
        FormulaProblem: It is not one expression.
    """
    try:
        tree = sqlglot.parse_one(text, dialect=DIALECT, into=exp.Condition)
    except SqlglotError as error:
        raise FormulaProblem(
            f"`{text}` is not a SQL expression", "Check brackets, quotes and commas"
        ) from error
    if tree.find(exp.Query):
        raise FormulaProblem(f"`{text}` holds a query", "Put the query into the dataset's `source`")
    return without_positions(tree)


def parse_source(text: str) -> exp.Table | exp.Query:
    """Parse a dataset's source: a table's name, or one SELECT.

    Raises:
        FormulaProblem: It is neither.
    """
    if not _QUERY_START.match(text):
        parts = text.strip().strip('"').split(".")
        return exp.table_(parts[-1], db=parts[-2] if len(parts) > 1 else None, quoted=True)
    try:
        return without_positions(parse_query(normal_text(text)))
    except UnsafeSQL as error:
        raise FormulaProblem(
            "`source` is neither a table nor one SELECT", "Name a table, or write one SELECT"
        ) from error


def bind_columns(
    tree: exp.Expr,
    dataset: Dataset,
    datasets: Mapping[str, Dataset],
    within: tuple[str, ...] = (),
) -> exp.Expr:
    """Qualify every column of a fragment by the dataset or role that it is reached through, and guard divisions.

    Args:
        tree: A parsed fragment; it is not changed.
        dataset: What bare names belong to.
        datasets: All datasets, for `parent.column`.
        within: The fields whose expressions are being bound, outermost first.

    Returns:
        A copy in which each column is `"alias"."spelling in the source"`, moments in the model's zone.

    Raises:
        FormulaProblem: A column that does not exist, a parent that is not reached on one way, or a field that is
            made of itself.
    """

    def bound(node: exp.Column) -> exp.Expr:
        alias = node.table or dataset.name
        owner = _owner(alias, dataset, datasets)
        known = owner.columns.get(node.name.lower())
        if known is not None:
            return owner.wall_clock(alias, known[0])
        field_spec = owner.spec.fields.get(node.name)
        if field_spec is not None and field_spec.expr:
            key = f"{owner.name}.{node.name}"
            if key in within:
                raise FormulaProblem(
                    f"field `{key}` is made of itself: {' → '.join((*within, key))}",
                    "Break the ring",
                )
            inner = parse_expression(field_spec.expr)
            inner = bind_columns(inner, owner, datasets, (*within, key))
            return exp.paren(renamed_source(inner, owner.name, alias))
        if not owner.columns:
            return column(alias, node.name)
        names = ", ".join(sorted(spelling for spelling, _ in owner.columns.values()))
        raise FormulaProblem(f"`{alias}` has no column `{node.name}`", f"Its columns: {names}")

    return guard_divisions(with_columns(tree, bound))


def bind_column(text: str, dataset: Dataset, datasets: Mapping[str, Dataset]) -> exp.Column | None:
    """Bind the name of one column, as it stands in the source; None where the text is something else.

    Raises:
        FormulaProblem: There is no such column.
    """
    tree = parse_expression(text)
    bound = bind_columns(tree, dataset, datasets)
    found = bound.this if isinstance(bound, exp.AtTimeZone) else bound
    return found if isinstance(tree, exp.Column) and isinstance(found, exp.Column) else None


def renamed_source(tree: exp.Expr, old: str, new: str) -> exp.Expr:
    """Return a bound fragment that reads one dataset's columns under another name, such as a role's."""

    def renamed(node: exp.Column) -> exp.Expr:
        return column(new if node.table == old else node.table, node.name)

    return with_columns(tree, renamed)


def single(tree: exp.Expr) -> exp.Expr:
    """Return a fragment that any operator may follow: in brackets unless it is one term already."""
    return tree if isinstance(tree, _SINGLE) else exp.paren(tree, copy=False)


def _owner(alias: str, dataset: Dataset, datasets: Mapping[str, Dataset]) -> Dataset:
    if alias == dataset.name:
        return dataset
    path = dataset.parents.get(alias)
    if path:
        return datasets[path[-1].dataset]
    if alias in dataset.ambiguous:
        ways = "; ".join(dataset.ambiguous[alias])
        raise FormulaProblem(
            f"`{alias}` is reached on several ways: {ways}",
            "Give one relationship a role with `as:`",
        )
    reach = ", ".join(sorted(dataset.parents)) or "nothing"
    raise FormulaProblem(f"`{dataset.name}` does not reach `{alias}`", f"It reaches: {reach}")


def sources_of(tree: exp.Expr) -> set[str]:
    """Return the datasets and roles whose columns a bound fragment reads."""
    return {node.table for node in tree.find_all(exp.Column)}


def guard_divisions(tree: exp.Expr) -> exp.Expr:
    """Make every division real and safe: doubles, and NULL where the denominator is zero."""
    root = tree.copy()
    # From the innermost outwards: a division inside a numerator is a division too.
    for node in reversed(list(root.find_all(exp.Div))):
        if not _is_guarded(node):
            guarded = divide(node.this, node.expression)
            root = guarded if node is root else root
            node.replace(guarded)
    return root


def _is_guarded(node: exp.Div) -> bool:
    bottom = node.expression
    return isinstance(bottom, exp.Nullif) and _is_zero(bottom.expression)


def _is_zero(node: object) -> bool:
    return isinstance(node, exp.Literal) and not node.is_string and float(node.name) == 0


def divide(numerator: exp.Expr, denominator: exp.Expr) -> exp.Expr:
    """Return `CAST(numerator AS DOUBLE) / NULLIF(denominator, 0)`."""
    return exp.Div(
        this=cast(_bare(numerator), exp.DType.DOUBLE),
        expression=exp.Nullif(this=_bare(denominator), expression=exp.Literal.number(0)),
        typed=False,
        safe=False,
    )


def _bare(tree: exp.Expr) -> exp.Expr:
    """Return a fragment without the brackets around it, which an argument does not need."""
    return _bare(tree.this) if isinstance(tree, exp.Paren) else tree


def expand(text: str, formula_of: Callable[[str], exp.Expr]) -> exp.Expr:
    """Parse arithmetic over metrics and put each metric's own formula in its place.

    Raises:
        FormulaProblem: It is not arithmetic, or names something that is no metric.
    """
    tree = parse_expression(text)
    for node in tree.find_all(exp.AggFunc, exp.Window):
        raise FormulaProblem(
            f"`{text}` aggregates with {node.key.upper()}",
            "Use metrics here; aggregate in a simple metric",
        )

    def inlined(node: exp.Column) -> exp.Expr:
        if node.table:
            raise FormulaProblem(
                f"`{node.table}.{node.name}` is no metric", "Name metrics without a dataset"
            )
        return single(formula_of(node.name).copy())

    return with_columns(guard_divisions(tree), inlined)


def number(value: float) -> exp.Expr:
    """Return a number as a literal."""
    return exp.Literal.number(value)


def is_additive(tree: exp.Expr, atoms: Mapping[str, Atom], *, over_time: bool = True) -> bool:
    """Say whether parts of a formula add up to the whole: sums and counts, added, or scaled by a number.

    Terms that are missing in different groups do not: where one is missing the arithmetic has no value, and what
    the others hold there would be lost from the sum of the rows. Over time, balances and values to date do not
    add up; over fields they may.
    """
    if over_time and any(atom.snapshot or atom.frames for atom in atoms.values()):
        return False
    terms = _terms(tree, atoms)
    return terms is not None and len(set(terms)) == 1


def _terms(tree: exp.Expr, atoms: Mapping[str, Atom]) -> list[NullKey] | None:
    """Return when each term of a linear formula has a value; None where it is not linear."""
    match tree:
        case exp.Paren() | exp.Neg() | exp.Cast():
            found = _terms(tree.this, atoms)
        case exp.Column():
            found = _atom_terms(atoms[tree.name])
        case exp.Coalesce():
            inner = _terms(tree.this, atoms)
            filled = len(tree.expressions) == 1 and _is_zero(tree.expressions[0])
            found = [None] if inner and filled and len(set(inner)) == 1 else None
        case exp.Add() | exp.Sub():
            left, right = _terms(tree.this, atoms), _terms(tree.expression, atoms)
            found = None if left is None or right is None else left + right
        case exp.Mul():
            sides = (tree.this, tree.expression)
            found = next((_terms(b, atoms) for a, b in (sides, sides[::-1]) if _is_number(a)), None)
        case exp.Div():
            bottom = tree.expression.this if _is_guarded(tree) else tree.expression
            found = _terms(tree.this, atoms) if _is_number(bottom) else None
        case _:
            found = None
    return found


def _atom_terms(atom: Atom) -> list[NullKey] | None:
    if atom.agg not in {"sum", "count"} or atom.is_nested:
        return None
    where = atom.where.sql(DIALECT) if atom.where is not None else ""
    date = f"{atom.time.ref.source}.{atom.time.ref.column}" if atom.time else ""
    return [(atom.dataset, where, f"{date} {atom.snapshot} {atom.frames}")]


def _is_number(node: exp.Expr) -> bool:
    return isinstance(node.unnest(), exp.Literal)


def growth(value: exp.Expr, base: exp.Expr) -> exp.Expr:
    """Return (value − base) ÷ base; NULL where the base is not positive, for no growth can be stated from there."""
    change = exp.Sub(this=single(value), expression=single(base))
    positive = exp.GT(this=single(base.copy()), expression=exp.Literal.number(0))
    return exp.Case(ifs=[exp.If(this=positive, true=divide(change, base.copy()))])
