"""Clauses of plans reached or missed: behind their revenue target, 没有完成销售目标, below 80 % of target."""

from __future__ import annotations

from typing import Final

from assistant.intent import ConditionAsked, Operator
from assistant.understanding.draft import Draft

_TESTS: Final[tuple[Operator, ...]] = (">=", "<=", ">", "<")


def read_goals(draft: Draft) -> None:
    """Take words that reach, miss or compare with a target as tests of the attainment, or as asking for it."""
    if not any(draft.is_goal(at) for at in range(len(draft.pieces))):
        return
    for at in tuple(draft.free("far")):
        draft.claim(at)
        draft.modifiers.append("attainment")
    for at in tuple(draft.free("miss", "reach", *_TESTS)):
        _read_goal(draft, at)
    for role, op in (("behind", "<"), ("ahead", ">=")):
        for at in tuple(draft.free(role)):
            if _percent(draft, draft.after(at)):
                _test(draft, at, "<" if op == "<" else ">=", draft.after(at))


def _read_goal(draft: Draft, at: int) -> None:
    goal = _goal_after(draft, at)
    piece = draft.pieces[at]
    op = next((role for role in _TESTS if piece.has(role)), None)
    if goal is None:
        before = draft.before(at)
        if not draft.is_goal(before) or op is not None:
            return
        goal = before
    number = draft.after(max(at, goal or at))
    if not _percent(draft, number):
        number = None
    if op is None and piece.has("miss") and number is None:
        op = "<"
    elif op is None and piece.has("reach"):
        following = draft.after(at)
        tested = following is not None and draft.pieces[following].has(*_TESTS)
        if tested or (number is None and not _picks(draft, at)):
            draft.claim(at)
            draft.modifiers.append("attainment")
            return
        op = ">="
    elif op is not None and number is None:
        # A plan is missed or reached; "over target" and "at least the target" mean the same.
        op = "<" if op in {"<", "<="} else ">="
    if op is None:
        return
    _test(draft, at, op, number)
    if goal is not None and draft.pieces[goal].kind == "mark":
        draft.claim(goal)
        draft.modifiers.append("target")


def _goal_after(draft: Draft, at: int) -> int | None:
    """Return the target after a word, over the metric that it is of (没完成销售额目标)."""
    following = draft.after(at)
    if draft.is_goal(following):
        return following
    if following is not None and draft.is_metric(following):
        following = draft.after(following)
        return following if draft.is_goal(following) else None
    return None


def _picks(draft: Draft, at: int) -> bool:
    """Say whether groups are picked that reached their target, rather than how far they are."""
    if not draft.has_role("which", "who"):
        return False
    following = draft.after(at)
    return following is None or not draft.pieces[following].has("count")


def _percent(draft: Draft, at: int | None) -> bool:
    if at is None or at in draft.claimed or draft.pieces[at].kind != "number":
        return False
    words = draft.pieces[at].words.rstrip()
    return (
        words.endswith(("%", "％", "成", "half", "一半", "percent", "per cent")) or "分之" in words
    )


def _test(draft: Draft, at: int, op: Operator, number: int | None) -> None:
    draft.claim(at)
    draft.modifiers.append("attainment")
    if number is None:
        draft.conditions.append(ConditionAsked(op=op, fixed=1, modifier="attainment"))
        return
    draft.claim(number)
    mention = draft.pieces[number].mention
    closing = draft.after(number)
    if closing is not None and draft.pieces[closing].value("after") == op:
        draft.claim(closing)
    draft.conditions.append(ConditionAsked(op=op, numbers=(mention,), modifier="attainment"))
