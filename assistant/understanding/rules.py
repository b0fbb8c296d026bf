"""The reader that needs no model: pieces of a question, clause by clause, into an Intent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal

from assistant.intent import Intent, ValueAsked
from assistant.question import Language
from assistant.understanding.comparing import read_comparisons, read_modifiers
from assistant.understanding.conditions import read_conditions, read_exceptions
from assistant.understanding.draft import Draft
from assistant.understanding.goals import read_goals
from assistant.understanding.lexicon import Lexicon
from assistant.understanding.mentions import find_pieces
from assistant.understanding.neighbours import (
    attributes,
    link_of,
    read_entities,
    read_parallels,
)
from assistant.understanding.pieces import Piece
from assistant.understanding.ranking import read_comparatives, read_rankings
from assistant.understanding.refused import is_event, read_unbuildable
from assistant.understanding.splitting import (
    read_counts,
    read_open_groups,
    read_qualifiers,
    read_splits,
)
from assistant.understanding.text import is_han, normalise, units
from assistant.understanding.words import grammar

LIMIT: Final = 2000
# What may stand in a question without changing it. Everything else that no clause claims is reported.
_HARMLESS: Final = frozenset(
    {"filler", "and", "only", "split", "together", "apart", "verb", "far", "reach", "of"}
)

# Each clause claims what it explains, so the order says who is asked first.
_CLAUSES: Final[tuple[Callable[[Draft], None], ...]] = (
    read_counts,
    read_qualifiers,
    read_entities,
    read_goals,
    read_conditions,
    read_splits,
    read_rankings,
    read_comparatives,
    read_open_groups,
    read_exceptions,
    read_modifiers,
    read_comparisons,
)


def read(text: str, language: Language, lexicon: Lexicon) -> Intent:
    """Read a question in the words of a lexicon.

    Args:
        text: The question as typed; from `LIMIT` characters on nothing is read.
        language: The language of the answer; both languages are read whatever it is.
        lexicon: The words that the asker may use.

    Returns:
        What was asked in the asker's words, with every content word that nothing explains.
    """
    del language
    if len(text) >= LIMIT:
        return Intent(text=text)
    draft = Draft(text=text, lexicon=lexicon, pieces=find_pieces(text, lexicon))
    for clause in _CLAUSES:
        clause(draft)
    _read_terms(draft)
    read_parallels(draft)
    read_unbuildable(draft)
    return _intent(draft)


def _read_terms(draft: Draft) -> None:
    """Take the terms that no clause claimed for what they name."""
    for at, piece in enumerate(draft.pieces):
        holders = piece.holders
        if at in draft.claimed or piece.kind != "term":
            continue
        if holders.metrics and holders.fields:
            _read_either(draft, at)
        elif holders.metrics:
            draft.add_metric(at)
        elif holders.fields:
            draft.add_group(at)
        elif holders.members:
            _add_value(draft, at)
    for at in draft.tested:
        if not draft.metrics and not draft.either:
            draft.metrics = dict(draft.tested)
        draft.claim(at)


def _read_either(draft: Draft, at: int) -> None:
    """Decide for a word that names a metric and a field by its company, or leave it open."""
    before = draft.before(at)
    listed = before is not None and draft.pieces[before].has("and")
    if not draft.has_other_metric(at) or (listed and draft.groups):
        draft.add_metric(at)
    elif draft.conditions and not draft.groups:
        draft.add_group(at)
    elif listed or _in_metric_list(draft, at):
        draft.add_metric(at)
    else:
        draft.claim(at)
        draft.either.append(draft.pieces[at].mention)


def _in_metric_list(draft: Draft, at: int) -> bool:
    following = draft.after(at)
    if following is None:
        return False
    gap = draft.text[draft.pieces[at].end : draft.pieces[following].start]
    comma = "," in gap or "，" in gap or "、" in gap
    if draft.pieces[following].has("and"):
        following = draft.after(following)
        return following is not None and bool(draft.pieces[following].holders.metrics)
    return comma and bool(draft.pieces[following].holders.metrics)


def _add_value(draft: Draft, at: int) -> None:
    draft.claim(at)
    qualifier = draft.qualifiers.get(at)
    before = draft.before(at)
    last = max(draft.values, default=None)
    draft.values[at] = ValueAsked(
        mention=draft.pieces[at].mention,
        field=draft.pieces[qualifier].mention if qualifier is not None else None,
        exclude=at in draft.excluded,
        alternative=before is not None and draft.pieces[before].has("or"),
        link="none" if last is None else link_of(draft, last, at),
        event=is_event(draft, at),
    )


def _intent(draft: Draft) -> Intent:
    strangers = _strangers(draft)
    left = _left(draft)
    return Intent(
        text=draft.text,
        metrics=tuple(draft.metrics[at] for at in sorted(draft.metrics)),
        modifiers=tuple(dict.fromkeys(draft.modifiers)),
        groups=tuple(draft.groups[at] for at in sorted(draft.groups)),
        grain=draft.grain,
        values=(*(draft.values[at] for at in sorted(draft.values)), *strangers),
        periods=tuple(draft.periods),
        conditions=tuple(draft.conditions),
        compare=draft.compare,
        ranking=draft.ranking,
        either=tuple(draft.either),
        unexplained=tuple(piece.mention for piece in left if not piece.has("later")),
        unavailable=tuple(
            piece.mention for piece in left if piece.has("later") and not piece.value("later")
        ),
        uncounted=tuple(draft.uncounted),
        members=_members_asked(draft),
        averages=tuple(piece.mention for piece in draft.pieces if piece.value("later")),
        verbs=tuple(
            piece.mention for piece in draft.pieces if piece.has("verb") and not draft.metrics
        ),
        attributes=attributes(draft),
        unsupported=tuple(draft.unsupported),
    )


def _members_asked(draft: Draft) -> Literal["", "apart", "together"]:
    """Say whether the words want listed members one by one or summed; 总销售额 sums as 总共 does."""
    if draft.has_role("apart") or (draft.compare is not None and draft.compare.members):
        return "apart"
    if any(piece.kind == "mark" and piece.has("each") for piece in draft.pieces):
        # A word for "each" that splits by no field is about the members.
        return "" if draft.groups or draft.grain else "apart"
    named = (draft.pieces[at].words for at in draft.metrics)
    parts = {unit.key for words in named for unit in units(normalise(words))}
    sums = any(mark.role == "together" for key in parts for mark in grammar().get(key, ()))
    return "together" if sums or draft.has_role("together") else ""


def _left(draft: Draft) -> list[Piece]:
    """Return the pieces that nothing explains; Han neighbours are one word, and unknown words come alone.

    A grammar word without its place (above, except) is often so because what follows is unknown, so it is
    reported only where no unknown word is.
    """
    left: list[Piece] = []
    for at, piece in enumerate(draft.pieces):
        if at in draft.claimed or _is_harmless(draft, at):
            continue
        last = left[-1] if left else None
        kinds = {piece.kind, last.kind if last else ""}
        joins = "unknown" in kinds and not piece.has("later") and is_han(piece.words)
        if last is not None and joins and last.end == piece.start and not last.has("later"):
            words = draft.text[last.start : piece.end]
            left[-1] = Piece(kind="unknown", start=last.start, end=piece.end, words=words)
        else:
            left.append(piece)
    unknown = [piece for piece in left if piece.kind == "unknown"]
    return unknown or left


def _strangers(draft: Draft) -> tuple[ValueAsked, ...]:
    """Take an unknown word right before a field's word (华北大区, the Atlantis region) for a member of that field."""
    found = []
    for at in tuple(draft.groups):
        before = at - 1
        if before < 0 or draft.groups[at].each or draft.pieces[before].kind != "unknown":
            continue
        piece = draft.pieces[before]
        gap = draft.text[piece.end : draft.pieces[at].start]
        if before not in draft.claimed and not gap.strip() and _stands_alone(draft, before):
            draft.claim(before)
            field = draft.groups.pop(at).mention
            found.append(ValueAsked(mention=piece.mention, field=field))
    return tuple(found)


def _stands_alone(draft: Draft, at: int) -> bool:
    before = draft.before(at)
    return before is None or not draft.pieces[before].has(
        "by", "each", "which", "top", "bottom", "super"
    )


def _is_harmless(draft: Draft, at: int) -> bool:
    piece = draft.pieces[at]
    if piece.kind != "mark":
        return False
    roles = {mark.role for mark in piece.marks}
    if roles & _HARMLESS:
        return True
    if "or" in roles:
        return bool(draft.values)
    if "amount" in roles:
        return draft.after(at) is None and bool(draft.metrics)
    if "each" in roles and len(draft.values) > 1:
        return True
    return "measure" in roles and _measures(draft, at)


def _measures(draft: Draft, at: int) -> bool:
    """Say whether a measure word stands where one can: after a number, or after 每, 哪 and 按."""
    before = draft.before(at)
    if before is None:
        return False
    piece = draft.pieces[before]
    return piece.kind == "number" or piece.has(
        "each", "which", "top", "bottom", "by", "count", "grain"
    )
