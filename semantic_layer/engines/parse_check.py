"""The second gate: DuckDB's own parse tree of a text, checked against allow-lists.

The first gate reads the text with another parser. Where the two readers disagree, this one is right, because it is
the one that runs. The shape of the tree belongs to one version of DuckDB; what is not known here is refused.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Final

_CLASSES: Final = frozenset({
    "BETWEEN", "CASE", "CAST", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION", "OPERATOR",
    "PARAMETER", "STAR", "SUBQUERY", "TYPE", "WINDOW",
})  # fmt: skip
_NODES: Final = frozenset({
    "SELECT_NODE", "SET_OPERATION_NODE", "CTE_NODE", "BASE_TABLE", "SUBQUERY", "JOIN", "EMPTY",
    "EXPRESSION_LIST", "DISTINCT_MODIFIER", "LIMIT_MODIFIER", "ORDER_MODIFIER", "ASCENDING", "DESCENDING",
    "ORDER_DEFAULT",
})  # fmt: skip
_FUNCTIONS: Final = frozenset({
    "+", "-", "*", "/", "//", "%", "**", "^", "||", "~~", "!~~", "~~*", "!~~*", "like_escape",
    "not_like_escape", "ilike_escape", "not_ilike_escape", "abs", "any_value", "approx_count_distinct",
    "arg_max", "arg_min", "avg", "bool_and", "bool_or", "ceil", "concat", "contains", "corr", "count",
    "count_if", "count_star", "cume_dist", "date_diff", "date_part", "date_sub", "date_trunc", "datepart",
    "datesub", "day", "dayname", "dayofmonth", "dayofweek", "dayofyear", "dense_rank", "ends_with", "epoch",
    "exp", "first", "first_value", "floor", "greatest", "hour", "isfinite", "isinf", "isnan", "isodow",
    "isoyear", "lag", "last", "last_day", "last_value", "lead", "least", "left", "length", "ln", "log", "log10",
    "log2", "lower", "ltrim", "make_date", "max", "mean", "median", "min", "minute", "mod", "mode", "month",
    "monthname", "nth_value", "ntile", "nullif", "percent_rank", "pow", "power", "prefix", "quantile_cont",
    "quantile_disc", "quarter", "rank", "replace", "right", "round", "row", "row_number", "rtrim", "second",
    "sign", "split_part", "sqrt", "starts_with", "stddev", "stddev_pop", "stddev_samp", "strftime", "strpos",
    "strptime", "substring", "suffix", "sum", "timezone", "to_days", "to_decades", "to_hours", "to_minutes", "to_months",
    "to_quarters", "to_seconds", "to_weeks", "to_years", "trim", "trunc", "try_strptime", "unit", "upper",
    "var_pop", "variance", "week", "weekday", "weekofyear", "year", "yearweek",
})  # fmt: skip
_MUST_BE_EMPTY: Final = frozenset({
    "schema", "catalog", "schema_name", "catalog_name", "replace_list", "rename_list", "sample", "at_clause",
    "recurring",
})  # fmt: skip


def parse_problems(serialized: str, tables: frozenset[str]) -> Iterator[str]:
    """Say what in DuckDB's parse tree (the JSON of `json_serialize_sql`) the first gate did not see.

    Args:
        serialized: The JSON text.
        tables: Lower-case names that the first gate found in FROM.
    """
    document = json.loads(serialized)
    if document.get("error") is not False:
        yield "the engine does not read it as a query"
        return
    statements = document.get("statements", ())
    if len(statements) != 1:
        yield "the engine does not read it as one query"
        return
    yield from _tree_problems(statements[0], tables)


def _tree_problems(value: object, tables: frozenset[str]) -> Iterator[str]:
    if isinstance(value, dict):
        yield from _node_problems(value, tables)
        for part in value.values():
            yield from _tree_problems(part, tables)
    elif isinstance(value, list):
        for part in value:
            yield from _tree_problems(part, tables)


def _node_problems(node: dict[str, object], tables: frozenset[str]) -> Iterator[str]:
    kind = node.get("class")
    if kind is not None:
        if kind not in _CLASSES:
            yield f"the engine sees {kind}"
    elif isinstance(node.get("type"), str) and node["type"] not in _NODES:
        yield f"the engine sees {node['type']}"
    if node.get("function_name", "count") not in _FUNCTIONS:
        yield f"the engine calls {node['function_name']}"
    if "table_name" in node and str(node["table_name"]).lower() not in tables:
        yield "the engine reads another table"
    path = node.get("qualified_name", {})
    if isinstance(path, dict) and len(path.get("path", ())) > 1:
        yield "the engine sees a qualified name"
    for name in _MUST_BE_EMPTY & node.keys():
        if node[name]:
            yield f"the engine sees {name}"
