"""Datasets bound to the data: sources parsed, columns found, joins laid out, keys and dates checked."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from sqlglot import exp

from semantic_layer.atoms import ColumnRef, TimeColumn
from semantic_layer.calendar import Grain
from semantic_layer.catalog import Dataset
from semantic_layer.errors import UnsafeSQL
from semantic_layer.formulas import FormulaProblem, bind_column, parse_source
from semantic_layer.joins import edges, paths_from, with_bridges
from semantic_layer.model import DatasetSpec, Definitions
from semantic_layer.yaml_source import KeyPath

Describe = Callable[[exp.Table | exp.Query], Mapping[str, str] | None]
Report = Callable[[KeyPath, str, str], None]

_DATATYPES = (
    (("TIMESTAMP", "DATETIME"), "DateTime"),
    (("DATE",), "Date"),
    (("DECIMAL", "NUMERIC"), "Decimal"),
    (("DOUBLE", "FLOAT", "REAL"), "Float"),
    (("BOOL",), "Boolean"),
    (
        (
            "TINYINT",
            "SMALLINT",
            "INTEGER",
            "BIGINT",
            "HUGEINT",
            "UTINYINT",
            "USMALLINT",
            "UINTEGER",
            "UBIGINT",
            "UHUGEINT",
            "INT",
        ),
        "Integer",
    ),
)


def datatype_of(engine_type: str) -> str:
    """Return the datatype that definitions use for an engine's type name; anything else is a String."""
    name = engine_type.upper()
    return next(
        (datatype for prefixes, datatype in _DATATYPES if name.startswith(prefixes)), "String"
    )


def holds_moments(engine_type: str) -> bool:
    """Say whether an engine's type tells moments, which are another day in another zone."""
    name = engine_type.upper()
    return name.startswith("TIMESTAMP") and ("WITH TIME ZONE" in name or name.endswith("TZ"))


@dataclass
class DatasetBinder:
    """Binds every dataset once; problems are reported, not raised."""

    definitions: Definitions
    describe: Describe | None
    report: Report

    def bind_all(self) -> dict[str, Dataset]:
        """Return the bound datasets by name."""
        self._check_relationships()
        found: dict[str, Dataset] = {}
        for name, spec in self.definitions.datasets.items():
            dataset = self.bind(name, spec)
            if dataset is not None:
                found[name] = dataset
        steps = edges(
            (
                item
                for item in self.definitions.relationships
                if {item.from_.dataset, item.to.dataset} <= found.keys()
                and len(item.from_.columns) == len(item.to.columns)
            ),
            lambda name, column: found[name].spelling(column),
        )
        for name, dataset in found.items():
            parents, ambiguous = paths_from(name, steps)
            found[name] = replace(dataset, parents=parents, ambiguous=ambiguous)
        for name, dataset in found.items():
            found[name] = replace(dataset, time=self._time(dataset, found))
        self._check_keys(found)
        return with_bridges(found, self.definitions.relationships)

    def bind(self, name: str, spec: DatasetSpec) -> Dataset | None:
        """Return one source with its columns, or None where it cannot be read."""
        try:
            source = parse_source(spec.source)
        except FormulaProblem as problem:
            self.report(("datasets", name, "source"), problem.what, problem.fix)
            return None
        columns: dict[str, tuple[str, str | None]] = {}
        zoned: dict[str, str] = {}
        if self.describe is not None:
            described = self._described(self.describe, name, spec, source)
            if described is None:
                return None
            columns = {key.lower(): (key, datatype_of(kind)) for key, kind in described.items()}
            zone = self.definitions.settings.timezone
            zoned = {key.lower(): zone for key, kind in described.items() if holds_moments(kind)}
        return Dataset(
            name=name,
            spec=spec,
            source=source,
            columns=columns,
            zoned=zoned,
            primary_key=spec.primary_key,
            time=None,
            parents={},
        )

    def _described(
        self,
        describe: Describe,
        name: str,
        spec: DatasetSpec,
        source: exp.Table | exp.Query,
    ) -> Mapping[str, str] | None:
        path = ("datasets", name, "source")
        try:
            described = describe(source)
        except UnsafeSQL as error:
            self.report(path, f"the source of `{name}` cannot be read: {error}", "Mend the SELECT")
            return None
        if described is None and isinstance(source, exp.Table):
            self.report(path, f"the data have no `{spec.source}`", "Name a table of the data")
        elif described is None:
            self.report(
                path, f"the source of `{name}` does not run", "Check its columns and functions"
            )
        return described

    def _is_sound(self, *names: str) -> bool:
        return all(name in self.definitions.datasets for name in names)

    def _check_relationships(self) -> None:
        for index, item in enumerate(self.definitions.relationships):
            path = ("relationships", index)
            for end in (item.from_, item.to):
                if not self._is_sound(end.dataset):
                    known = ", ".join(self.definitions.datasets)
                    self.report(
                        path,
                        f"a relationship names `{end.dataset}`, which is no dataset",
                        f"Datasets: {known}",
                    )
            if len(item.from_.columns) != len(item.to.columns):
                self.report(
                    path,
                    "a relationship pairs unequal numbers of columns",
                    "Give as many on each side",
                )
            if item.bridge and (item.bridge != item.from_.dataset or item.role):
                self.report(
                    path,
                    f"bridge `{item.bridge}` is not where its relationship starts, or has a role",
                    "Write {bridge: pairs, from: pairs.order_id, to: orders.order_id}",
                )
            if item.role and item.role in self.definitions.datasets:
                self.report(
                    path, f"role `{item.role}` is also a dataset", "Choose another name after `as:`"
                )
            if item.to.dataset in self.definitions.datasets:
                parent = self.definitions.datasets[item.to.dataset]
                if {key.lower() for key in parent.primary_key} != {
                    key.lower() for key in item.to.columns
                }:
                    key = ", ".join(parent.primary_key) or "none declared"
                    self.report(
                        path,
                        f"`{item.to.dataset}` is not joined on its primary key",
                        f"Its primary key: {key}",
                    )

    def _check_keys(self, datasets: Mapping[str, Dataset]) -> None:
        for name, dataset in datasets.items():
            for key in dataset.primary_key:
                self._needs_column(dataset, key, ("datasets", name, "primary_key"))
        for index, item in enumerate(self.definitions.relationships):
            for end in (item.from_, item.to):
                if end.dataset in datasets:
                    for key in end.columns:
                        self._needs_column(datasets[end.dataset], key, ("relationships", index))

    def _needs_column(self, dataset: Dataset, name: str, path: KeyPath) -> None:
        if dataset.columns and name.lower() not in dataset.columns:
            names = ", ".join(spelling for spelling, _ in dataset.columns.values())
            self.report(path, f"`{dataset.name}` has no column `{name}`", f"Its columns: {names}")

    def _time(self, dataset: Dataset, datasets: Mapping[str, Dataset]) -> TimeColumn | None:
        spec = dataset.spec.time
        if spec is None:
            return None
        try:
            return time_column(spec.field, Grain(spec.grain), dataset, datasets)
        except FormulaProblem as problem:
            self.report(("datasets", dataset.name, "time"), problem.what, problem.fix)
            return None


def time_column(
    text: str, grain: Grain, dataset: Dataset, datasets: Mapping[str, Dataset]
) -> TimeColumn:
    """Bind the date that a metric's periods are cut on: `column`, or `parent.column`.

    Raises:
        FormulaProblem: It is not one column that the dataset reaches.
    """
    bound = bind_column(text, dataset, datasets)
    if bound is None:
        raise FormulaProblem(
            f"`time: {text}` is not a column", "Name one date column, or `parent.column`"
        )
    owner = (
        dataset
        if bound.table == dataset.name
        else datasets[dataset.parents[bound.table][-1].dataset]
    )
    kind = owner.columns.get(bound.name.lower(), ("", None))[1]
    if kind not in {None, "Date", "DateTime"}:
        raise FormulaProblem(
            f"`time: {text}` is a {kind} column", "Name a date or timestamp column"
        )
    return TimeColumn(
        ref=ColumnRef(bound.table, bound.name),
        grain=grain,
        timestamp=kind == "DateTime",
        zone=owner.zoned.get(bound.name.lower()),
    )
