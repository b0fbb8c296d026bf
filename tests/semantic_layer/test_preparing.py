from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import pytest

from semantic_layer.errors import QueryError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import LOCAL_OWNER, Principal
from semantic_layer.preparing import Asked, Prepared, Remembered, prepare
from semantic_layer.query import parse_query
from tests.semantic_layer.worlds import ask, days

ENT = Principal(name="ent", role="segment", attributes={"segment": "ENT"})
SMB = Principal(name="smb", role="segment", attributes={"segment": "SMB"})
MONTHLY: dict[str, Any] = {
    "metrics": ["orders"],
    "group_by": [{"time": "month"}],
    "period": days("2024-01-01", "2025-01-01"),
    "compare": {"to": "previous_year"},
}


@dataclass
class Counted:
    """Prepares queries and remembers which."""

    asked: list[Asked] = field(default_factory=list)

    def __call__(self, asked: Asked) -> Prepared:
        self.asked.append(asked)
        return prepare(asked)


def asking(layer: SemanticLayer, query: dict[str, Any], **facts: Any) -> Asked:
    principal = facts.pop("principal", LOCAL_OWNER)
    return Asked(query=parse_query(query), access=layer.access(principal), **facts)


def test_the_same_question_is_prepared_once(layer: SemanticLayer) -> None:
    counted = Counted()
    remembered = Remembered(counted)

    first = remembered(asking(layer, MONTHLY))
    second = remembered(asking(layer, MONTHLY))

    assert len(counted.asked) == 1
    assert second.validated is first.validated
    assert set(second.seconds.values()) == {0.0}


@pytest.mark.parametrize(
    "other",
    [{"principal": ENT}, {"through": date(2024, 3, 20)}, {"since": date(2023, 1, 1)}, {"language": "en"}],
    ids=["principal", "through", "since", "language"],
)  # fmt: skip
def test_everything_that_a_statement_depends_on_tells_questions_apart(
    layer: SemanticLayer, other: dict[str, Any]
) -> None:
    counted = Counted()
    remembered = Remembered(counted)

    remembered(asking(layer, MONTHLY))
    remembered(asking(layer, MONTHLY, **other))

    assert len(counted.asked) == 2


@pytest.mark.parametrize(
    ("value", "other"), [(1, True), (0, False), (1, "1"), (None, float("nan"))], ids=str
)
def test_values_that_python_takes_for_equal_are_other_questions(
    layer: SemanticLayer, value: object, other: object
) -> None:
    first, second = (
        asking(
            layer, {"metrics": ["orders"], "where": [{"field": "orders.channel", "value": item}]}
        )
        for item in (value, other)
    )

    assert first.key != second.key


def test_two_principals_of_one_role_never_share(layer: SemanticLayer) -> None:
    query = {"metrics": ["revenue"], "group_by": ["customers.customer"]}

    mine, theirs = ask(layer, query, ENT), ask(layer, query, SMB)

    assert layer.access(ENT) != layer.access(SMB)
    assert not {row[0] for row in mine.rows()} & {row[0] for row in theirs.rows()}


def test_another_today_gives_another_plan(layer: SemanticLayer) -> None:
    query = parse_query({**MONTHLY, "compare": {"to": "previous_period"}})

    running = layer.prepared(query, today=date(2024, 2, 10))
    whole = layer.prepared(query, today=date(2024, 12, 31))

    assert running.plan != whole.plan
    assert running.compiled.parameters != whole.compiled.parameters


def test_only_so_many_are_kept_and_the_oldest_goes_first(layer: SemanticLayer) -> None:
    counted = Counted()
    remembered = Remembered(counted, limit=2)
    one, two, three = (asking(layer, MONTHLY, through=date(2024, 3, day)) for day in (1, 2, 3))

    for asked in (one, two, one, three, one, two):
        remembered(asked)

    assert counted.asked == [one, two, three, two]


def test_a_refusal_is_not_remembered(layer: SemanticLayer) -> None:
    counted = Counted()
    remembered = Remembered(counted)
    unknown = asking(layer, {"metrics": ["no_such_metric"]})

    for _ in range(2):
        with pytest.raises(QueryError):
            remembered(unknown)

    assert len(counted.asked) == 2


def test_an_answer_given_again_is_the_same_answer(layer: SemanticLayer) -> None:
    first, second = ask(layer, MONTHLY), ask(layer, MONTHLY)

    assert second.rows() == first.rows()
    assert (second.sql, second.notices) == (first.sql, first.notices)
