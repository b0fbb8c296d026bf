"""What is understood and cannot be built, and the words that tell: a filter on a ranking, the whole as a base, SQL."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Final

from assistant.intent import Intent, Unsupported
from assistant.understanding import words_en, words_zh
from assistant.understanding.draft import Draft
from assistant.understanding.outcome import Refusal, Unsettled
from assistant.understanding.text import is_han, normalise

_WITHIN_ZH: Final = re.compile(words_zh.WITHIN)
_WITHIN_EN: Final = re.compile(words_en.WITHIN)
_AMONG_EN: Final = re.compile(words_en.AMONG)
_SIGNS: Final = re.compile(r"[;；`]|--|/\*")
_SQL: Final = re.compile(
    r"\b(?:select|drop|delete|insert|update|alter|union|table)\b", re.ASCII | re.IGNORECASE
)
_BETWEEN: Final = ("versus", "compare", "differ")
_TESTS: Final = (">", ">=", "<", "<=", "versus")


def read_unbuildable(draft: Draft) -> None:
    """Report what the clauses understood one by one and nothing can answer together."""
    _read_within(draft)
    _read_whole(draft)
    _read_shares(draft)
    _read_over_time(draft)


def _report(draft: Draft, item: Unsupported) -> None:
    draft.unsupported.append(item)


def _read_within(draft: Draft) -> None:
    """Report a filter on the outcome of a ranking (…里有哪些是…, among the top 10, which are …)."""
    ranking = draft.ranking
    if ranking is None or ranking.mention is None or not (ranking.limit or ranking.few):
        return
    plain = normalise(draft.text)
    marks = [range(piece.start, piece.end) for piece in draft.pieces if piece.kind == "mark"]
    found = next(
        (
            match
            for match in _WITHIN_ZH.finditer(plain, ranking.mention.end)
            # 华中: a part of a name is no word for "within".
            if any(match.start() in mark for mark in marks)
        ),
        None,
    )
    if found is None and draft.values and not is_han(draft.text):
        after = _WITHIN_EN.search(plain, ranking.mention.end)
        among = _AMONG_EN.search(plain, 0, ranking.mention.end)
        found = after or among
    if found is not None:
        _report(draft, Unsupported(what="within_ranking", mention=ranking.mention))


def _read_whole(draft: Draft) -> None:
    """Report a comparison with everything, or with the mean: only periods and members are compared."""
    for at, piece in enumerate(draft.pieces):
        mean = bool(piece.value("later"))
        if not (mean or piece.has("whole")):
            continue
        before, after = draft.before(at), draft.after(at)
        listed = before is not None and draft.pieces[before].has("and")
        tested = before is not None and draft.pieces[before].has(*_TESTS)
        followed = after is not None and draft.pieces[after].has("versus")
        measured = mean and draft.is_metric(after)
        if tested or followed or (listed and not measured and draft.has_role(*_BETWEEN)):
            draft.claim(at, *(draft.free("versus", "compare", "differ")))
            _report(draft, Unsupported(what="whole_as_base", mention=piece.mention))
            return


def _read_shares(draft: Draft) -> None:
    """Report the change of a share (占比变化): shares are not compared yet."""
    if "share" not in draft.modifiers:
        return
    for piece in draft.pieces:
        if piece.value("trend") == "change":
            _report(draft, Unsupported(what="share_compared", mention=piece.mention))
            return


def _read_over_time(draft: Draft) -> None:
    """Report a mean over days, weeks or months (月均, average monthly), where a metric is asked for."""
    for at in tuple(draft.free("mean_of")):
        draft.claim(at)
        mention = draft.pieces[at].mention
        _report(draft, Unsupported(what="average_over_time", mention=mention))


def is_event(draft: Draft, at: int) -> bool:
    """Say whether a member stands as something that happened: orders shipped, were returned."""
    piece = draft.pieces[at]
    last = normalise(piece.words).split()[-1:]
    if not last or not (last[0].endswith("ed") or last[0] in words_en.PARTICIPLES):
        return False
    said = re.findall(r"[a-z']+|[^\sa-z']", normalise(draft.text[: piece.start]))
    if said and said[-1] in words_en.BEING:
        return True
    if at == 0 or draft.text[draft.pieces[at - 1].end : piece.start].strip():
        return False
    before, following = draft.pieces[at - 1], at + 1
    counted = bool(before.holders.metrics or before.holders.entities or before.holders.fields)
    noun = following < len(draft.pieces) and draft.pieces[following].kind == "term"
    return counted and not noun


def refuse_sql(intent: Intent) -> None:
    """Refuse SQL typed as a question.

    Raises:
        Unsettled: Where signs of SQL and its words stand together.
    """
    word = _SQL.search(intent.text)
    if word is not None and _SIGNS.search(intent.text):
        facts = {"word": word[0], "words": (word[0],)}
        raise Unsettled(Refusal(code="off_topic", facts=facts))


def facts_of(item: Unsupported) -> Mapping[str, object]:
    """Return the facts that word a reason."""
    word = item.mention.words
    match item.what:
        case "two_rankings":
            return {"what": "two_rankings", "word": word}
        case "two_questions":
            return {"what": "two_questions", "word": word}
        case "whole_as_base":
            return {"what": "whole_as_base", "word": word}
        case "within_ranking":
            return {"what": "within_ranking"}
        case "share_compared":
            return {"what": "share_compared"}
        case "average_over_time":
            return {"what": "average_over_time", "word": word}
