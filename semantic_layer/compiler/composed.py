"""SQL around governed queries as one statement: each leaf compiled as ever, its result a CTE that the rest reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlglot import exp

from semantic_layer.compiler.select import Compiled
from semantic_layer.policy import Access
from semantic_layer.sql_nodes import name
from semantic_layer.validator import Value


@dataclass(frozen=True, slots=True)
class Composed:
    """A statement and the values to bind in it."""

    tree: exp.Query
    parameters: Mapping[str, Value]


def compose(
    tree: exp.Query, leaves: Mapping[str, Compiled], access: Access, comments: Sequence[str]
) -> Composed:
    """Put the compiled leaves in front of the SQL around them.

    Args:
        tree: The SQL around, whose tables are the leaves and its own CTEs; it is changed.
        leaves: Name of each leaf → its own statement.
        access: The asker's rights: parameters of row rules keep their names, for rules are known by them.
        comments: What each leaf holds, for people who read the SQL.
    """
    ctes: list[exp.CTE] = []
    parameters: dict[str, Value] = {}
    for (leaf, compiled), comment in zip(leaves.items(), comments, strict=True):
        body = _renamed(compiled.tree.copy(), leaf, access)
        inner = body.args["with_"]
        body.set("with_", None)
        ctes += inner.expressions
        whole = exp.CTE(this=body, alias=exp.TableAlias(this=name(leaf)))
        whole.add_comments([f" {comment} "])
        ctes.append(whole)
        parameters |= {
            _parameter(key, leaf, access): value for key, value in compiled.parameters.items()
        }
    own = tree.args.get("with_")
    ctes += own.expressions if own is not None else []
    tree.set("with_", exp.With(expressions=ctes))
    return Composed(tree, parameters)


def _renamed(tree: exp.Select, leaf: str, access: Access) -> exp.Select:
    """Give the CTEs and parameters of a leaf names of their own."""
    own = {cte.alias for cte in tree.args["with_"].expressions}
    for table in list(tree.find_all(exp.Table)):
        if table.name in own and not table.db:
            alias = table.alias_or_name
            table.set("this", name(f"{leaf}_{table.name}"))
            table.set("alias", exp.TableAlias(this=name(alias)))
    for cte in tree.args["with_"].expressions:
        cte.set("alias", exp.TableAlias(this=name(f"{leaf}_{cte.alias}")))
    for placeholder in tree.find_all(exp.Placeholder):
        placeholder.set("this", _parameter(str(placeholder.this), leaf, access))
    return tree


def _parameter(key: str, leaf: str, access: Access) -> str:
    return key if key in access.parameters else f"{leaf}_{key}"
