"""Definitions bound to the data: `Definitions` in, `Catalog` out, with every problem reported together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from semantic_layer.calendar import Grain
from semantic_layer.catalog import BoundField, CalendarTable, Catalog, Dataset
from semantic_layer.dataset_binding import DatasetBinder, Describe, datatype_of, time_column
from semantic_layer.errors import DefinitionError, Problem, UnsafeSQL
from semantic_layer.formulas import (
    DIALECT,
    FormulaProblem,
    bind_columns,
    parse_expression,
    renamed_source,
    single,
    sources_of,
)
from semantic_layer.governance import check_governance
from semantic_layer.metric_binding import MetricBinder
from semantic_layer.model import DatasetSpec, Definitions, FieldSpec
from semantic_layer.policy import CALENDAR, named_source
from semantic_layer.policy_binding import check_masks, check_policies
from semantic_layer.sql_text import odd_characters
from semantic_layer.yaml_source import KeyPath, Lines

MEND = "Use columns of the source and functions of the allowed list"
_AS_OF_FIX = "Write max(dataset.column) with a date column"
PLAIN = frozenset(" ")
_TRUTHS = (exp.Predicate, exp.Not, exp.And, exp.Or, exp.Between, exp.In, exp.Like, exp.Is)


def bind(
    definitions: Definitions, describe: Describe | None = None, lines: Lines | None = None
) -> Catalog:
    """Bind names to columns and parse every formula once.

    Args:
        definitions: The merged files.
        describe: Source → column → engine type, or None where the source does not exist. Without it columns are
            taken on trust, as when definitions are checked without data.
        lines: Where each key stands, for the problems.

    Returns:
        The catalog of the owner: everything.

    Raises:
        DefinitionError: With every problem found.
    """
    binder = _Binder(definitions, describe, lines or Lines())
    catalog = binder.catalog()
    if binder.problems:
        raise DefinitionError(sorted(set(binder.problems)))
    return catalog


@dataclass
class _Binder:
    definitions: Definitions
    describe: Describe | None
    lines: Lines
    problems: list[Problem] = field(default_factory=list)

    def report(self, path: KeyPath, what: str, fix: str) -> None:
        self.problems.append(self.lines.problem(path, what, fix))

    def catalog(self) -> Catalog:
        datasets = DatasetBinder(self.definitions, self.describe, self.report).bind_all()
        fields = dict(self._fields(datasets))
        metrics = MetricBinder(self.definitions, datasets, self.report).bind_all()
        self._check_as_of(datasets)
        check_policies(self.definitions, datasets, self.report)
        check_masks(self.definitions, datasets, self.report)
        check_governance(self.definitions, self.report)
        return Catalog(
            definitions=self.definitions,
            datasets=datasets,
            fields=fields,
            metrics=metrics,
            hierarchies=self._hierarchies(),
            calendar=self._calendar(),
        )

    def _calendar(self) -> CalendarTable | None:
        spec = self.definitions.calendar
        if spec is None:
            return None
        whole = DatasetSpec(source=spec.source)
        binder = DatasetBinder(self.definitions, self.describe, self._calendar_problem)
        dataset = binder.bind(CALENDAR, whole)
        if dataset is None:
            return None
        try:
            date = self._spelling(dataset, spec.date)
            grains = {name: self._spelling(dataset, text) for name, text in spec.grains.items()}
        except FormulaProblem as problem:
            self.report(("calendar",), problem.what, problem.fix)
            return None
        taken = sorted(grains.keys() & set(Grain))
        if taken:
            what = f"the calendar names a grain `{taken[0]}`, which is there already"
            self.report(("calendar", "grains"), what, "Choose another name")
        return CalendarTable(dataset=dataset, date=date, grains=grains)

    def _calendar_problem(self, path: KeyPath, what: str, fix: str) -> None:
        self.report(("calendar", "source"), what.replace(f"`{CALENDAR}`", "the calendar"), fix)

    def _fields(self, datasets: Mapping[str, Dataset]) -> Iterable[tuple[str, BoundField]]:
        for dataset in datasets.values():
            for key, spec in dataset.spec.fields.items():
                bound = self._field(dataset, key, spec, datasets)
                if bound is None:
                    continue
                yield bound.name, bound
                for item in self.definitions.relationships:
                    if item.role and item.to.dataset == dataset.name:
                        role = _through(bound, item.role)
                        if role is not None:
                            yield role.name, role

    def _field(
        self, dataset: Dataset, key: str, spec: FieldSpec, datasets: Mapping[str, Dataset]
    ) -> BoundField | None:
        path = ("datasets", dataset.name, "fields", key)
        try:
            expr = (
                single(
                    bind_columns(
                        parse_expression(spec.expr), dataset, datasets, (f"{dataset.name}.{key}",)
                    )
                )
                if spec.expr
                else self._own(dataset, key)
            )
            labels = {
                language: self._spelling(dataset, name) for language, name in _languages(spec)
            }
        except FormulaProblem as problem:
            self.report(path, problem.what, problem.fix)
            return None
        known = dataset.columns.get(key.lower(), ("", None))[1]
        read = self._datatype(dataset, expr, path) if spec.expr and not spec.datatype else known
        return BoundField(
            name=f"{dataset.name}.{key}",
            key=key,
            source=dataset.name,
            dataset=dataset.name,
            expr=expr,
            datatype=spec.datatype or read or "String",
            spec=spec,
            label_columns=labels,
        )

    def _own(self, dataset: Dataset, key: str) -> exp.Expr:
        return dataset.wall_clock(dataset.name, self._spelling(dataset, key))

    def _spelling(self, dataset: Dataset, name: str) -> str:
        if dataset.columns and name.lower() not in dataset.columns:
            names = ", ".join(spelling for spelling, _ in dataset.columns.values())
            raise FormulaProblem(
                f"`{dataset.name}` has no column `{name}`", f"Its columns: {names}"
            )
        return dataset.columns[name.lower()][0] if dataset.columns else name

    def _datatype(self, dataset: Dataset, expr: exp.Expr, path: KeyPath) -> str:
        """Read the type of a computed field from the data; without data, from the shape of its expression."""
        if (
            self.describe is None
            or sources_of(expr) - {dataset.name}
            or any(odd_characters(node.name, PLAIN) for node in expr.find_all(exp.Identifier))
        ):
            return "Boolean" if isinstance(expr.unnest(), _TRUTHS) else "String"
        select = exp.Select(expressions=[exp.alias_(expr.copy(), "value", quoted=True)])
        try:
            found = self.describe(select.from_(named_source(dataset, dataset.name), copy=False))
        except UnsafeSQL as error:
            self.report(path, f"the expression of `{path[-1]}` is not allowed: {error}", MEND)
            return "String"
        if not found:
            self.report(path, f"the expression of `{path[-1]}` does not run on the data", MEND)
            return "String"
        return datatype_of(next(iter(found.values())))

    def _hierarchies(self) -> dict[str, tuple[str, ...]]:
        return {name: tuple(levels) for name, levels in self.definitions.hierarchies.items()}

    def _check_as_of(self, datasets: Mapping[str, Dataset]) -> None:
        text = self.definitions.settings.as_of
        if text is None:
            return
        path = ("settings", "as_of")
        try:
            tree = parse_expression(text)
            found = tree.this if isinstance(tree, exp.Max) else tree
            dataset = datasets.get(found.table) if isinstance(found, exp.Column) else None
            if dataset is None or not isinstance(tree, exp.Max):
                self.report(path, f"`as_of: {text}` is not the last day of a dataset", _AS_OF_FIX)
            else:
                name = exp.column(found.name, quoted=True).sql(DIALECT)
                time_column(name, Grain.DAY, dataset, datasets)
        except FormulaProblem as problem:
            self.report(path, f"`as_of`: {problem.what}", problem.fix)


def _languages(spec: FieldSpec) -> Iterable[tuple[str, str]]:
    return (
        (language, name)
        for language, name in (("zh", spec.label_column.zh), ("en", spec.label_column.en))
        if name
    )


def _through(bound: BoundField, role: str) -> BoundField | None:
    """Return a field as reached through a role; None where it reads parents, which a role does not lead on to."""
    if any(node.table != bound.source for node in bound.expr.find_all(exp.Column)):
        return None
    return replace(
        bound,
        name=f"{role}.{bound.key}",
        source=role,
        role=role,
        expr=renamed_source(bound.expr, bound.source, role),
    )
