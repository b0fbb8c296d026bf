"""Where in a written text an error lies: line, column and the piece, added to its facts on the way up."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from sqlglot import exp

from semantic_layer.errors import QueryError

MAX_PIECE: Final = 60


@contextmanager
def placed(node: exp.Expr) -> Iterator[None]:
    """Say of an error that it is about this part of the text, unless a part inside it says so already.

    The facts added are `at_line` and `at_column` (counted from 1).
    """
    try:
        yield
    except QueryError as error:
        if "at_line" not in error.facts:
            _place(error, node)
        raise


@contextmanager
def quoting(text: str) -> Iterator[None]:
    """Add to an error the piece of the text that it is about, as it is written there (`at_text`)."""
    try:
        yield
    except QueryError as error:
        start, end = error.span
        if end and "at_text" not in error.facts:
            error.facts["at_text"] = _piece(text, start, end)
        raise


def _place(error: QueryError, node: exp.Expr) -> None:
    marks = [item.meta for item in node.walk() if "line" in item.meta and "start" in item.meta]
    if not marks:
        return
    first = min(marks, key=lambda meta: int(meta["start"]))
    width = int(first["end"]) - int(first["start"])
    error.facts.update(at_line=int(first["line"]), at_column=int(first["col"]) - width)
    error.span = int(first["start"]), max(int(meta["end"]) for meta in marks) + 1


def _piece(text: str, start: int, end: int) -> str:
    """Return a piece with the brackets closed that are opened in it."""
    while end < len(text) and text.count("(", start, end) > text.count(")", start, end):
        end += 1
    piece = " ".join(text[start:end].split())
    return piece if len(piece) <= MAX_PIECE else f"{piece[: MAX_PIECE - 1]}…"
