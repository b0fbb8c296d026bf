"""The filters of a query: listed members brought to one field, split or summed; the unknown member left out of ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from assistant.intent import Intent, Mention, ValueAsked
from assistant.understanding.lexicon import MemberName
from assistant.understanding.linking import Linker
from assistant.understanding.outcome import Clarification, Refusal, Unsettled
from semantic_layer.query import Condition
from semantic_layer.result import Cell, Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Filtered:
    """One value of a question as members of one field: one member, or namesakes."""

    asked: ValueAsked
    members: tuple[MemberName, ...]

    @property
    def field(self) -> str:
        """The field that the members are of."""
        return self.members[0].field


@dataclass(slots=True)
class _List:
    """Values that stand in one list, with the fields that hold all of them."""

    asked: list[ValueAsked]
    fields: frozenset[str]


def link_values(
    intent: Intent, linker: Linker, metrics: Sequence[str]
) -> tuple[tuple[Filtered, ...], tuple[str, ...]]:
    """Link the values of a question to members.

    Returns:
        The values as members, and the fields whose members were listed to be seen one by one.

    Raises:
        Unsettled: Values that no filter can hold together, or that may mean several things.
    """
    held = {asked: linker.candidates(asked, metrics) for asked in intent.values}
    lists = _lists(intent, linker, held)
    linked = []
    for values in lists:
        for asked in values.asked:
            candidates = tuple(item for item in held[asked] if item.field in values.fields)
            linked.append(Filtered(asked=asked, members=linker.member(asked, candidates)))
    fields = [values.field for values in linked if not values.asked.exclude]
    repeated = tuple(dict.fromkeys(name for name in fields if fields.count(name) > 1))
    order = sorted(linked, key=lambda item: item.asked.mention.start)
    return tuple(order), tuple(name for name in repeated if _is_split(name, linked, intent))


def _lists(
    intent: Intent, linker: Linker, held: dict[ValueAsked, tuple[MemberName, ...]]
) -> list[_List]:
    """Gather listed values; the members of one list are of one field, whatever each could be alone."""
    lists: list[_List] = []
    for asked in intent.values:
        fields = frozenset(item.field for item in held[asked])
        last = lists[-1] if lists else None
        if last is None or asked.exclude != last.asked[-1].exclude:
            lists.append(_List([asked], fields))
            continue
        common = last.fields & fields
        if common and (asked.link in {"and", "comma"} or _agree(linker, last.fields, fields)):
            last.asked.append(asked)
            last.fields = common
        elif asked.exclude:
            lists.append(_List([asked], fields))
        elif asked.link == "and" or (
            asked.link == "comma" and _one_hierarchy(linker, last.fields | fields)
        ):
            raise _across(asked.mention, alternative=asked.alternative)
        elif common:
            first = last.asked[-1]
            options = tuple(
                linker.qualified(first.mention, item)
                for item in held[first]
                if linker.catalog.field(item.field).role is None
            )
            word = first.mention.words
            raise Unsettled(Clarification(code="ambiguous_member", word=word, options=options))
        else:
            lists.append(_List([asked], fields))
    return lists


def _agree(linker: Linker, left: frozenset[str], right: frozenset[str]) -> bool:
    """Say whether two values alone would be of the same field."""
    return linker.preferred(tuple(sorted(left))) == linker.preferred(tuple(sorted(right)))


def _one_hierarchy(linker: Linker, fields: frozenset[str]) -> bool:
    default = {name for name in fields if linker.catalog.field(name).role is None}
    return any(default <= set(levels) for levels in linker.catalog.hierarchies.values())


def _across(mention: Mention, *, alternative: bool) -> Unsettled:
    facts = (
        {"what": "or_across_fields", "word": mention.words}
        if alternative
        else {"what": "across_fields", "word": mention.words}
    )
    return Unsettled(Refusal(code="not_supported", facts=facts))


def _is_split(name: str, linked: Sequence[Filtered], intent: Intent) -> bool:
    """Say whether the members of a field are wanted one by one: so they are unless words sum them up."""
    if intent.members:
        return intent.members == "apart"
    asked = [item.asked for item in linked if item.field == name and not item.asked.exclude]
    if any(value.alternative for value in asked):
        return False
    if intent.ranking is not None or intent.conditions:
        # Something else is ranked or picked, within these members taken together.
        return not intent.groups
    return True


def conditions(
    values: Sequence[Filtered], intent: Intent, groups: Sequence[str], linker: Linker
) -> tuple[tuple[Condition, ...], tuple[str, ...]]:
    """Return one condition a field; the share of a member needs the others, so it groups by its field instead."""
    by_field: dict[tuple[str, bool], list[Cell]] = {}
    for value in values:
        cells = by_field.setdefault((value.field, value.asked.exclude), [])
        cells.extend(item.value for item in value.members)
    if "share" in intent.modifiers and len(by_field) == 1:
        (name, excluded), _ = next(iter(by_field.items()))
        if not excluded and not intent.groups:
            if intent.grain is not None:
                word = intent.values[0].mention.words
                facts: dict[str, object] = {"what": "share_per_time", "word": word}
                raise Unsettled(Refusal(code="not_supported", facts=facts))
            shown = {
                "word": intent.values[0].mention.words,
                "field": linker.catalog.field(name).label.of(linker.language),
            }
            linker.notices.append(Notice(code="share_shown_for_all", facts=shown))
            return (), (name,)
    found = tuple(_condition(name, excluded, cells) for (name, excluded), cells in by_field.items())
    return found, tuple(groups)


def _condition(name: str, excluded: bool, cells: Sequence[Cell]) -> Condition:
    unique = tuple(dict.fromkeys(cells))
    if excluded:
        return Condition(field=name, op="not_in", value=unique)
    if len(unique) == 1:
        return Condition(field=name, op="=", value=unique[0])
    return Condition(field=name, op="in", value=unique)


def say_together(
    values: Sequence[Filtered], split: Sequence[str], intent: Intent, linker: Linker
) -> None:
    """Say so where listed members are counted together though no word asks for it."""
    if intent.members == "together":
        return
    fields = [value.field for value in values if not value.asked.exclude]
    for name in dict.fromkeys(fields):
        if fields.count(name) > 1 and name not in split:
            words = [value.asked.mention.words for value in values if value.field == name]
            notice = Notice(code="members_together", facts={"words": " + ".join(words)})
            linker.notices.append(notice)


def known_only(
    intent: Intent,
    groups: Sequence[str],
    per: str | None,
    where: Sequence[Condition],
    linker: Linker,
) -> tuple[Condition, ...]:
    """Return conditions that leave the unknown member out of a ranking: it cannot win, as nobody knows who it is.

    A share stays a share of everything, so there the unknown member keeps its row.
    """
    ranking = intent.ranking
    if ranking is None or (ranking.sorts and ranking.limit is None) or "share" in intent.modifiers:
        return ()
    kept = {item.field for item in where if item.op in {"=", "in"}}
    names = [name for name in groups if name != per and name not in kept]
    for name in names:
        linker.notices.append(Notice(code="unknown_left_out", facts={"field": name}))
    return tuple(Condition(field=name, op="not_null") for name in names)
