"""Plan in, one SELECT out: branches, stitch, formulas, windows, then the cut. Every name is quoted, every value bound."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import assert_never

from sqlglot import exp

from semantic_layer.compiler.below import kept_members, not_kept, with_rows_below
from semantic_layer.compiler.branch import branch_select
from semantic_layer.compiler.cut import cut
from semantic_layer.compiler.entities import entity_select
from semantic_layer.compiler.funnel import counts_select, entries_select, step_select
from semantic_layer.compiler.grid import grid_rows
from semantic_layer.compiler.nulls import Nulls
from semantic_layer.compiler.stitch import (
    empty_measures,
    is_stitched,
    parts_of,
    stitch,
    union_of,
)
from semantic_layer.conditions import Parameters
from semantic_layer.plan import (
    AnyBranch,
    Branch,
    Dimension,
    EntityBranch,
    FunnelBranch,
    Grid,
    Output,
    Plan,
    Whole,
)
from semantic_layer.policy import Access
from semantic_layer.scans import reserved_names
from semantic_layer.sql_nodes import all_of, join, name, named, ref, select, table, with_columns
from semantic_layer.validator import Value


@dataclass(frozen=True, slots=True)
class Compiled:
    """A statement and the values to bind in it."""

    tree: exp.Select
    parameters: Mapping[str, Value]


def compile_plan(plan: Plan, access: Access) -> Compiled:
    """Build the statement of a plan.

    Args:
        plan: What `plan()` made, for the same access.
        access: Carries the row rule of every scan.

    Returns:
        A SELECT whose columns are the dimensions (each followed by its label column, if any), the shown outputs, and
        the helper columns `_peers` (with a limit) and `_kind` (with a total).
    """
    ctes: list[exp.CTE] = []
    bound = Parameters(values=dict(plan.parameters))
    tables = reserved_names(access.grants)
    core = _Core(access=access, ctes=ctes, parameters=bound, tables=tables)
    detail = core.add(plan, "")
    others = core.add_others(plan, detail)
    total = core.add(plan.total, "t_") if plan.total else None
    final = (
        with_rows_below(plan, detail, Nulls(access.catalog), total=total, others=others)
        if total or others
        else cut(plan, detail)
    )
    final.set("with_", exp.With(expressions=ctes))
    used = {str(node.this) for node in final.find_all(exp.Placeholder)}
    return Compiled(final, {key: value for key, value in bound.values.items() if key in used})


@dataclass
class _Core:
    """Adds the CTEs from the scans up to the windows."""

    access: Access
    ctes: list[exp.CTE]
    parameters: Parameters
    tables: frozenset[str]
    kept: str = ""

    def add(self, plan: Plan, prefix: str) -> str:
        """Add a plan's CTEs and return the last one's name."""
        names = [self._branch(item, plan, prefix) for item in plan.branches]
        last = names[0]
        if is_stitched(plan):
            measures = empty_measures(plan, Nulls(self.access.catalog))
            parts = parts_of(
                plan, names, measures, self.access.catalog.settings.calendar, self.parameters
            )
            if plan.grid:
                parts.append(self._grid(plan, plan.grid, parts, measures, prefix))
            last = self._cte(
                f"{prefix}stitched",
                stitch(plan, parts, measures),
                "one row per group, whichever fact has it",
            )
        plain = [output for output in plan.outputs if not output.windowed]
        last = self._cte(
            f"{prefix}computed", _compute(plan, plain, last), "metrics from their parts"
        )
        windowed = [output for output in plan.outputs if output.windowed]
        if not windowed:
            return last
        own = exp.Column(this=exp.Star(), table=name(last))
        wholes = [(item, self.add(item.plan, f"{prefix}{item.name}_")) for item in plan.wholes]
        across = select([own, *(_of(item, last) for item in windowed)], table(last))
        for item, source in wholes:
            _lay_beside(across, item, last, source)
        return self._cte(
            f"{prefix}across", across, "shares and ranks over all rows, before any cut"
        )

    def _grid(
        self,
        plan: Plan,
        grid: Grid,
        parts: list[exp.Query],
        measures: Mapping[str, exp.Expr],
        prefix: str,
    ) -> exp.Select:
        facts = None
        if not grid.members and any(item.bound for item in plan.dimensions):
            found = union_of([part.copy() for part in parts])
            facts = self._cte(f"{prefix}found", found, "the groups that facts have")
        return grid_rows(grid, plan, self.access, measures, facts)

    def add_others(self, plan: Plan, detail: str) -> tuple[str, str] | None:
        """Add the members above the cut and the row of all others; return the names of the latter and the former."""
        if plan.others is None:
            return None
        self.kept = self._cte("kept", kept_members(plan, detail), "the members above the cut")
        return self.add(plan.others, "o_"), self.kept

    def _branch(self, item: AnyBranch, plan: Plan, prefix: str) -> str:
        match item:
            case Branch():
                query = branch_select(item, plan, self.access, self.parameters)
                if item.rest_of is not None:
                    query = query.where(not_kept(item.rest_of, self.kept), copy=False)
            case EntityBranch():
                inner = self.add(item.inner, f"{prefix}{item.name}_")
                query = entity_select(item, plan, inner)
            case FunnelBranch():
                query = counts_select(item, plan, self._stages(item, f"{prefix}{item.name}_"))
            case _:
                assert_never(item)
        return self._cte(f"{prefix}{item.name}", query, item.comment)

    def _stages(self, item: FunnelBranch, prefix: str) -> str:
        """Add the CTEs of a funnel's stages and return the last one's name."""
        inner = self.add(item.inner, prefix)
        source = self._cte(
            f"{prefix}stage0", entries_select(item, inner, self.access), "the entries that count"
        )
        for stage in range(1, len(item.steps) + 1):
            query = step_select(item, stage, source, self.access)
            source = self._cte(f"{prefix}stage{stage}", query, f"who reached stage {stage + 1}")
        return source

    def _cte(self, alias: str, query: exp.Query, comment: str) -> str:
        while alias in self.tables:
            alias += "_"
        cte = exp.CTE(this=query, alias=exp.TableAlias(this=name(alias)))
        cte.add_comments([f" {comment} "])
        self.ctes.append(cte)
        return alias


def _lay_beside(query: exp.Select, item: Whole, rows: str, source: str) -> None:
    """Lay the values of a whole beside its parts; an unknown member is a member."""
    whole = exp.Table(this=name(source), alias=exp.TableAlias(this=name(item.name)))
    pairs = [
        exp.NullSafeEQ(this=ref(here, rows), expression=ref(there, item.name))
        for here, there in item.keys
    ]
    if pairs:
        join(query, whole, all_of(pairs), side="LEFT")
    else:
        query.append("joins", exp.Join(this=whole, kind="CROSS"))


def _named(output: Output) -> exp.Expr:
    return named(output.value.copy(), output.name)


def _of(output: Output, rows: str) -> exp.Expr:
    """Return an output over the columns of some rows, which those of a whole stand beside."""

    def placed(node: exp.Column) -> exp.Expr:
        return node if node.table else ref(node.name, rows)

    return named(with_columns(output.value, placed), output.name)


def _keys(dimensions: Sequence[Dimension]) -> list[str]:
    return [key for item in dimensions for key in (item.name, item.label_name) if key]


def _compute(plan: Plan, outputs: Sequence[Output], source: str) -> exp.Select:
    columns: list[exp.Expr] = [ref(key) for key in _keys(plan.dimensions)]
    columns += map(_named, outputs)
    return select(columns, table(source))
