"""Seeded mutations of attacks and harmless lines: refused with UnsafeSQL, or accepted and harmless."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlglot
from sqlglot import exp

from semantic_layer.errors import UnsafeSQL
from semantic_layer.validator import Grant, validate_text

LIST = Path(__file__).resolve().parents[2] / ".." / "shared" / "security" / "attacks.jsonl"
GRANTS = [
    Grant(source="orders", columns=frozenset({"order_id", "customer_id", "region", "amount", "order_date"})),
    Grant(source="customers", columns=frozenset({"customer_id", "name", "region"})),
]  # fmt: skip
PIECES = (
    *"'\"$;()[]{}.,:#?@\\`-*/ \t\n\x00\x1c\x85\xa0\u200b\u2028\u3000éо", "$$", "--", "/*", "*/", "E'", "N'", "x'",
    " UNION SELECT pay FROM hidden.salaries ", "(SELECT max(pay) FROM hidden.salaries)", " FROM salaries ",
    "hidden.", " AS ", " ORDER BY ALL ", " email ", "COLUMNS(*)", " LIMIT 1", "::", " NOT ", "''", " WITH a AS (",
    "orders", "customers", "rowid", " JOIN ", " USING (region) ", "INTERVAL 1 DAY", "1e9", "*",
)  # fmt: skip
ROUNDS = 3000


def mutants(seeds: list[str]) -> Iterator[str]:
    chance = random.Random(20260101)  # noqa: S311 — a repeatable choice, not a secret
    for _ in range(ROUNDS):
        text = chance.choice(seeds)
        for _ in range(chance.randint(1, 3)):
            start = chance.randint(0, len(text))
            match chance.randint(0, 3):
                case 0:
                    text = text[:start] + chance.choice(PIECES) + text[start:]
                case 1:
                    text = text[:start] + text[start + chance.randint(1, 8) :]
                case 2:
                    other = chance.choice(seeds)
                    text = text[:start] + other[chance.randint(0, len(other)) :]
                case _:
                    text = text[:start] + chance.choice(PIECES) + text[start + 1 :]
        yield text


@pytest.mark.skipif(not LIST.exists(), reason="../shared/security/attacks.jsonl is absent")
def test_a_mutated_statement_is_refused_or_harmless() -> None:
    logging.getLogger("sqlglot").setLevel(logging.ERROR)
    lines = [
        json.loads(line)["sql"] for line in LIST.read_text(encoding="utf-8").split("\n") if line
    ]
    seeds = [line for line in lines if len(line) < 2000]
    accepted = 0

    for text in mutants(seeds):
        try:
            query = validate_text(text, GRANTS)
        except UnsafeSQL:
            continue
        accepted += 1
        tree = sqlglot.parse_one(query.text, read="duckdb")
        ctes = {cte.alias.lower() for cte in tree.find_all(exp.CTE)}
        assert query.tables <= {"orders", "customers"} | ctes, text
        assert not {"hidden", "pay"} & {table.db for table in tree.find_all(exp.Table)}, text

    assert accepted > ROUNDS / 50
