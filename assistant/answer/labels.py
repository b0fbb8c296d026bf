"""What columns, members and conditions are called in the asker's language."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal

from assistant.answer.numbers import Unit, format_bucket, format_period, format_value
from assistant.locale import LANGUAGES, has, join, text
from semantic_layer.calendar import DatePart, Grain
from semantic_layer.catalog import Catalog
from semantic_layer.labels import Labels, MemberSpec
from semantic_layer.members import Member
from semantic_layer.model import FieldSpec
from semantic_layer.query import (
    AnyOf,
    Compare,
    Condition,
    Filter,
    Having,
    MetricQuery,
    NotOf,
    PartCondition,
    Period,
)
from semantic_layer.result import Column, Result, Role

_MEMBERS = {None: "member.unknown", True: "member.true", False: "member.false"}
_COMPARED = frozenset({Role.BASE, Role.CHANGE, Role.CHANGE_PCT})


def metric_label(name: str, catalog: Catalog, language: str) -> str:
    """Return a metric's name for people; the key where the catalog lacks it."""
    metric = catalog.metrics.get(name)
    return metric.label.of(language) if metric is not None else name


def field_label(name: str, catalog: Catalog, language: str) -> str:
    """Return a field's name for people; the key where the catalog lacks it."""
    field = catalog.fields.get(name)
    return field.label.of(language) if field is not None else name


def basis_label(compare: Compare | None, language: str, what: str = "basis") -> str:
    """Return what values are compared with: 同比, 环比, 较2023年.

    Args:
        compare: The comparison of the query.
        language: `zh` or `en`.
        what: `basis` (同比), `base` (上年同期), `change` (同比变化) or `change_pct` (同比).
    """
    if compare is None:
        return text(f"compare.other.{what}", language)
    if isinstance(compare.to, Period):
        period = format_period(compare.to.days, language)
        return text(f"compare.range.{what}", language, period=period)
    return text(f"compare.{compare.to}.{what}", language)


def stated(result: Result) -> Result:
    """Return a result that says all it holds: the base days that were read, for a named base may be cut to what has come of it, and the names of parts of dates."""
    columns = tuple(map(_named, result.columns))
    result = replace(result, columns=columns)
    if result.query is None:
        return result
    compare = result.query.compare
    if compare is None or isinstance(compare.to, str) or result.base_period is None:
        return result
    read = Period(start=result.base_period.start, end=result.base_period.end)
    compared = compare.model_copy(update={"to": read})
    return replace(result, query=result.query.model_copy(update={"compare": compared}))


def _named(column: Column) -> Column:
    """Return a column whose label says which part of a date it holds, and which date a metric is counted on."""
    if column.part is not None:
        part = f"part.{column.part}"
        column = replace(column, label=Labels(zh=text(part, "zh"), en=text(part, "en")))
    if column.role is Role.TIME or not column.date.texts():
        return column
    both = {
        language: text(
            "role.dated",
            language,
            name=column.label.of(language) or column.name,
            date=column.date.of(language),
        )
        for language in LANGUAGES
    }
    return replace(column, label=Labels(zh=both["zh"], en=both["en"]), date=Labels())


def column_label(
    column: Column, query: MetricQuery | None, language: str, *, alone: bool = True
) -> str:
    """Return a column head without its unit.

    Args:
        column: The column.
        query: The query that it belongs to: says what a comparison compares with; None where there is none alone.
        language: `zh` or `en`.
        alone: Whether the result has one metric only; else its name precedes what was made of it.
    """
    own = column.label.of(language) or column.metric or column.name
    match column.role:
        case Role.METRIC if column.modifier != "value":
            made = text(f"role.{column.modifier}", language)
        case Role.DIMENSION | Role.METRIC:
            return own
        case Role.TIME:
            grain = column.fiscal.grain if column.fiscal else column.grain
            named = text(f"time.{grain}", language) if grain else own
            if not column.date.texts():
                return named
            return text("role.dated", language, name=named, date=column.date.of(language))
        case Role.BASE | Role.CHANGE | Role.CHANGE_PCT:
            compare = query.compare if query is not None else None
            made = basis_label(compare, language, column.role.value)
        case _:
            made = text(f"role.{column.role.value}", language)
    return made if alone else text("role.of_metric", language, metric=own, made=made)


def member_text(value: object, spec: FieldSpec | None, language: str) -> str:
    """Return how a member of a field is called; identifiers are never grouped or rounded."""
    values = spec.values if spec is not None else {}
    named = values.get(_key(value))
    if named is not None and named.label.texts():
        return named.label.of(language)
    if value is None or isinstance(value, bool):
        return text(_MEMBERS[value], language)
    if isinstance(value, datetime) and value.time() != datetime.min.time():
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, date):
        return format_bucket(value, Grain.DAY, language)
    shown = f"{value:f}" if isinstance(value, Decimal) else str(value)
    return shown.rstrip("0").rstrip(".") if isinstance(value, Decimal) and "." in shown else shown


def part_text(part: DatePart, value: object, language: str) -> str:
    """Return a part of a date in words: 周一, January, 9:00."""
    if not isinstance(value, int):
        return text("member.unknown", language)
    own = f"part_member.{part}_{value}"
    return text(own if has(own, language) else f"part_member.{part}", language, number=value)


def filter_text(item: Filter, catalog: Catalog, language: str) -> str:
    """Return a condition in words: 大区 = 华东."""
    match item:
        case AnyOf():
            parts = (filter_text(part, catalog, language) for part in item.any)
            return text("filter.any", language, parts=text("filter.or", language).join(parts))
        case NotOf():
            return text("filter.not", language, part=filter_text(item.not_, catalog, language))
        case PartCondition():
            numbers = item.value if isinstance(item.value, tuple) else (item.value,)
            named = [part_text(item.part, number, language) for number in numbers]
            return _condition(item.op, text(f"part.{item.part}", language), named, language)
        case Condition():
            field = catalog.fields.get(item.field)
            spec = field.spec if field is not None else None
            values = item.value if isinstance(item.value, tuple) else (item.value,)
            shown = [member_text(value, spec, language) for value in values]
            return _condition(item.op, field_label(item.field, catalog, language), shown, language)


def having_text(item: Having, catalog: Catalog, language: str) -> str:
    """Return a condition on a metric's value in words: 销售额 > 1,000元."""
    metric = catalog.metrics.get(item.metric)
    made = {Role.SHARE.value, Role.ATTAINMENT.value, Role.CHANGE_PCT.value}
    unit: Unit = "percent" if item.modifier in made else metric.spec.unit if metric else None
    values = item.value if isinstance(item.value, tuple) else (item.value,)
    shown = [format_value(value, unit, language) for value in values]
    label = metric_label(item.metric, catalog, language)
    if item.modifier in _COMPARED:
        label = text(
            "role.of_metric",
            language,
            metric=label,
            made=text(f"compare.other.{item.modifier}", language),
        )
    elif item.modifier != "value":
        made_of = text(f"role.{item.modifier}", language)
        label = text("role.of_metric", language, metric=label, made=made_of)
    return _condition(item.op, label, shown, language)


def asked(query: MetricQuery) -> MetricQuery:
    """Return a query without the condition that ranked members are known: a notice says so, no headline need."""
    kept = tuple(
        item
        for item in query.where
        if not (
            isinstance(item, Condition) and item.op == "not_null" and item.field in query.fields
        )
    )
    return query.model_copy(update={"where": kept})


def filters_in_words(query: MetricQuery, catalog: Catalog, language: str) -> tuple[str, ...]:
    """Return every condition of a query in words."""
    return (
        *(filter_text(item, catalog, language) for item in query.where),
        *(having_text(item, catalog, language) for item in query.having),
    )


def scope_members(
    query: MetricQuery, catalog: Catalog, language: str, *, values: bool = True
) -> tuple[str, ...]:
    """Return what a headline says about the conditions: member names where they say enough, else the condition.

    Args:
        query: The query.
        catalog: What names mean.
        language: `zh` or `en`.
        values: Whether conditions on metrics' values are said too.
    """
    members = tuple(_short(item, catalog, language) for item in asked(query).where)
    if not values:
        return members
    return members + tuple(having_text(item, catalog, language) for item in query.having)


def names_members(item: Filter) -> bool:
    """Say whether a condition only picks members of a field that are texts."""
    if not isinstance(item, Condition) or item.op not in {"=", "in"}:
        return False
    values = item.value if isinstance(item.value, tuple) else (item.value,)
    return all(isinstance(value, str) for value in values)


def with_member_names(catalog: Catalog, members: Iterable[Member]) -> Catalog:
    """Return a catalog whose fields also know the member names that stand in the data (`label_column`).

    Conditions and follow-ups then name members in the asker's language; done once for a principal.
    """
    named: dict[str, dict[str, MemberSpec]] = {}
    for member in members:
        if member.labels:
            # Where only the other language has a column of names, the value itself is the name.
            own = {
                language: member.labels.get(language) or str(member.value) for language in LANGUAGES
            }
            labels = MemberSpec(zh=own["zh"], en=own["en"])
            named.setdefault(member.field, {})[_key(member.value)] = labels
    fields = {
        name: replace(
            field,
            spec=field.spec.model_copy(update={"values": {**named[name], **field.spec.values}}),
        )
        if name in named
        else field
        for name, field in catalog.fields.items()
    }
    return replace(catalog, fields=fields)


def unit_label(unit: Unit, language: str) -> str:
    """Return a unit's name: 元, %, 天; empty where there is none."""
    if unit is None:
        return ""
    if isinstance(unit, Labels):
        return unit.of(language)
    code = f"unit_name.{unit}"
    return text(code, language) if has(code, language) else unit


def _short(item: Filter, catalog: Catalog, language: str) -> str:
    if not names_members(item) or not isinstance(item, Condition):
        return filter_text(item, catalog, language)
    field = catalog.fields.get(item.field)
    values: Iterable[object] = item.value if isinstance(item.value, tuple) else (item.value,)
    spec = field.spec if field is not None else None
    return join((member_text(value, spec, language) for value in values), language)


def _condition(op: str, label: str, values: list[str], language: str) -> str:
    if op == "between":
        return text("filter.between", language, label=label, low=values[0], high=values[-1])
    return text(f"filter.{op}", language, label=label, value=join(values, language))


def _key(value: object) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else str(value)
