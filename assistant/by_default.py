"""The comparison that a metric declares for itself, shown beside a single number when nobody asked for one."""

from __future__ import annotations

from typing import Any

from assistant.question import Question
from semantic_layer.errors import QueryError
from semantic_layer.layer import SemanticLayer
from semantic_layer.query import Compare
from semantic_layer.result import Result, Role


def compared_by_default(result: Result, layer: SemanticLayer, question: Question) -> Result | None:
    """Return a single number beside its base, or None where there is nothing to compare by default.

    It is asked beside the answer, never instead of it: the answer's rows and their order stay as they were asked.
    """
    query = result.query
    if query is None:
        return None
    alone = len(query.metrics) == 1 and query.metrics[0].modifier == "value"
    if not alone or query.compare or query.group_by or query.having or query.period is None:
        return None
    default = layer.access(question.principal).catalog.metric(query.metrics[0].metric).spec.compare
    if default is None:
        return None
    compare = Compare(to=default.to, partial=default.partial)
    try:
        found = layer.run(
            query.model_copy(update={"compare": compare}),
            question.principal,
            today=question.today,
            language=question.language,
        )
    except QueryError:
        # What has no base (a metric without a date) is simply not compared.
        return None
    same = found.rows() and result.rows() and found.rows()[0][0] == result.rows()[0][0]
    return found if same else None


def comparison_data(compared: Result | None) -> dict[str, Any] | None:
    """Return the comparison as plain data: what with, its days, the base and the change."""
    compare = None if compared is None or compared.query is None else compared.query.compare
    if compared is None or compare is None:
        return None
    cells = compared.rows()[0]
    named = {
        column.role.value: cell
        for column, cell in zip(compared.columns, cells, strict=True)
        if column.role in {Role.BASE, Role.CHANGE, Role.CHANGE_PCT}
    }
    base = compared.base_period
    return {
        "to": compare.to,
        "partial": compare.partial,
        "start": base.start.isoformat() if base else None,
        "end": base.end.isoformat() if base else None,
        **named,
    }
