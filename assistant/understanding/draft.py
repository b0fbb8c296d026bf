"""The reading in progress: pieces, what each was taken for, and what has been gathered so far."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from assistant.intent import (
    CompareAsked,
    ConditionAsked,
    Grain,
    GroupAsked,
    Mention,
    MetricAsked,
    Modifier,
    PeriodAsked,
    RankingAsked,
    Unsupported,
    ValueAsked,
)
from assistant.understanding.lexicon import Lexicon
from assistant.understanding.pieces import Piece

_SKIPPED: Final = frozenset(
    {"filler", "measure", "together", "apart", "verb", "reach", "of", "amount", "whole"}
)


@dataclass(slots=True, kw_only=True)
class Draft:
    """Filled by the clauses of `rules`, each of which claims the pieces that it explains.

    Metrics, groups and values are kept by the number of their piece, so that they come out in the asker's order.
    """

    text: str
    lexicon: Lexicon
    pieces: Sequence[Piece]
    claimed: set[int] = field(default_factory=set)
    metrics: dict[int, MetricAsked] = field(default_factory=dict)
    tested: dict[int, MetricAsked] = field(default_factory=dict)
    groups: dict[int, GroupAsked] = field(default_factory=dict)
    values: dict[int, ValueAsked] = field(default_factory=dict)
    qualifiers: dict[int, int] = field(default_factory=dict)
    excluded: set[int] = field(default_factory=set)
    modifiers: list[Modifier] = field(default_factory=list)
    conditions: list[ConditionAsked] = field(default_factory=list)
    periods: list[PeriodAsked] = field(default_factory=list)
    uncounted: list[Mention] = field(default_factory=list)
    either: list[Mention] = field(default_factory=list)
    entities: set[int] = field(default_factory=set)
    unsupported: list[Unsupported] = field(default_factory=list)
    grain: Grain | None = None
    compare: CompareAsked | None = None
    ranking: RankingAsked | None = None
    asks_which: bool = False

    def free(self, *roles: str) -> Iterator[int]:
        """Yield the unclaimed grammar words that may play one of the roles."""
        for at, piece in enumerate(self.pieces):
            if at not in self.claimed and piece.has(*roles):
                yield at

    def is_free(self, at: int | None) -> bool:
        """Say whether there is such a piece and nothing has claimed it."""
        return at is not None and at not in self.claimed

    def claim(self, *numbers: int) -> None:
        """Mark pieces as explained."""
        self.claimed.update(numbers)

    def after(self, at: int) -> int | None:
        """Return the next piece that is not filler."""
        return self._step(at, 1)

    def before(self, at: int) -> int | None:
        """Return the previous piece that is not filler."""
        return self._step(at, -1)

    def _step(self, at: int, by: int) -> int | None:
        at += by
        while 0 <= at < len(self.pieces):
            if not self.is_skipped(at):
                return at
            at += by
        return None

    def is_skipped(self, at: int) -> bool:
        """Say whether a piece is nothing but filler or a measure word."""
        piece = self.pieces[at]
        return piece.kind == "mark" and all(mark.role in _SKIPPED for mark in piece.marks)

    def is_field(self, at: int | None) -> bool:
        """Say whether a free piece names a field."""
        return at is not None and at not in self.claimed and bool(self.pieces[at].holders.fields)

    def is_metric(self, at: int | None) -> bool:
        """Say whether a piece names a metric and was not taken for anything else."""
        return (
            at is not None
            and (at in self.metrics or at not in self.claimed)
            and bool(self.pieces[at].holders.metrics)
        )

    def is_member(self, at: int | None) -> bool:
        """Say whether a free piece names a member and nothing else."""
        if at is None or at in self.claimed:
            return False
        holders = self.pieces[at].holders
        return bool(holders.members) and not holders.metrics and not holders.fields

    def has_other_metric(self, at: int) -> bool:
        """Say whether another piece surely names a metric."""
        return any(
            number != at
            and (
                number in self.metrics or (bool(piece.holders.metrics) and not piece.holders.fields)
            )
            for number, piece in enumerate(self.pieces)
        )

    def metrics_before(self, at: int) -> bool:
        """Say whether the piece before one is a metric."""
        before = self.before(at)
        return before is not None and bool(self.pieces[before].holders.metrics)

    def add_group(self, at: int, *, each: bool = False) -> None:
        """Take a piece as a field to split by."""
        self.claim(at)
        self.groups[at] = GroupAsked(mention=self.pieces[at].mention, each=each)

    def add_metric(self, at: int, *, counted: bool = False) -> None:
        """Take a piece as a metric."""
        self.claim(at)
        self.metrics[at] = MetricAsked(mention=self.pieces[at].mention, counted=counted)

    def is_goal(self, at: int | None) -> bool:
        """Say whether a piece names a target: the grammar's word for one, or a metric that others are held against."""
        if at is None:
            return False
        piece = self.pieces[at]
        return piece.has("target") or self.lexicon.is_target(piece.holders.metrics)

    def has_role(self, *roles: str) -> bool:
        """Say whether any piece of the question may play one of the roles."""
        return any(piece.has(*roles) for piece in self.pieces)
