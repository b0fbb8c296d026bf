"""The words of semantic SQL: what a name, a call or a literal in a written SELECT stands for in the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from sqlglot import exp

from semantic_layer.calendar import DatePart, Grain
from semantic_layer.catalog import BoundField, Catalog
from semantic_layer.errors import MalformedQuery, NotSupported, UnknownName
from semantic_layer.grains import grains_of
from semantic_layer.groups import CalendarGroup, PartGroup, TimeGroup
from semantic_layer.placing import placed
from semantic_layer.query import Compare, MetricUse, Modifier
from semantic_layer.semantic_sql_arguments import base_of, over_of
from semantic_layer.semantic_sql_values import build, call_name, unreadable

METRIC_TIME: Final = "metric_time"
_DATES: Final = frozenset({"Date", "DateTime"})
ON_DATE: Final = "ON_DATE"
"""Behind a metric: `MEASURE(revenue, ON_DATE(ship_date))` counts it on another date."""
WITH_OTHERS: Final = "WITH_OTHERS"
WITH_EMPTY: Final = "WITH_EMPTY"
"""Calls around the keys of GROUP BY, as ROLLUP is: the members below the cut in one row, members without facts."""
MODIFIERS: Final[Mapping[str, Modifier]] = {
    "MEASURE": "value", "AGG": "value", "SHARE": "share", "RANK": "rank", "TARGET": "target",
    "ATTAINMENT": "attainment", "GAP": "gap", "BASE": "base", "CHANGE": "change",
    "CUMULATIVE": "cumulative", "YTD": "cumulative", "CUMULATIVE_SHARE": "cumulative_share",
    "RUN_RATE": "run_rate", "GROWTH": "change_pct", "YOY": "change_pct", "MOM": "change_pct",
}  # fmt: skip
COMPARED: Final = frozenset({"base", "change", "change_pct"})
SHARES: Final = frozenset({"share", "cumulative_share"})


@dataclass(frozen=True, slots=True, kw_only=True)
class MetricTerm:
    """A metric, or something made of it.

    Attributes:
        use: The metric, its modifier, and the whole of a share.
        base: What it is compared with, where the text says so.
        filled: Whether a missing value was written as zero.
    """

    use: MetricUse
    base: Compare | None = None
    filled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldTerm:
    """A field as it was spelled; equal for every spelling of one field."""

    bound: BoundField
    name: str = field(compare=False)

    def stands_for(self, group: object, catalog: Catalog) -> bool:
        """Say whether a group of a query is this field."""
        return isinstance(group, str) and catalog.field(group) == self.bound


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeTerm:
    """The periods of a grain, of the calendar or of the calendar table; `role`: of another date than metric_time."""

    grain: Grain | str
    role: str | None = None

    def stands_for(self, group: object, catalog: Catalog) -> bool:
        """Say whether a group of a query is this time."""
        return isinstance(group, TimeGroup | CalendarGroup) and (group.time, group.role) == (
            self.grain,
            self.role,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class PartTerm:
    """A part of metric_time, or of another date, that recurs."""

    part: DatePart
    role: str | None = None

    def stands_for(self, group: object, catalog: Catalog) -> bool:
        """Say whether a group of a query is this part."""
        return isinstance(group, PartGroup) and (group.part, group.role) == (self.part, self.role)


GroupTerm: TypeAlias = FieldTerm | TimeTerm | PartTerm
Term: TypeAlias = MetricTerm | GroupTerm


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Looks up what is written in one SELECT.

    Attributes:
        catalog: What the asker may name.
        qualifiers: Lower-case names that may stand before any other: the model, and its alias in FROM.
    """

    catalog: Catalog
    qualifiers: frozenset[str]

    def term(self, node: exp.Expr) -> Term:
        """Return what a name or a call stands for.

        Raises:
            UnknownName: A name nobody defined.
            UnsafeSQL: A function that semantic SQL does not have.
            NotSupported: Another expression, such as arithmetic.
        """
        match node:
            case exp.Paren():
                return self.term(node.unnest())
            case exp.Column():
                return self._named(node)
            case exp.Anonymous() | exp.Rank() | exp.Agg():
                part = call_name(node) == "DATE_PART"
                return self._part(node) if part else self._called(node)
            case exp.TimestampTrunc() | exp.DateTrunc():
                return self._truncated(node)
            case exp.Cast() if node.to.this is exp.DType.DATE and isinstance(
                node.this, exp.TimestampTrunc | exp.DateTrunc
            ):
                return self._truncated(node.this)
            case exp.Coalesce():
                return self._filled(node)
            case _:
                raise unreadable(node)

    def is_time(self, node: exp.Expr) -> bool:
        """Say whether a node is `metric_time` itself."""
        return isinstance(node, exp.Column) and self._name(node).casefold() == METRIC_TIME

    def _name(self, node: exp.Column) -> str:
        parts = [part.name for part in node.parts]
        if len(parts) > 1 and parts[0].casefold() in self.qualifiers:
            whole = self._field_name(".".join(parts))
            return whole if whole in self.catalog.fields else ".".join(parts[1:])
        return ".".join(parts)

    def _field_name(self, name: str) -> str:
        fields = self.catalog.fields
        return name if name in fields else _spelling(name, (*fields, *self._keys()))

    def _keys(self) -> set[str]:
        return {item.key for item in self.catalog.fields.values()}

    def _named(self, node: exp.Column) -> Term:
        name = self._name(node)
        if name.casefold() == METRIC_TIME:
            raise NotSupported("time_without_grain", grains=tuple(Grain))
        spelled = self._field_name(name)
        metric = _spelling(name, self.catalog.metrics)
        if metric in self.catalog.metrics and spelled not in (*self.catalog.fields, *self._keys()):
            return MetricTerm(use=MetricUse(metric=metric))
        return self.field(spelled)

    def field(self, name: str) -> FieldTerm:
        """Return a field by name.

        Raises:
            UnknownName: No such field or metric; the near names of both are given.
        """
        try:
            return FieldTerm(bound=self.catalog.field(name), name=name)
        except UnknownName:
            if name in self._keys():
                raise
            known = (*self.catalog.fields, *self._keys(), *self.catalog.metrics)
            raise UnknownName("field", name, known) from None

    def _called(self, node: exp.Expr) -> MetricTerm:
        name = call_name(node) or type(node).__name__.upper()
        modifier = MODIFIERS.get(name)
        if modifier is None:
            raise unreadable(node)
        first, *others = [node.this] if isinstance(node, exp.Agg) else node.expressions or (None,)
        if not isinstance(first, exp.Column):
            raise NotSupported("function_of_no_metric", function=name)
        with placed(first):
            metric = _spelling(self._name(first), self.catalog.metrics)
            self.catalog.metric(metric)
        time = self._date(others.pop()) if others and call_name(others[-1]) == ON_DATE else None
        parts: dict[str, object] = {"metric": metric, "modifier": modifier, "time": time}
        if modifier in COMPARED:
            return MetricTerm(use=build(MetricUse, **parts), base=base_of(name, others))
        if modifier == "cumulative":
            return MetricTerm(use=build(MetricUse, **parts, over=over_of(name, others)))
        of = self._whole(others) if modifier in SHARES else None
        if others and of is None:
            raise MalformedQuery("one_metric", function=name)
        return MetricTerm(use=build(MetricUse, **parts, of=of))

    def _date(self, node: exp.Expr) -> str:
        """Return the date that a metric is counted on."""
        match node.expressions:
            case [exp.Column() as column]:
                return self._field_name(self._name(column))
            case _:
                raise MalformedQuery("on_date_form")

    def _whole(self, nodes: Sequence[exp.Expr]) -> str | None:
        """Return what a share is taken of: `total`, a grain, or a field."""
        if not nodes:
            return None
        if len(nodes) > 1:
            raise MalformedQuery("share_form")
        node = nodes[0]
        if isinstance(node, exp.Literal) and node.is_string:
            word = node.name
            if word == "total" or word in tuple(Grain):
                return word
            return self.field(self._field_name(word)).name
        match self.term(node):
            case FieldTerm(name=name):
                return name
            case TimeTerm(grain=grain):
                return str(grain)
            case _:
                raise NotSupported("share_of_metric")

    def _truncated(self, node: exp.TimestampTrunc | exp.DateTrunc) -> TimeTerm:
        unit = node.args["unit"]
        grain = unit.name.lower() if isinstance(unit, exp.Var | exp.Literal) else ""
        role = self._role(node.this)
        if grain in tuple(Grain):
            return TimeTerm(grain=Grain(grain), role=role)
        known = grains_of(self.catalog)
        spelled = _spelling(grain, known)
        if spelled not in known:
            raise NotSupported("unknown_grain", unit=unit.name[:40], grains=known)
        return TimeTerm(grain=spelled, role=role)

    def _role(self, node: exp.Expr) -> str | None:
        """Return the date that periods are of, or None for metric_time."""
        if not isinstance(node, exp.Column):
            raise NotSupported("truncated_other")
        if self.is_time(node):
            return None
        name = self._field_name(self._name(node))
        held = next((i for i in self.catalog.fields.values() if name in {i.name, i.key}), None)
        if held is not None and held.datatype not in _DATES:
            raise NotSupported("truncated_other")
        return name

    def _part(self, node: exp.Expr) -> PartTerm:
        match node.expressions:
            case [exp.Literal(is_string=True) as word, time]:
                if word.name in tuple(DatePart):
                    return PartTerm(part=DatePart(word.name), role=self._role(time))
                raise NotSupported("unknown_part", unit=word.name[:40], parts=tuple(DatePart))
            case _:
                raise NotSupported("truncated_other")

    def _filled(self, node: exp.Coalesce) -> MetricTerm:
        zero = exp.Literal.number(0)
        term = self.term(node.this)
        if not isinstance(term, MetricTerm) or node.expressions != [zero]:
            raise NotSupported("coalesce_form")
        return MetricTerm(use=term.use, base=term.base, filled=True)


def words_of(select: exp.Select, catalog: Catalog) -> Words:
    """Return the words that a SELECT may use.

    Raises:
        NotSupported: It does not read from a plain name.
        UnknownName: That name is not the model's.
    """
    source = select.args.get("from_")
    table = source.this if isinstance(source, exp.From) else None
    if not isinstance(table, exp.Table) or not isinstance(table.this, exp.Identifier):
        raise NotSupported("from_form", model=catalog.model)
    if table.name.casefold() != catalog.model.casefold():
        raise UnknownName("model", table.name, [catalog.model])
    sources = {item.source.casefold() for item in catalog.fields.values()}
    if table.alias and table.alias.casefold() in sources:
        raise NotSupported("alias_is_dataset", alias=table.alias, model=catalog.model)
    return Words(
        catalog=catalog,
        qualifiers=frozenset({catalog.model.casefold(), table.alias_or_name.casefold()}),
    )


def _spelling(name: str, known: Iterable[str]) -> str:
    """Return a name as it is defined; upper and lower case are told apart only where two names need it."""
    alike = {item for item in known if item.casefold() == name.casefold()}
    return alike.pop() if len(alike) == 1 else name
