"""Answers on a terminal: headline, table, notes; words come from the card."""

from __future__ import annotations

from collections.abc import Iterable

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from assistant.answer.card import Card, Table

COLOURS = {"good": "green", "bad": "red", "neutral": ""}
MARKS = {"passed": "✓", "failed": "✗", "not_applicable": "–"}
STYLES = {"passed": "green", "failed": "red", "warning": "yellow", "not_applicable": "dim"}
MOST_ROWS = 40


def print_card(card: Card, console: Console, *, shows_sql: bool = False) -> None:
    """Print a card; `shows_sql` adds the semantic SQL and the SQL that ran."""
    headline = Text()
    for part in card.headline:
        style = " ".join(word for word in ("bold" if part.bold else "", COLOURS[part.tone]) if word)
        headline.append(part.text, style=style or None)
    console.print(headline)
    if card.table is not None:
        console.print(_grid(card.table))
    for note in card.notes:
        console.print(Text(f"· {note}", style="yellow"))
    for option in card.options:
        line = Text("  → ").append(option.label, style="bold")
        console.print(line.append(f"  {option.detail}" if option.detail else ""))
    if shows_sql and card.how is not None:
        console.print(Text(card.how.semantic_sql, style="cyan"))
        console.print(Text(card.how.sql, style="dim"))
    for question in card.follow_ups:
        console.print(Text(f"? {question}", style="blue"))


def print_explanation(sections: Iterable[tuple[str, tuple[str, ...]]], console: Console) -> None:
    """Print how an answer was calculated."""
    for heading, lines in sections:
        console.print(Text(heading, style="bold"))
        for line in lines:
            console.print(Text(f"  {line}", style="dim"))


def print_checks(checks: Iterable[tuple[str, str, str]], console: Console) -> None:
    """Print what an answer was verified by."""
    for name, status, detail in checks:
        line = Text(f"{MARKS.get(status, '!')} {name}", style=STYLES.get(status, ""))
        console.print(line.append(f"  {detail}", style="dim"))


def _grid(table: Table) -> Grid:
    grid = Grid(show_edge=False, header_style="bold")
    for column in table.columns:
        grid.add_column(column.label, justify="right" if column.numeric else "left")
    for row, kind in list(zip(table.rows, table.row_kinds, strict=True))[:MOST_ROWS]:
        grid.add_row(*(Text(cell) for cell in row), style="bold" if kind == "total" else None)
    if len(table.rows) > MOST_ROWS:
        grid.add_row(*(["…"] * len(table.columns)))
    return grid
