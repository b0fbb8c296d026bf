"""Rows without a date: a period leaves them out, and the answer says how many there were."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from semantic_layer.atoms import Atom, ColumnRef
from semantic_layer.children import duplicate_proof
from semantic_layer.compiler.branch import branch_select
from semantic_layer.conditions import Parameters
from semantic_layer.engines.base import RawResult
from semantic_layer.plan import Branch, Measure, Plan
from semantic_layer.policy import Access
from semantic_layer.result import Cell, Notice
from semantic_layer.slices import Slice
from semantic_layer.sql_nodes import column
from semantic_layer.validator import Value

Fetch = Callable[[exp.Select, Access, Mapping[str, Value]], RawResult]


@dataclass(slots=True)
class UndatedRows:
    """Counts the rows that a plan's period leaves out for want of a date.

    Whether a fact has such rows at all is asked once; most have none, and then a query costs nothing more.
    """

    fetch: Fetch
    has_any: dict[tuple[str, str, ColumnRef], bool] = field(default_factory=dict)

    def noticed(self, plan: Plan, access: Access) -> Plan:
        """Return a plan with what the asker must know of the rows that it leaves out."""
        return replace(plan, notices=(*plan.notices, *self.notices(plan, access)))

    def notices(self, plan: Plan, access: Access) -> Iterator[Notice]:
        """Yield one notice for each fact that has rows without a date under the query's filters."""
        seen: set[tuple[str, ColumnRef]] = set()
        for _, branch in plan.scans():
            time = branch.measures[0].atom.time
            if time is None or branch.slice.period is None or branch.slice.move is not None:
                continue
            if (branch.dataset, time.ref) in seen:
                continue
            seen.add((branch.dataset, time.ref))
            key = (access.principal.model_dump_json(), branch.dataset, time.ref)
            if key not in self.has_any:
                bare = tuple(
                    replace(item, atom=replace(item.atom, where=None)) for item in branch.measures
                )
                everything = replace(branch, where=(), measures=bare)
                self.has_any[key] = self._count(everything, time.ref, plan, access) > 0
            if self.has_any[key] and (rows := self._count(branch, time.ref, plan, access)):
                facts: dict[str, Cell] = {"rows": rows, "dataset": branch.dataset}
                yield Notice(code="rows_without_date", facts=facts)

    def _count(self, branch: Branch, ref: ColumnRef, plan: Plan, access: Access) -> int:
        missing: exp.Expr = exp.Is(this=column(ref.source, ref.column), expression=exp.null())
        filters = [item.atom.where for item in branch.measures if item.atom.where is not None]
        if len(filters) == len(branch.measures):
            # Rows that no metric wants are not left out by the period.
            missing = exp.and_(
                missing, exp.paren(exp.or_(*(exp.paren(item.copy()) for item in filters)))
            )
        fact = access.catalog.datasets[branch.dataset]
        rows = Atom(
            key="undated", dataset=branch.dataset, agg="count", expr=None, where=missing, time=None
        )
        atom = (duplicate_proof(rows, fact) or rows) if branch.overlaps else rows
        counted = replace(
            branch,
            measures=(Measure(name="rows", atom=atom),),
            pairs=None,
            slice=Slice(name="current", period=None),
        )
        select = branch_select(counted, replace(plan, dimensions=()), access, Parameters(values={}))
        used = {str(node.this) for node in select.find_all(exp.Placeholder)}
        values = {name: value for name, value in plan.parameters.items() if name in used}
        return int(self.fetch(select, access, values).table.column(0)[0].as_py())
