"""Members: the values that a field takes in the data, as the asker may see them."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping

from sqlglot import exp

from semantic_layer.catalog import BoundField
from semantic_layer.engines.base import RawResult
from semantic_layer.formulas import sources_of
from semantic_layer.policy import Access, scan
from semantic_layer.result import Cell, plain
from semantic_layer.sql_nodes import column

MAX_MEMBERS = 200_000
"""Members of one field that are read; a field with more is asked for by its exact value only."""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One value of a field.

    Attributes:
        field: The catalog field, `dataset.field` or `role.field`.
        value: The value as stored: what filters compare with.
        labels: Language → the member's name in it, where it has one besides the value.
        synonyms: Other words for it, from the definitions.
    """

    field: str
    value: Cell
    labels: Mapping[str, str] = dataclasses.field(default_factory=dict)
    synonyms: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class MemberReader:
    """Reads the distinct values of every text field, and of every field whose members have names, through row rules."""

    access: Access
    fetch: Callable[[exp.Select], RawResult]

    def all(self) -> Iterator[Member]:
        """Yield the members of each field; roles share those of the field that they lead to, personal data give none.

        Where a field cannot be read from its own dataset alone, its members are those that the definitions name.
        """
        for bound in self.access.catalog.fields.values():
            named = bound.datatype in {"String", "Boolean"} or bool(bound.label_columns)
            if bound.role is not None or bound.spec.pii or not named:
                continue
            if sources_of(bound.expr) == {bound.source}:
                yield from self._of(bound)
            else:
                yield from self._declared(bound)

    def _declared(self, bound: BoundField) -> Iterator[Member]:
        for key in bound.spec.values:
            if key == "null" or bound.datatype not in {"String", "Boolean"}:
                continue
            yield self._member(bound, key == "true" if bound.datatype == "Boolean" else key, {})

    def _of(self, bound: BoundField) -> Iterator[Member]:
        languages = sorted(bound.label_columns)
        names = [bound.label_columns[language] for language in languages]
        read = frozenset({node.name for node in bound.expr.find_all(exp.Column)} | set(names))
        dataset = self.access.catalog.datasets[bound.dataset]
        inner = scan(dataset, read, self.access.rules[bound.dataset])
        derived = exp.Subquery(
            this=inner, alias=exp.TableAlias(this=exp.to_identifier(bound.source, quoted=True))
        )
        columns = [exp.alias_(bound.expr.copy(), "value")] + [
            exp.alias_(exp.Max(this=column(bound.source, name)), f"label_{index}")
            for index, name in enumerate(names)
        ]
        select = exp.Select(expressions=columns).from_(derived, copy=False)
        select = select.group_by(exp.Literal.number(1), copy=False).order_by(
            exp.Ordered(this=exp.Literal.number(1)), copy=False
        )
        table = self.fetch(select.limit(MAX_MEMBERS, copy=False)).table
        for row in zip(*(item.to_pylist() for item in table.columns), strict=True):
            if row[0] is not None:
                yield self._member(bound, row[0], dict(zip(languages, row[1:], strict=True)))

    def _member(self, bound: BoundField, value: object, labels: Mapping[str, object]) -> Member:
        text = plain(value)
        spec = bound.spec.values.get(str(text).lower() if isinstance(text, bool) else str(text))
        named = {language: str(label) for language, label in labels.items() if label}
        if spec is not None:
            named |= {
                language: label for language, label in (("zh", spec.zh), ("en", spec.en)) if label
            }
        return Member(
            field=bound.name,
            value=text,
            labels=named,
            synonyms=spec.synonyms.texts() if spec else (),
        )
