"""Clauses of splitting: how many, by, each, which, who; a field's word beside its own member."""

from __future__ import annotations

from typing import Final, cast

from assistant.intent import CompareAsked, Grain, GroupAsked
from assistant.understanding.draft import Draft
from assistant.understanding.text import is_han, normalise

_IS: Final = frozenset({"为", "是", "is"})
_SPLITTERS: Final = ("by", "each", "which", "top", "bottom", "super", "count")
# What makes a change one between two periods, not one over time.
_COMPARED: Final = ("yoy", "mom", "versus", "compare")


def read_counts(draft: Draft) -> None:
    """Take "how many customers" as the metric that counts them; a how many that counts nothing is filler."""
    for at in tuple(draft.free("count")):
        follows = draft.pieces[at].value("count") == "after"
        other = draft.before(at) if follows else _counted(draft, at)
        if not follows and draft.is_metric(draft.before(at)):
            other = None
        if other is None and not follows and _ends(draft, at):
            # 上海的客户有多少: with nothing behind it, what stands before is counted.
            other = draft.before(at)
        if other is not None and _is_countable(draft, other):
            _count(draft, at, other)
        elif not follows or draft.pieces[at].has("filler") or len(draft.pieces[at].words) > 2:
            draft.claim(at)


def _counted(draft: Draft, at: int) -> int | None:
    """Return what is counted after a how many, over the members that describe it (how many strategic customers)."""
    other = draft.after(at)
    while draft.is_member(other) and other is not None:
        other = draft.after(other)
    return other


def _ends(draft: Draft, at: int) -> bool:
    before = draft.before(at)
    if before is None or draft.after(at) is not None or draft.has_other_metric(before):
        return False
    return bool(draft.pieces[before].holders.fields or draft.pieces[before].holders.entities)


def _is_countable(draft: Draft, at: int) -> bool:
    entity = at not in draft.claimed and bool(draft.pieces[at].holders.entities)
    return entity or draft.is_field(at) or draft.is_metric(at)


def _count(draft: Draft, at: int, other: int) -> None:
    piece = draft.pieces[other]
    draft.claim(at)
    if piece.holders.metrics:
        draft.add_metric(other)
    elif draft.lexicon.counts(piece.words):
        draft.add_metric(other, counted=True)
    else:
        draft.claim(other)
        draft.uncounted.append(piece.mention)


def read_qualifiers(draft: Draft) -> None:
    """Let a field's word beside its own member say which field the member is of (华东大区, the East region)."""
    for at, piece in enumerate(draft.pieces):
        if not draft.is_field(at) or _is_split(draft, at):
            continue
        if piece.holders.metrics and not draft.has_other_metric(at):
            continue
        for beside in (at - 1, at + 1, at + 2):
            if _qualifies(draft, at, beside):
                draft.qualifiers[beside] = at
                draft.claim(at)
                break


def _is_split(draft: Draft, at: int) -> bool:
    before = draft.before(at)
    if before is None:
        return False
    return draft.pieces[before].kind == "number" or draft.pieces[before].has(*_SPLITTERS)


def _qualifies(draft: Draft, at: int, beside: int) -> bool:
    if not 0 <= beside < len(draft.pieces) or beside in draft.qualifiers:
        return False
    if not draft.is_member(beside):
        return False
    left, right = (draft.pieces[number] for number in sorted((at, beside)))
    gap = draft.text[left.end : right.start].strip(" :：\"'“”=")
    if at < beside and gap in _IS:
        gap = ""
    members = draft.pieces[beside].holders.members
    fields = draft.pieces[at].holders.fields
    return not gap and draft.lexicon.belongs(members, fields)


def read_splits(draft: Draft) -> None:
    """Take what follows by, each and which as groups or as a time grain."""
    for at in tuple(draft.free("grain")):
        if draft.grain in {None, draft.pieces[at].value("grain")}:
            draft.grain = cast(Grain, draft.pieces[at].value("grain"))
            draft.claim(at)
            _read_list(draft, at, each=False)
    for at in tuple(draft.free("by", "each", "which")):
        if draft.is_free(at):
            _read_split(draft, at)
    compared = draft.has_role(*_COMPARED) or sum(piece.kind == "time" for piece in draft.pieces) > 1
    for at in tuple(draft.free("trend")):
        draft.claim(at)
        if draft.pieces[at].value("trend") != "change" or not compared:
            draft.grain = draft.grain or "fitting"
    draft.claim(*draft.free("split"))


def _read_split(draft: Draft, at: int) -> None:
    piece = draft.pieces[at]
    which, each = piece.has("which"), piece.has("each")
    target = draft.after(at)
    if which and target is not None and draft.pieces[target].kind == "number":
        target = draft.after(target)
    if piece.value("which") == "time":
        draft.grain, draft.asks_which = draft.grain or "month", True
        draft.claim(at)
    elif target is not None and take_grain(draft, target):
        draft.claim(at)
        draft.asks_which |= which
    elif target is not None and _splits(draft, target, by=piece.has("by")):
        draft.claim(at)
        draft.asks_which |= which
        draft.add_group(target, each=each)
        if not (which and _read_possession(draft, target)):
            _read_list(draft, target, each=each)
    elif (
        which
        or piece.has("filler")
        or (piece.has("by") and draft.is_metric(target))
        or target is None
        or draft.pieces[target].has("grain", "trend", "split", "by", "each", "which")
    ):
        draft.claim(at)


def _read_possession(draft: Draft, at: int) -> bool:
    """Read 哪个主管的团队, which manager's team as asking for the first: whose the second is says nothing more."""
    following = draft.after(at)
    if following is None or not draft.is_field(following):
        return False
    owner, owned = draft.pieces[at], draft.pieces[following]
    between = [draft.pieces[number] for number in range(at + 1, following)]
    linked = len(between) == 1 and between[0].has("of") and is_han(between[0].words)
    possessive = not between and normalise(owner.words).endswith(("'s", "s'"))
    if owned.holders.metrics or not (linked or possessive):
        return False
    draft.claim(following)
    return True


def take_grain(draft: Draft, at: int) -> bool:
    """Take a word like month as the time grain, where it stands as something to split by."""
    value = draft.pieces[at].value("unit")
    if value is None or not draft.is_free(at) or draft.grain not in {None, value}:
        return False
    draft.grain = cast(Grain, value)
    draft.claim(at)
    _read_list(draft, at, each=False)
    return True


def _splits(draft: Draft, at: int, *, by: bool) -> bool:
    """Say whether a word is a field to split by; by a word that is a metric too only where another is measured."""
    if not draft.is_field(at):
        return False
    if not draft.pieces[at].holders.metrics or not by:
        return True
    return draft.has_other_metric(at) and not draft.groups


def _read_list(draft: Draft, at: int, *, each: bool) -> None:
    """Take the rest of a list: by region, channel and month."""
    following = draft.after(at)
    while following is not None and draft.pieces[following].has("and"):
        following = draft.after(following)
    if following is None or take_grain(draft, following):
        return
    gap = draft.text[draft.pieces[at].end : draft.pieces[following].start].strip()
    if gap and draft.is_field(following) and not draft.pieces[following].holders.metrics:
        draft.add_group(following, each=each)
        _read_list(draft, following, each=each)


def read_open_groups(draft: Draft) -> None:
    """Take who and where as a group to be found, unless a group is named already."""
    named = bool(draft.groups) or any(
        draft.is_field(at) and not piece.holders.metrics for at, piece in enumerate(draft.pieces)
    )
    for at in tuple(draft.free("who")):
        draft.claim(at)
        draft.asks_which = True
        if draft.compare is None and _asks_for_members(draft, at):
            # 上海和杭州谁的销售额更高: which of the two.
            draft.compare = CompareAsked(mention=draft.pieces[at].mention, members=True)
        elif draft.compare is not None and draft.compare.members:
            continue
        elif not named:
            place = draft.pieces[at].value("who") == "place"
            mention = draft.pieces[at].mention
            draft.groups[at] = GroupAsked(mention=mention, open="place" if place else "person")


def _asks_for_members(draft: Draft, at: int) -> bool:
    before = draft.before(at)
    members = [number for number in range(at) if draft.is_member(number)]
    return len(members) > 1 and before == members[-1]
