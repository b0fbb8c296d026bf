"""Answers on a terminal: headline, table, notes; words come from the card."""

from __future__ import annotations

from rich.console import Console
from rich.table import Table as Grid
from rich.text import Text

from assistant.answer.card import Card, Table

COLOURS = {"good": "green", "bad": "red", "neutral": ""}
MOST_ROWS = 40


def print_card(card: Card, console: Console, *, explain: bool = False) -> None:
    """Print a card; `explain` adds how it was calculated."""
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
    if explain and card.how is not None:
        for item in card.how.definitions:
            console.print(Text(f"{item.label} = {item.formula}", style="dim"))
        console.print(Text(card.how.semantic_sql, style="cyan"))
        console.print(Text(card.how.sql, style="dim"))
    for question in card.follow_ups:
        console.print(Text(f"? {question}", style="blue"))


def _grid(table: Table) -> Grid:
    grid = Grid(show_edge=False, header_style="bold")
    for column in table.columns:
        grid.add_column(column.label, justify="right" if column.numeric else "left")
    for row, kind in list(zip(table.rows, table.row_kinds, strict=True))[:MOST_ROWS]:
        grid.add_row(*(Text(cell) for cell in row), style="bold" if kind == "total" else None)
    if len(table.rows) > MOST_ROWS:
        grid.add_row(*(["…"] * len(table.columns)))
    return grid
