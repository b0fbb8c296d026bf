"""Clauses of what stands beside what: MEMBER客户, revenue from new customers, two questions in one."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from assistant.intent import Link, MetricAttribute, Unsupported
from assistant.understanding.draft import Draft
from assistant.understanding.text import is_han

_SPLITTERS: Final = ("by", "each", "which", "top", "bottom", "super", "count", "who")
_LISTING: Final = ("and", "or", "versus", "compare")


def read_entities(draft: Draft) -> None:
    """Let the noun of what a member describes (strategic customers, 制造业客户) say nothing more than the member does."""
    for at, piece in enumerate(draft.pieces):
        if piece.kind != "term" or not _names_entity(draft, at):
            continue
        if not draft.has_other_metric(at) and not draft.has_role("target", "attainment", "gap"):
            continue
        if _described(draft, at):
            draft.claim(at)
            draft.entities.add(at)


def _names_entity(draft: Draft, at: int) -> bool:
    holders = draft.pieces[at].holders
    if at in draft.claimed or not (holders.entities or holders.fields):
        return False
    before = draft.before(at)
    if before is None:
        return True
    return draft.pieces[before].kind != "number" and not draft.pieces[before].has(*_SPLITTERS)


def _described(draft: Draft, at: int) -> bool:
    """Say whether a member of the noun's own dataset stands right before it, or behind it (customers in manufacturing)."""
    before = draft.before(at)
    if before is not None and _describes(draft, before, at):
        listed = draft.before(before)
        # "Revenue and online orders" asks for two metrics.
        return listed is None or not (
            draft.pieces[listed].has("and") and draft.metrics_before(listed)
        )
    following = draft.after(at)
    if following is None or following == at + 1 or not _describes(draft, following, at):
        return False
    return at > 0 and draft.pieces[at - 1].has("of")


def _describes(draft: Draft, member: int, noun: int) -> bool:
    if not draft.is_member(member):
        return False
    left, right = sorted((member, noun))
    gap = draft.text[draft.pieces[left].end : draft.pieces[right].start]
    if any(sign in gap for sign in ",，、;；") or any(
        not draft.is_skipped(at) for at in range(left + 1, right)
    ):
        return False
    holders = draft.pieces[noun].holders
    datasets = {draft.lexicon.datasets.get(name) for name in holders.fields} | {*holders.entities}
    return any(
        item.field not in holders.fields and draft.lexicon.datasets.get(item.field) in datasets
        for item in draft.pieces[member].holders.members
    )


def link_of(draft: Draft, left: int, right: int) -> Link:
    """Return how a member stands to the one before it."""
    between = [
        at
        for at in range(left + 1, right)
        if at not in draft.entities and at not in draft.qualifiers.values()
    ]
    gap = draft.text[draft.pieces[left].end : draft.pieces[right].start]
    for at in between:
        # 和其他, "and in": what follows an "and" belongs to the list only where nothing but an article stands between.
        if not draft.pieces[at].has(*_LISTING) and not draft.is_skipped(at):
            return "none"
    joins = [at for at in between if draft.pieces[at].has(*_LISTING)]
    if joins:
        # "In East China and on Tmall" narrows twice, "East China and Tmall" lists.
        narrows = between[-1] != joins[-1] and not is_han(draft.pieces[joins[-1]].words)
        return "none" if narrows and draft.pieces[joins[-1]].has("and") else "and"
    if any(sign in gap for sign in ",，、/&＋+"):
        return "comma"
    return "none" if between else "beside"


def attributes(draft: Draft) -> tuple[MetricAttribute, ...]:
    """Return the metrics that stand as attributes of others; each pair of neighbours is looked at."""
    found = []
    metrics = sorted(at for at in draft.metrics if draft.pieces[at].kind == "term")
    for left, right in pairwise(metrics):
        one, other = draft.pieces[left], draft.pieces[right]
        between = [draft.pieces[at] for at in range(left + 1, right)]
        gap = draft.text[one.end : other.start]
        if any(sign in gap for sign in ",，、;；/+&\n"):
            continue
        if is_han(one.words) and is_han(other.words):
            if not gap or (len(between) == 1 and between[0].has("of")):
                found.append(MetricAttribute(mention=one.mention, other=other.mention))
        elif not between:
            found.append(MetricAttribute(mention=one.mention, other=other.mention, beside=True))
        elif all(draft.is_skipped(at) for at in range(left + 1, right)) and any(
            piece.has("of") for piece in between
        ):
            found.append(MetricAttribute(mention=other.mention, other=one.mention))
    return tuple(found)


def read_parallels(draft: Draft) -> None:
    """Report two questions in one: revenue by region, orders by channel."""
    sequence: list[tuple[str, int]] = []
    for at in sorted({*draft.metrics, *draft.groups}):
        kind = "metric" if at in draft.metrics else "group"
        if not sequence or sequence[-1][0] != kind:
            sequence.append((kind, at))
    if len(sequence) < 4 or draft.ranking is not None:
        return
    before = draft.before(sequence[3 if sequence[0][0] == "metric" else 2][1])
    if before is not None and draft.pieces[before].has("by", "each"):
        mention = draft.pieces[sequence[2][1]].mention
        draft.unsupported.append(Unsupported(what="two_questions", mention=mention))
