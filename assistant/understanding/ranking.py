"""Clauses of ranking: top 5, 前三名, highest, 排名."""

from __future__ import annotations

from dataclasses import replace
from typing import Final, cast

from assistant.intent import CompareAsked, Direction, Mention, RankingAsked, Unsupported
from assistant.understanding.draft import Draft
from assistant.understanding.lexicon import plural
from assistant.understanding.quantities import parse_number
from assistant.understanding.splitting import take_grain
from assistant.understanding.text import is_han

_CHANGES: Final = ("growth", "decline", "yoy", "mom")
_SPEEDS: Final[dict[str, Direction]] = {"fastest": "highest", "slowest": "lowest"}
_MOST: Final = 10_000
_UPWARDS: Final[dict[Direction, bool]] = {
    "highest": True, "best": True, "lowest": False, "worst": False,
}  # fmt: skip


def read_rankings(draft: Draft) -> None:
    """Take top 5, 前三名, highest, 排名 and their kin as an order and a cut."""
    for at in tuple(draft.free("top", "bottom")):
        _read_top(draft, at)
    for at in tuple(draft.free("super")):
        _read_superlative(draft, at)
    for at in tuple(draft.free("first", "last")):
        direction: Direction = "highest" if draft.pieces[at].has("first") else "lowest"
        draft.claim(at)
        mention = draft.pieces[at].mention
        draft.ranking = draft.ranking or RankingAsked(direction=direction, limit=1, mention=mention)
    for at, piece in enumerate(draft.pieces):
        if piece.value("measure") == "top" and draft.ranking is None:
            _read_big(draft, at)
    for at in tuple(draft.free("rank", "sort")):
        _read_order(draft, at)
    _read_order_metric(draft)


def _number(draft: Draft, at: int | None) -> int | None:
    """Return a free whole number from 1 on."""
    if at is None or at in draft.claimed or draft.pieces[at].kind != "number":
        return None
    value = parse_number(draft.pieces[at].words)
    if value is None or value != value.to_integral_value() or not 1 <= value <= _MOST:
        return None
    return int(value)


def _target(draft: Draft, at: int | None, *, surely: bool = False) -> int | None:
    """Claim a field's word as what is ranked; a metric's word too only where nothing else is ranked or measured."""
    if at is None or not draft.is_field(at):
        return None
    doubtful = bool(draft.pieces[at].holders.metrics) and not surely
    if doubtful and (draft.groups or not draft.has_other_metric(at)):
        return None
    draft.add_group(at)
    return at


def _mention(draft: Draft, at: int | None) -> Mention | None:
    return None if at is None else draft.pieces[at].mention


def _read_top(draft: Draft, at: int) -> None:
    direction: Direction = "highest" if draft.pieces[at].has("top") else "lowest"
    following = draft.after(at)
    limit = _number(draft, following)
    if limit is not None and following is not None:
        draft.claim(following)
        following = draft.after(following)
    target = _target(draft, following, surely=True)
    timed = following is not None and target is None and take_grain(draft, following)
    if limit is None and target is None and not timed:
        return
    draft.claim(at)
    if draft.ranking is not None:
        _report_second(draft, at)
        return
    few = limit is None and following is not None and plural(draft.pieces[following].words)
    draft.ranking = RankingAsked(
        mention=draft.pieces[at].mention,
        direction=direction,
        limit=limit or (None if few else 1),
        few=few,
        target=_mention(draft, target),
    )


def _read_big(draft: Draft, at: int) -> None:
    """Take 十大客户 as the ten highest."""
    limit = _number(draft, at - 1) if at > 0 else None
    if limit is None or at + 1 >= len(draft.pieces):
        return
    target = _target(draft, at + 1, surely=True)
    if target is not None:
        draft.claim(at - 1, at)
        draft.ranking = RankingAsked(
            direction="highest",
            limit=limit,
            target=_mention(draft, target),
            mention=draft.pieces[at].mention,
        )


def _read_superlative(draft: Draft, at: int) -> None:
    value = draft.pieces[at].value("super") or ""
    nearby = (draft.before(at), draft.after(at))
    beside = [draft.pieces[near] for near in nearby if near is not None]
    speed = value in _SPEEDS
    if speed and not any(piece.has(*_CHANGES) for piece in draft.pieces):
        return
    draft.claim(at)
    if draft.ranking is not None:
        _read_second(draft, at, cast(Direction, _SPEEDS.get(value) or value))
        return
    number = next((near for near in nearby if _number(draft, near)), None)
    if number is None:
        number = _counted(draft)
    limit = _number(draft, number)
    if number is not None:
        draft.claim(number)
    following = number if number is not None and number > at else at
    by = _metric_beside(draft, at)
    following = draft.after(by if by is not None and by > following else following) or at
    target = _target(draft, following)
    if target is None and draft.grain is None:
        take_grain(draft, following)
    ranked = target if target is not None else next(iter(draft.groups), None)
    few = limit is None and ranked is not None and _several(draft, ranked)
    draft.ranking = RankingAsked(
        mention=draft.pieces[at].mention,
        direction=_direction(value, falls=any(piece.has("decline") for piece in beside)),
        limit=limit or (None if few else 1),
        few=few,
        by=_mention(draft, by),
        target=_mention(draft, target),
        growth=speed or any(piece.has(*_CHANGES) for piece in beside),
    )


def _read_second(draft: Draft, at: int, direction: Direction) -> None:
    """Take the superlative of "top 5 worst" for the order of the top; another one asks for two rankings at once."""
    first = draft.ranking
    if first is None:
        return
    if _UPWARDS[first.direction] == _UPWARDS[direction]:
        beside = _metric_beside(draft, at)
        if (
            first.by is not None
            and beside is not None
            and first.by.start != draft.pieces[beside].start
        ):
            _report_second(draft, at)
        return
    before = draft.before(at)
    follows = before is not None and (
        draft.pieces[before].has("top") or draft.pieces[before].kind == "number"
    )
    if follows and first.mention is not None and first.direction == "highest":
        draft.ranking = replace(first, direction=direction)
    else:
        _report_second(draft, at)


def _report_second(draft: Draft, at: int) -> None:
    mention = draft.pieces[at].mention
    draft.unsupported.append(Unsupported(what="two_rankings", mention=mention))


def _counted(draft: Draft) -> int | None:
    """Return the number before the ranked field that stands apart from its superlative (the 3 cities with the lowest …)."""
    for at in range(len(draft.pieces)):
        following = draft.after(at)
        if following is None or not _number(draft, at):
            continue
        if draft.is_field(following) or following in draft.groups:
            _target(draft, following, surely=True)
            return at
    return None


def _direction(value: str, *, falls: bool) -> Direction:
    direction = _SPEEDS.get(value) or cast(Direction, value)
    if falls:
        return "lowest" if direction in {"highest", "best"} else "highest"
    return direction


def _several(draft: Draft, at: int) -> bool:
    """Say whether more than one winner is asked for: an English plural, or 哪些."""
    words = draft.pieces[at].words
    if not is_han(words):
        return plural(words)
    before = draft.before(at)
    marks = draft.pieces[before].marks if before is not None else ()
    which = {mark.value for mark in marks if mark.role == "which"}
    return bool(which) and "one" not in which


def read_comparatives(draft: Draft) -> None:
    """Take "which is higher, A or B" as the members side by side, in that order."""
    members = [at for at in range(len(draft.pieces)) if draft.is_member(at)]
    for at in tuple(draft.free("more")):
        if len(members) > 1 and draft.ranking is None:
            draft.claim(at)
            direction = cast(Direction, draft.pieces[at].value("more"))
            draft.ranking = RankingAsked(direction=direction)
            draft.compare = CompareAsked(mention=draft.pieces[at].mention, members=True)


def _metric_beside(draft: Draft, at: int) -> int | None:
    """Return the metric that an order is about: the one right before or right after its word."""
    for beside in (draft.before(at), draft.after(at)):
        if (
            beside is not None
            and draft.is_metric(beside)
            and not draft.pieces[beside].holders.fields
        ):
            return beside
    return None


def _read_order(draft: Draft, at: int) -> None:
    draft.claim(at)
    following = draft.after(at)
    if following is not None and draft.is_field(following):
        _target(draft, following)
    by = _metric_beside(draft, at)
    piece = draft.pieces[at]
    direction = cast(Direction, piece.value("rank") or piece.value("sort"))
    if draft.ranking is None or (draft.ranking.limit is None and direction == "lowest"):
        if by is None and draft.ranking is not None and draft.ranking.by is not None:
            draft.ranking = replace(draft.ranking, direction=direction)
            return
        nearby = (draft.before(at), draft.after(at))
        draft.ranking = RankingAsked(
            direction=direction,
            by=_mention(draft, by),
            sorts=piece.has("sort"),
            growth=any(near is not None and draft.pieces[near].has(*_CHANGES) for near in nearby),
            mention=piece.mention,
        )


def _read_order_metric(draft: Draft) -> None:
    """Take the metric after "by" as what decides the order (top 5 customers by margin)."""
    if draft.ranking is None or draft.ranking.by is not None:
        return
    for at, piece in enumerate(draft.pieces):
        following = draft.after(at)
        if following is None or not piece.has("by"):
            continue
        if draft.pieces[following].has(*_CHANGES):
            draft.ranking = replace(draft.ranking, growth=True)
            return
        if draft.is_metric(following):
            beyond = draft.after(following)
            grows = beyond is not None and draft.pieces[beyond].has(*_CHANGES)
            mention = draft.pieces[following].mention
            growth = draft.ranking.growth or grows
            draft.ranking = replace(draft.ranking, by=mention, growth=growth)
            return
