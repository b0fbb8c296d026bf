from __future__ import annotations

from semantic_layer.joins import describe, edges, paths_from
from semantic_layer.model import RelationshipSpec


def found(
    *texts: str | dict[str, str], start: str
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    items = [RelationshipSpec.model_validate(text) for text in texts]
    paths, ambiguous = paths_from(start, edges(items, lambda _, name: name))
    return {alias: describe(start, path) for alias, path in paths.items()}, ambiguous


def test_steps_chain_many_to_one() -> None:
    paths, ambiguous = found("l.o -> o.id", "o.c -> c.id", "c.r -> r.id", start="l")

    assert paths == {"o": "l → o", "c": "l → o → c", "r": "l → o → c → r"}
    assert ambiguous == {}


def test_a_parent_does_not_lead_back_to_its_children() -> None:
    assert found("l.o -> o.id", "o.c -> c.id", start="o")[0] == {"c": "o → c"}


def test_two_ways_to_one_dataset_are_ambiguous_and_so_is_all_beyond() -> None:
    paths, ambiguous = found("o.c -> c.id", "c.r -> r.id", "o.s -> r.id", "r.k -> k.id", start="o")

    assert paths == {"c": "o → c"}
    assert set(ambiguous["r"]) == {"o → r", "o → c → r"}
    assert set(ambiguous["k"]) == {"o → r → k", "o → c → r → k"}


def test_a_role_is_a_second_way_under_its_own_name() -> None:
    role = {"from": "o.s", "to": "r.id", "as": "ship"}

    paths, ambiguous = found("l.o -> o.id", "o.c -> c.id", "c.r -> r.id", role, start="l")

    assert paths["ship"] == "l → o → ship"
    assert paths["r"] == "l → o → c → r"
    assert ambiguous == {}


def test_nothing_leads_on_from_a_role() -> None:
    role = {"from": "o.s", "to": "r.id", "as": "ship"}

    assert set(found(role, "r.k -> k.id", start="o")[0]) == {"ship"}


def test_a_role_reached_on_two_ways_is_ambiguous() -> None:
    role = {"from": "c.s", "to": "r.id", "as": "home"}

    paths, ambiguous = found("o.c -> c.id", "o.d -> d.id", "d.c -> c.id", role, start="o")

    assert set(paths) == {"d"}
    assert len(ambiguous["home"]) == 2


def test_a_dataset_may_name_itself_in_a_role() -> None:
    boss = {"from": "staff.boss", "to": "staff.id", "as": "boss"}

    assert found(boss, start="staff")[0] == {"boss": "staff → boss"}


def test_rings_of_relationships_end() -> None:
    assert set(found("a.b -> b.id", "b.a -> a.id", start="a")[0]) == {"b"}
