"""From text to nodes: a point in time, its neighbours (year, edge, "since", "to"), and what makes it no period."""

from __future__ import annotations

import re
from typing import Final

from assistant.understanding.time_nodes import (
    InYear,
    PartRange,
    Range,
    Since,
    Unusable,
)
from assistant.understanding.time_points import POINT_STARTS, Phrase, parse_point
from assistant.understanding.time_rules import (
    spaced,
)

_DURING: Final = spaced("_(?:期间|间(?!隔)|之间|以内|之内|内(?![容部存销衣自陆蒙]))")
_BOUNDED_STARTS: Final = frozenset("besf自从在介")
_OPEN_STARTS: Final = frozenset("abcdehlmnopqstuwxy每历各截不除")
_SINCE_BEFORE: Final = spaced(
    r"(?:ever )?(?:since|starting(?: in| from| on)?|beginning(?: in)?) (?:the )?(?:(?:start|beginning) of (?:the )?)?"
    r"|(?<![来各独])自从?_(?:从_)?"
)
_SINCE_AFTER: Final = spaced(
    r"(?:的)?_(?:年?初)?_(?:以来|至今|迄今|起至今|到现在|到目前|到今天|至今天|开始至今|开始|起(?![来步飞点伏]))(?:为止)?"
    r"| (?:onwards?|until now|till now|up to now)(?!\w)|_(?:to|till|until|through|-)_(?:now|date|present|today)(?!\w)"
)
_FROM_ON: Final = spaced(r"_(?:起|开始|以后|之后)| on(?!\w)")
_FROM: Final = spaced("from (?:the )?(?:(?:start|beginning) of (?:the )?)?|(?<![自服])从_")
_BETWEEN: Final = spaced("between (?:the )?|(?<![存所现正内实])在_|介于_")
_AND: Final = spaced(" (?:and|to) (?:the )?|_(?:和|与|跟|到|至)_")
_AND_ZH: Final = spaced("_[和与跟]_")
_TO: Final = spaced(
    r"(?:月?初)?_(?:到|至|-{1,2}|~)_| (?:to|through|thru|until|till) (?:the )?(?:end of (?:the )?)?"
)
_PLAIN_TO: Final = re.compile(r"\s+to\s", re.ASCII)
_CONTRAST: Final = re.compile(r"compar\w*|\bvs\b|versus|relative|对比|相比", re.ASCII)
_END_OF: Final = spaced("(?:年?[底末])")
# What opens a range at an end that the data decide, or shifts it by an unsaid amount.
_OPEN_BEFORE: Final = spaced(
    r"(?:until|till|before|prior to|up (?:to|until)|after|as (?:of|at)|by the end of|end of|start of|beginning of|the end of"
    r"|(?:months?|weeks?|quarters?|years?|days?|half) (?:to|ending|ended|through|up to|of|starting|beginning)(?: in| on)?"
    r"|early|late|mid|every|each|(?:same|corresponding|comparable) (?:period|time|month|quarter|week|day|days|dates|season)"
    r"(?: (?:of|in|from))?|excluding|except(?: for)?|other than|next|last|past|previous|[yqm]td|(?:year|quarter|month)[- ]to[- ]date)[ -](?:the |of |in )?|(?:每|历|各)年_的?_"
    r"|截(?:至|止到?|止至)_|不含_|除了?_"
)
_MONTH_OR_QUARTER_AFTER: Final = re.compile(r"(?:next|last|past|previous)[ -]+(?:the )?$", re.ASCII)
_OPEN_AFTER: Final = spaced(
    r"(?:的)?_(?:同期|同月|同季度?|同周|同日(?!本)|年?[底末](?![级位])|年?初(?![中级次始])|月[底末初]|之前|以前|为止|之后|以后"
    r"|前(?![0-9一二三四五六七八九十百几 ]|端|台)|后(?![0-9一二三四五六七八九十百几 ]|端|台|勤))"
    r"| (?:same period|ytd)(?!\w)"
)


def parse(text: str, position: int) -> Phrase | None:
    """Return the longest phrase that starts at a position of a normalised text, or None.

    An `Unusable` node marks a stretch that must not be read in smaller pieces.
    """
    found = [_bounded(text, position), _point_or_range(text, position)]
    best = max((phrase for phrase in found if phrase), key=lambda phrase: phrase.end, default=None)
    opened = _open(text, position)
    return opened if opened and (best is None or opened.end > best.end) else best


def starts() -> str:
    """Return the characters that a phrase can start with."""
    return "".join(sorted(POINT_STARTS | _BOUNDED_STARTS | _OPEN_STARTS))


def _bounded(text: str, position: int) -> Phrase | None:
    """Parse since X, from X to Y, between X and Y."""
    if text[position] not in _BOUNDED_STARTS:
        return None
    for opening, build in (
        (_SINCE_BEFORE, _from_since),
        (_FROM, _from_from),
        (_BETWEEN, _from_between),
    ):
        match = opening.match(text, position)
        point = parse_point(text, match.end()) if match else None
        if point and not _is_unusable(point) and (phrase := build(text, position, point)):
            return phrase
    return None


def _from_since(text: str, position: int, point: Phrase) -> Phrase:
    after = _SINCE_AFTER.match(text, point.end) or _FROM_ON.match(text, point.end)
    if after:
        return Phrase(after.end(), Since(point.node))
    return _range(text, position, point, _TO, spoken=True) or Phrase(point.end, Since(point.node))


def _from_from(text: str, position: int, point: Phrase) -> Phrase | None:
    if isinstance(point.node, Range) or (
        isinstance(point.node, InYear) and isinstance(point.node.part, PartRange)
    ):
        return point
    after = _SINCE_AFTER.match(text, point.end) or _FROM_ON.match(text, point.end)
    return (
        Phrase(after.end(), Since(point.node))
        if after
        else _range(text, position, point, _TO, spoken=True)
    )


def _from_between(text: str, position: int, point: Phrase) -> Phrase | None:
    return _range(text, position, point, _AND, spoken=True)


def _open(text: str, position: int) -> Phrase | None:
    opening = _OPEN_BEFORE.match(text, position) if text[position] in _OPEN_STARTS else None
    if not opening:
        return None
    point = parse_point(text, opening.end())
    if point is None:
        return None
    if _MONTH_OR_QUARTER_AFTER.search(opening[0]) and not isinstance(point.node, InYear):
        return None
    return Phrase(point.end, Unusable())


def _point_or_range(text: str, position: int) -> Phrase | None:
    point = parse_point(text, position)
    if point is None or _is_unusable(point):
        return point
    since = _SINCE_AFTER.match(text, point.end)
    if since:
        return Phrase(since.end(), Since(point.node))
    joined = _range(text, position, point, _TO, spoken=False) or _enclosed(text, position, point)
    if joined:
        return joined
    opened = _OPEN_AFTER.match(text, point.end)
    if opened:
        return Phrase(opened.end(), Unusable())
    during = _DURING.match(text, point.end)
    return Phrase(during.end(), point.node, "nothing", point.year) if during else point


def _enclosed(text: str, position: int, first: Phrase) -> Phrase | None:
    """Parse X和Y之间, which without the last word would be a list."""
    joined = _range(text, position, first, _AND_ZH, spoken=True)
    words = text[position : joined.end] if joined else ""
    return joined if words.endswith("间") and not words.endswith("期间") else None


def _range(
    text: str, position: int, first: Phrase, joint: re.Pattern[str], *, spoken: bool
) -> Phrase | None:
    """Join a point with the next one; "compare Q1 to Q2" joins nothing unless "from" or "between" is spoken."""
    separator = joint.match(text, first.end)
    if not separator or _is_unusable(first):
        return None
    if (
        not spoken
        and _PLAIN_TO.match(separator[0])
        and _CONTRAST.search(text, max(0, position - 40), position)
    ):
        return None
    last = parse_point(text, separator.end())
    if last is None or _is_unusable(last):
        return None
    end = _END_OF.match(text, last.end)
    during = _DURING.match(text, last.end)
    closed = end or during
    return Phrase(closed.end() if closed else last.end, Range(first.node, last.node))


def _is_unusable(phrase: Phrase) -> bool:
    return isinstance(phrase.node, Unusable)
