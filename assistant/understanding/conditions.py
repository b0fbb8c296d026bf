"""Clauses that leave things out: except, over 10,000, at least, behind target."""

from __future__ import annotations

from typing import Final, cast

from assistant.intent import ConditionAsked, Mention, MetricAsked, Modifier, Operator
from assistant.understanding.draft import Draft

_TESTS: Final = (">", ">=", "<", "<=", "=", "between")
_MADE_OF: Final[dict[str, Modifier]] = {
    "share": "share",
    "attainment": "attainment",
    "gap": "gap",
    "target": "target",
    "growth": "change_pct",
    "decline": "change_pct",
    "yoy": "change_pct",
    "mom": "change_pct",
}


def read_exceptions(draft: Draft) -> None:
    """Take the members after except, or before 以外, as left out."""
    for at in tuple(draft.free("except")):
        value = draft.pieces[at].value("except")
        found = _members(draft, at, -1 if value == "after" else 1)
        if found:
            draft.excluded.update(found)
            draft.claim(at)
        elif value == "after" and draft.excluded:
            draft.claim(at)


def _members(draft: Draft, at: int, step: int) -> list[int]:
    """Return the list of members beside a word, over and, commas and their fields' words."""
    found: list[int] = []
    at += step
    while 0 <= at < len(draft.pieces):
        piece = draft.pieces[at]
        if draft.is_member(at):
            found.append(at)
        elif not (
            piece.has("and", "or") or draft.is_skipped(at) or at in draft.qualifiers.values()
        ):
            break
        at += step
    return found


def read_conditions(draft: Draft) -> None:
    """Take comparisons with a number as conditions on a metric."""
    for at, piece in enumerate(draft.pieces):
        if at in draft.claimed or piece.kind == "number":
            continue
        if piece.has("sign"):
            _read_sign(draft, at)
        elif piece.has(*_TESTS):
            _read_comparison(draft, at)
    for at in tuple(draft.free("after")):
        _read_suffix(draft, at)
    for role, op in (("behind", "<"), ("ahead", ">=")):
        for at in tuple(draft.free(role)):
            draft.claim(at)
            if not _picks(draft):
                # 目标完成了吗: the attainment answers it, and nothing is picked.
                draft.modifiers.append("attainment")
                continue
            condition = ConditionAsked(op=cast(Operator, op), fixed=1, modifier="attainment")
            draft.conditions.append(condition)
            draft.modifiers.append("attainment")


def _picks(draft: Draft) -> bool:
    """Say whether there is something that a condition can pick: a field, or a grain."""
    named = any(draft.is_field(at) for at in range(len(draft.pieces)))
    return named or bool(draft.groups) or draft.has_role("which", "who", "each", "grain")


def _read_sign(draft: Draft, at: int) -> None:
    value = draft.pieces[at].value("sign")
    draft.claim(at)
    metric, modifier, _ = _tested(draft, at, at)
    draft.conditions.append(
        ConditionAsked(op=cast(Operator, value), fixed=0, metric=metric, modifier=modifier)
    )


def _read_comparison(draft: Draft, at: int) -> None:
    first = draft.after(at)
    if first is None or first in draft.claimed or draft.pieces[first].kind != "number":
        return
    op = next(mark.role for mark in draft.pieces[at].marks if mark.role in _TESTS)
    numbers = [first]
    if op == "between":
        second = _second_number(draft, first)
        if second is None:
            return
        numbers.append(second)
    draft.claim(at, *numbers)
    last = numbers[-1]
    _claim_closing(draft, last, op)
    metric, modifier, falls = _tested(draft, at, last)
    if modifier == "target" and _is_percent(draft, last):
        # 目标完成超过80%: a percentage of the target, not a target of so much.
        modifier = "attainment"
        draft.modifiers.append(modifier)
    if modifier == "value" and _is_of_target(draft, last):
        modifier = "attainment"
        draft.modifiers.append(modifier)
    draft.conditions.append(
        ConditionAsked(
            op=cast(Operator, op),
            numbers=tuple(draft.pieces[number].mention for number in numbers),
            metric=metric,
            modifier=modifier,
            falls=falls,
        )
    )


def _is_percent(draft: Draft, number: int) -> bool:
    return draft.pieces[number].words.rstrip().endswith(("%", "％", "percent"))


def _is_of_target(draft: Draft, number: int) -> bool:
    """Say whether a percentage is one of the target (above 80% of target), and claim the target's word."""
    goal = draft.after(number)
    if goal is None or not _is_percent(draft, number) or not draft.pieces[goal].has("target"):
        return False
    draft.claim(goal)
    return True


def _second_number(draft: Draft, first: int) -> int | None:
    link = draft.after(first)
    if link is None:
        return None
    if draft.pieces[link].has("and", "to"):
        draft_link, link = link, draft.after(link)
        if link is not None and draft.pieces[link].kind == "number":
            draft.claim(draft_link)
    if link is None or link in draft.claimed or draft.pieces[link].kind != "number":
        return None
    return link


def _claim_closing(draft: Draft, last: int, op: str) -> None:
    """Claim 之间 and the "or more" that only repeats the comparison."""
    closing = draft.after(last)
    value = draft.pieces[closing].value("after") if closing is not None else None
    if closing is not None and value in {"between", op}:
        draft.claim(closing)


def _read_suffix(draft: Draft, at: int) -> None:
    """Take 100万以上 and "100 or more"."""
    mark = draft.pieces[at].mark("after")
    number = draft.before(at)
    if mark is None or number is None or number in draft.claimed:
        return
    if draft.pieces[number].kind != "number" or mark.value == "between":
        return
    draft.claim(at, number)
    metric, modifier, falls = _tested(draft, number, at)
    draft.conditions.append(
        ConditionAsked(
            op=cast(Operator, mark.value),
            numbers=(draft.pieces[number].mention,),
            metric=metric,
            modifier=modifier,
            falls=falls,
        )
    )


def _tested(draft: Draft, first: int, last: int) -> tuple[Mention | None, Modifier, bool]:
    """Return the metric that a comparison is about (right before it, else after its number), and what is made of it."""
    at, modifier, falls = _made_before(draft, first)
    if modifier == "value" and at is not None and _is_share_of(draft, at, last):
        modifier = "share"
    following = draft.after(last)
    order = (at, following)
    if at is not None and draft.pieces[at].holders.fields and draft.is_metric(following):
        order = (following, at)
    for beside in order if modifier == "value" else (at,):
        if beside is not None and draft.is_metric(beside) and not _is_split_by(draft, beside):
            _keep(draft, beside)
            return draft.pieces[beside].mention, modifier, falls
    return None, modifier, falls


def _made_before(draft: Draft, first: int) -> tuple[int | None, Modifier, bool]:
    """Return what stands before a comparison, with the share, attainment or change between (占比超过, 下降超过)."""
    modifier: Modifier = "value"
    falls = False
    at = draft.before(first)
    while at is not None and draft.pieces[at].kind == "mark":
        made = next(
            (_MADE_OF[mark.role] for mark in draft.pieces[at].marks if mark.role in _MADE_OF), None
        )
        if made is None:
            break
        modifier = made if modifier == "value" else modifier
        falls = falls or draft.pieces[at].has("decline")
        if made in {"share", "attainment", "gap", "target"}:
            draft.claim(at)
            draft.modifiers.append(made)
        at = draft.before(at)
    return at, modifier, falls


def _keep(draft: Draft, at: int) -> None:
    """Keep a tested metric: as one that is asked for in a list, else only as tested."""
    if at > 0 and draft.pieces[at - 1].has("and"):
        draft.add_metric(at)
    elif at not in draft.metrics:
        draft.claim(at)
        draft.tested.setdefault(at, MetricAsked(mention=draft.pieces[at].mention))


def _is_share_of(draft: Draft, at: int, number: int) -> bool:
    """Say whether the metric before a percentage is the whole of a share (share of sales above 10%)."""
    before = draft.before(at)
    return (
        draft.is_metric(at)
        and before is not None
        and draft.pieces[before].has("share")
        and draft.pieces[number].words.rstrip().endswith(("%", "％"))
    )


def _is_split_by(draft: Draft, at: int) -> bool:
    """Say whether a word for a metric and a field is the field here: revenue for customers over 1 million."""
    before = at - 1
    listed = before >= 0 and draft.pieces[before].has("and")
    return bool(draft.pieces[at].holders.fields) and draft.has_other_metric(at) and not listed
