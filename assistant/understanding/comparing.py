"""Clauses that set things side by side: 同比, 环比, growth, A versus B, this year and last year."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Final, cast

from assistant.intent import Base, CompareAsked, ConditionAsked, Grain, Modifier, PeriodAsked
from assistant.understanding.draft import Draft

_ENCLOSED: Final = re.compile(r"\bbetween\b|之间|介于", re.IGNORECASE)
_MADE: Final[tuple[Modifier, ...]] = ("share", "target", "attainment", "gap")


def read_modifiers(draft: Draft) -> None:
    """Take share, target, attainment and gap as things made of the metrics."""
    for role in _MADE:
        for at in tuple(draft.free(role)):
            if draft.pieces[at].value("gap") != "either" and not _holds_either(draft, at):
                draft.claim(at)
                draft.modifiers.append(role)
    for at in tuple(draft.free("gap", "differ")):
        if _is_between_two(draft):
            continue
        if draft.pieces[at].has("gap") or _names_goal(draft):
            draft.claim(at)
            draft.modifiers.append("gap")
    for at in tuple(draft.free("percent")):
        # A lone percent sign asks for a share, unless it goes with what is a percentage anyway.
        draft.claim(at)
        if not draft.modifiers and not any(
            piece.has("growth", "decline", "yoy", "mom") for piece in draft.pieces
        ):
            draft.modifiers.append("share")


def _holds_either(draft: Draft, at: int) -> bool:
    return any(mark.role == "gap" and mark.value == "either" for mark in draft.pieces[at].marks)


def _names_goal(draft: Draft) -> bool:
    goals = any(draft.is_goal(at) for at in range(len(draft.pieces)))
    return goals or bool({"target", "attainment", "gap"} & {*draft.modifiers})


def _is_between_two(draft: Draft) -> bool:
    """Say whether a difference is one of two periods or two members: no target is spoken of."""
    if _names_goal(draft):
        return False
    times = {piece.phrase for piece in draft.pieces if piece.kind == "time"}
    # "The gap between Q1 and Q2" holds its two periods in one phrase, which is no period to have a target.
    enclosed = any(map(_ENCLOSED.search, times))
    return (
        len(times) > 1 or enclosed or _has_members(draft) or draft.has_role("versus", "yoy", "mom")
    )


def read_comparisons(draft: Draft) -> None:
    """Decide what is compared with what, and which periods are asked for."""
    times = _times(draft)
    base = _stated_base(draft)
    growth = _growth(draft)
    if base is None:
        base = growth
    elif growth is not None:
        base = replace(base, growth=True)
    against = _against(draft, times, named=base is not None)
    marks = tuple(draft.free("versus", "compare", "gap", "differ"))
    if base is not None:
        draft.claim(*marks)
        base = replace(base, members=bool(marks) and against is None and _has_members(draft))
        if against is not None:
            times.remove(against)
            base = replace(base, against=_period(draft, against))
        elif len(times) == 2:
            ordered = _is_ordered(draft, times)
            base = CompareAsked(
                mention=base.mention, periods=True, growth=base.growth, ordered=ordered
            )
    elif marks:
        base = _marked(draft, marks, times, against)
    if base is not None and draft.compare is not None:
        # "Which grew more, A or B": the members were set side by side before the change was read.
        base = replace(base, members=True)
        if base.growth and draft.ranking is not None:
            draft.ranking = replace(draft.ranking, growth=True)
    draft.compare = base or draft.compare
    draft.periods.extend(_period(draft, at) for at in times)


def _times(draft: Draft) -> list[int]:
    """Claim the periods; two pieces of one period (Q3 sales in 2025) count once."""
    found: dict[str, int] = {}
    for at, piece in enumerate(draft.pieces):
        if piece.kind == "time":
            draft.claim(at)
            found.setdefault(piece.phrase, at)
    return list(found.values())


def _period(draft: Draft, at: int) -> PeriodAsked:
    return PeriodAsked(mention=draft.pieces[at].mention, phrase=draft.pieces[at].phrase)


def _stated_base(draft: Draft) -> CompareAsked | None:
    found = None
    for role, name in (("yoy", "previous_year"), ("mom", "previous_period")):
        for at in tuple(draft.free(role)):
            mark = draft.pieces[at].mark(role)
            draft.claim(at)
            grain = cast(Grain, mark.value) if mark is not None and mark.value else None
            running = draft.pieces[at].value("running")
            if found is None:
                found = CompareAsked(
                    mention=draft.pieces[at].mention,
                    base=cast(Base, name),
                    grain=grain,
                    running=cast(Grain, running) if running else None,
                )
    return found


def _growth(draft: Draft) -> CompareAsked | None:
    found = None
    for role in ("growth", "decline"):
        for at in tuple(draft.free(role)):
            draft.claim(at)
            found = found or CompareAsked(
                mention=draft.pieces[at].mention, base="default", growth=True
            )
            if _picks(draft, at) and draft.ranking is None and not draft.conditions:
                draft.conditions.append(
                    ConditionAsked(
                        op=">" if role == "growth" else "<", fixed=0, modifier="change_pct"
                    )
                )
    return found


def _picks(draft: Draft, at: int) -> bool:
    """Say whether a change picks the groups that have it (which fell, 下降的渠道) rather than being shown for all."""
    if draft.asks_which:
        return True
    following = draft.after(at)
    between = draft.text[draft.pieces[at].end : draft.pieces[following].start] if following else ""
    if following in draft.groups or (draft.is_field(following) and following is not None):
        return bool(between.strip()) or draft.pieces[at].value("decline") == "fact"
    bare = any(draft.is_field(number) for number in range(len(draft.pieces)))
    return draft.pieces[at].value("decline") == "fact" and bare


def _against(draft: Draft, times: list[int], *, named: bool) -> int | None:
    """Return the one period that can only be a base: it stands right beside the word that compares."""
    if len(times) > 1 and not named:
        return None
    for at in times:
        before, after = draft.before(at), draft.after(at)
        if before is not None and draft.pieces[before].has("versus"):
            return at
        if (
            before is not None
            and before > 0
            and draft.pieces[before].has("compare")
            and not _has_members(draft)
        ):
            return at
        if (
            after is not None
            and draft.pieces[after].has("versus")
            and before is not None
            and draft.pieces[before].has("and")
        ):
            draft.claim(before)
            return at
        if (
            named
            and before is not None
            and draft.pieces[before].has("yoy", "mom")
            and len(times) > 1
        ):
            return at
    return None


def _is_ordered(draft: Draft, times: list[int]) -> bool:
    """Say whether the first period is held against the second: A versus B, not A and B compared."""
    first, second = times
    return any(draft.pieces[at].has("versus") for at in range(first + 1, second))


def _has_members(draft: Draft) -> bool:
    return sum(draft.is_member(at) for at in range(len(draft.pieces))) > 1


def _marked(
    draft: Draft, marks: tuple[int, ...], times: list[int], against: int | None
) -> CompareAsked | None:
    """Read a bare "compare" or "versus" by what stands around it."""
    mention = draft.pieces[marks[0]].mention
    if against is not None:
        times.remove(against)
        draft.claim(*marks)
        return CompareAsked(mention=mention, against=_period(draft, against))
    if len(times) == 2:
        draft.claim(*marks)
        return CompareAsked(mention=mention, periods=True, ordered=_is_ordered(draft, times))
    if _has_members(draft):
        draft.claim(*marks)
        return CompareAsked(mention=mention, members=True)
    if "target" in draft.modifiers:
        draft.claim(*marks)
        draft.modifiers.append("attainment")
        return None
    everything = range(len(draft.pieces))
    metrics = [at for at in everything if draft.is_metric(at)]
    split = draft.groups or draft.grain or any(draft.is_field(at) for at in everything)
    if split or len(metrics) > 1 or draft.modifiers:
        # A difference needs two things; a comparison may be one of all members.
        draft.claim(*(at for at in marks if draft.pieces[at].has("versus", "compare")))
    return None
