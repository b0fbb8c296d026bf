"""The catalog: definitions bound to columns, every name resolved, every formula parsed once."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from semantic_layer.atoms import Atom, TimeColumn
from semantic_layer.errors import UnknownName
from semantic_layer.labels import Labels
from semantic_layer.metric_specs import Metric
from semantic_layer.model import DatasetSpec, Definitions, FieldSpec, Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Join:
    """One many-to-one step: rows of `child` have at most one row of `alias`.

    Attributes:
        child: The dataset or role that the step starts from.
        alias: What the parent is called in this catalog: its own name, or the role.
        dataset: The parent dataset.
        on: Pairs of child column and parent column.
    """

    child: str
    alias: str
    dataset: str
    on: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """A source of rows.

    Attributes:
        name: Its name in the catalog.
        source: A physical table, or the SELECT that stands for one.
        columns: Lower-case column name → (spelling in the source, datatype of REFERENCE or None).
        parents: Alias → the one path of joins that leads there.
        ambiguous: Alias → the paths, where there are several.
        zoned: Lower-case names of the columns that hold moments, with the zone that they are read in.
        masks: Masked column in lower case → what a scan puts in its place, over columns of the scan.
        bridged: Dataset or role → the bridges that lead there, each with the dataset that it pairs (itself or a parent).
    """

    name: str
    spec: DatasetSpec
    source: exp.Table | exp.Query
    columns: Mapping[str, tuple[str, str | None]]
    primary_key: tuple[str, ...]
    time: TimeColumn | None
    parents: Mapping[str, tuple[Join, ...]]
    ambiguous: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    zoned: Mapping[str, str] = field(default_factory=dict)
    masks: Mapping[str, exp.Expr] = field(default_factory=dict)
    bridged: Mapping[str, tuple[tuple[str, str], ...]] = field(default_factory=dict)

    def wall_clock(self, alias: str, name: str) -> exp.Expr:
        """Return a column as people read it: a moment as the time of day in the model's zone."""
        found = exp.column(
            exp.to_identifier(name, quoted=True), table=exp.to_identifier(alias, quoted=True)
        )
        zone = self.zoned.get(name.lower())
        return in_zone(found, zone) if zone else found

    def spelling(self, name: str) -> str:
        """Return a column's name as the source spells it; case does not matter in definitions."""
        return self.columns.get(name.lower(), (name, None))[0]


def in_zone(moment: exp.Expr, zone: str) -> exp.Expr:
    """Return a moment as wall-clock time of a zone, whatever the zone of the engine's session is."""
    return exp.AtTimeZone(this=moment, zone=exp.Literal.string(zone))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BoundField:
    """Something to group or filter by.

    Attributes:
        name: `dataset.key` or `role.key`, unique.
        key: The bare name.
        source: The dataset or role that it is reached through.
        dataset: The dataset that declares it.
        expr: SQL over columns of `source`.
        datatype: String, Integer, Decimal, Float, Boolean, Date or DateTime.
        label_columns: Language → column that names the members in that language.
        role: The role's name, or None for the default way.
    """

    name: str
    key: str
    source: str
    dataset: str
    expr: exp.Expr
    datatype: str
    spec: FieldSpec
    label_columns: Mapping[str, str] = field(default_factory=dict)
    role: str | None = None

    @property
    def label(self) -> Labels:
        """Its name in each language; the key where none is given."""
        return self.spec.label.or_name(self.key)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BoundMetric:
    """A metric as arithmetic over atoms.

    Attributes:
        formula: SQL whose columns are atom keys; every division is guarded already.
        atoms: The atoms by key.
        additive: Whether parts add up to the whole over any grouping.
        adds_over_fields: Whether they do over fields at least: balances and values to date do not over time.
        uses: Every metric that it is made of, itself included.
        held: The same over the rows that its target is stated for, or None where that is all of them.
        date: The date that a query puts it on instead of its own, or None.
    """

    name: str
    spec: Metric
    formula: exp.Expr
    atoms: Mapping[str, Atom]
    additive: bool
    uses: frozenset[str]
    adds_over_fields: bool = False
    held: BoundMetric | None = None
    date: str | None = None

    @property
    def label(self) -> Labels:
        """Its name in each language; the key where none is given."""
        return self.spec.label.or_name(self.name)

    @property
    def datasets(self) -> frozenset[str]:
        """The facts that it is computed from."""
        return frozenset(atom.dataset for atom in self.row_atoms())

    def row_atoms(self) -> Iterator[Atom]:
        """Yield the atoms that read rows, those below entities too."""
        for atom in self.atoms.values():
            yield from atom.inner()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CalendarTable:
    """A table of days: where they are read, its column of days, and grain → the column of their periods."""

    dataset: Dataset
    date: str
    grains: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Catalog:
    """Everything that can be asked, for one principal."""

    definitions: Definitions
    datasets: Mapping[str, Dataset]
    fields: Mapping[str, BoundField]
    metrics: Mapping[str, BoundMetric]
    hierarchies: Mapping[str, tuple[str, ...]]
    calendar: CalendarTable | None = None

    @property
    def model(self) -> str:
        """The name that semantic SQL reads from."""
        return self.definitions.model

    @property
    def settings(self) -> Settings:
        """What holds for the whole model."""
        return self.definitions.settings

    def metric(self, name: str) -> BoundMetric:
        """Return a metric by name.

        Raises:
            UnknownName: No such metric, or not for this principal; the two look alike.
        """
        try:
            return self.metrics[name]
        except KeyError:
            near = [n for n, m in self.metrics.items() if m.spec.replaced_by not in self.metrics]
            raise UnknownName("metric", name, near) from None

    def field(self, name: str) -> BoundField:
        """Return a field by `dataset.field`, `role.field`, or a bare name that one dataset has.

        Raises:
            UnknownName: No such field, or not for this principal; the two look alike.
        """
        found = self.fields.get(name)
        if found is not None:
            return found
        holders = [item for item in self.fields.values() if item.key == name and item.role is None]
        if len(holders) == 1:
            return holders[0]
        known = {item.name for item in holders} or (
            set(self.fields) | {item.key for item in self.fields.values()}
        )
        raise UnknownName("field", name, known)

    def reaches(self, metric: str, field_name: str) -> bool:
        """Say whether every fact of a metric reaches a field many-to-one or over a bridge, on one path."""
        item = self.field(field_name)
        return all(self._reach(dataset, item) for dataset in self.metric(metric).datasets)

    def keeps_apart(self, metric: str, item: BoundField) -> bool:
        """Say whether every fact of a metric reaches a field many-to-one, so that each row is in one of its groups."""
        return all(
            item.source in {dataset, *self.datasets[dataset].parents}
            for dataset in self.metric(metric).datasets
        )

    def fields_of(self, metric: str) -> Iterator[BoundField]:
        """Return the fields that a metric can be grouped and filtered by."""
        return (item for item in self.fields.values() if self.reaches(metric, item.name))

    def _reach(self, dataset: str, item: BoundField) -> bool:
        own = self.datasets[dataset]
        return item.source in {dataset, *own.parents} or len(own.bridged.get(item.source, ())) == 1

    def without(self, metrics: frozenset[str], fields: frozenset[str]) -> Catalog:
        """Return the catalog with some names taken out: what a principal may not see does not exist."""
        return replace(
            self,
            metrics={name: item for name, item in self.metrics.items() if name not in metrics},
            fields={name: item for name, item in self.fields.items() if name not in fields},
            hierarchies={
                name: kept
                for name, levels in self.hierarchies.items()
                if len(kept := tuple(level for level in levels if level not in fields)) > 1
            },
        )
