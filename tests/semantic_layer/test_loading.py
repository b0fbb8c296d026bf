"""Broken definition files: every problem is named with its file, line and mend, all together."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from semantic_layer.errors import DefinitionError, Problem
from semantic_layer.loading import load_definitions, load_principals
from tests.semantic_layer.worlds import World

HEAD = "version: 1\nmodel: m\n"


def problems(world: World, text: str, name: str = "model.yml") -> list[Problem]:
    world.file(text, name)
    with pytest.raises(DefinitionError) as caught:
        load_definitions(world.folder / "definitions")
    return list(caught.value.problems)


def test_files_of_a_folder_are_merged(world: World) -> None:
    world.file("version: 1\nmodel: m\ndatasets: {a: {source: a}}\n")
    world.file("metrics: {n: {dataset: a, agg: count}}\nrelationships:\n", "metrics.yaml")

    definitions, lines = load_definitions(world.folder / "definitions")

    assert set(definitions.datasets) == {"a"}
    assert set(definitions.metrics) == {"n"}
    assert lines.places["metrics", "n"] == ("metrics.yaml", 1)


def test_principals_are_no_definitions(world: World) -> None:
    world.file(HEAD)
    world.file("- {name: ann, role: rep, attributes: {ids: [1, 2]}}\n", "principals.yml")

    load_definitions(world.folder / "definitions")
    principals = load_principals(world.folder / "definitions")

    assert principals[0].attributes["ids"] == (1, 2)


def test_an_empty_folder_has_no_definitions(tmp_path: Path) -> None:
    with pytest.raises(DefinitionError) as caught:
        load_definitions(tmp_path)

    assert "no definition files" in caught.value.problems[0].what


@pytest.mark.parametrize(
    ("text", "line", "what", "fix"),
    [
        ("metrics:\n  a: {dataset: d, agg: count, lable: x}\n", 4, "unknown key `lable`", "`label`"),
        ("metric: {}\n", 3, "unknown section `metric`", "`metrics`"),
        ("metrics:\n  a: {dataset: d, agg: count}\n  a: {dataset: d, agg: count}\n", 5, "`a` is given twice", "Keep one"),
        ("metrics:\n  a: {dataset: d, agg: sum}\n", 4, "agg sum needs `expr`", ""),
        ("metrics:\n  a: {dataset: d, agg: median}\n", 4, "agg median needs `expr`", ""),
        ("metrics:\n  a: {dataset: d, agg: percentile, expr: x}\n", 4, "needs `p`", ""),
        ("metrics:\n  a: {dataset: d, agg: total, expr: x}\n", 4, "agg", ""),
        ("metrics:\n  a: {agg: count}\n", 4, "dataset is missing", "Add `dataset:`"),
        ("metrics:\n  a: {type: ration, numerator: x, denominator: y}\n", 4, "unknown metric type `ration`", "`ratio`"),
        ("metrics:\n  a: 5\n", 4, "metric `a` is not a map", ""),
        ("metrics: 5\n", 3, "`metrics` is not a map", ""),
        ("policies: {role: x}\n", 3, "`policies` is not a list", ""),
        ("datasets:\n  d:\n    source: d\n    fields:\n      f: {pi: true}\n", 7, "unknown key `pi`", "`pii`"),
        ("datasets:\n  d: {source: d, time: {field: x, grain: decade}}\n", 4, "grain", ""),
        ("datasets:\n  d: {sauce: d}\n", 4, "unknown key `sauce`", "`source`"),
        ("datasets:\n  d: {}\n", 4, "source is missing", "Add `source:`"),
        ("relationships: [a.x -> b]\n", 3, "relationships.0.to", ""),
        ("relationships:\n  - {from: a.x, too: b.y}\n", 4, "unknown key `too`", "`to`"),
        ("settings: {currency: 5}\n", 3, "settings.currency", ""),
        ("metrics:\n  a: {dataset: d, agg: count, target: {value: 1, metric: b}}\n", 4, "a target is either", ""),
        ("datasets:\n  a: [1\n", 5, "not valid YAML", ""),
        ("datasets:\n\ta: 1\n", 4, "not valid YAML", ""),
        ("datasets: {d: {source: d, label: !!python/object:os.system x}}\n", 3, "cannot be read", "quotes"),
        ("settings: {currency: 2024-13-45}\n", 3, "cannot be read", "quotes"),
        ("settings: {? [a, b] : 1}\n", 3, "a key that is not a plain name", ""),
        ("a: &x {b: 1}\nsettings: {<<: *x}\n", 4, "a key that is not a plain name", ""),
        ("hierarchies: {h: 5}\n", 3, "hierarchies", ""),
    ],
)  # fmt: skip
def test_a_problem_names_its_line_and_its_mend(
    world: World, text: str, line: int, what: str, fix: str
) -> None:
    found = problems(world, HEAD + text)

    assert [
        item for item in found if what in item.what and fix in item.fix and item.line == line
    ], found
    assert all(item.file == "model.yml" and item.fix for item in found)


def test_every_problem_of_every_file_is_reported_together(world: World) -> None:
    world.file(
        "metrics:\n  b: {dataset: d, agg: sum}\n  c: {dataset: d, agg: count, unitt: x}\n", "b.yml"
    )

    found = problems(world, "version: 1\nmodel: m\nmetrics:\n  a: {agg: count}\ndataset: {}\n")

    assert [(item.file, item.line) for item in found] == [
        ("b.yml", 2), ("b.yml", 3), ("model.yml", 4), ("model.yml", 5),
    ]  # fmt: skip


def test_a_name_defined_in_two_files_is_a_problem(world: World) -> None:
    world.file("metrics: {a: {dataset: d, agg: count}}\n", "b.yml")

    found = problems(world, HEAD + "metrics: {a: {dataset: d, agg: count}}\n")

    assert found[0].what == "metric `a` is defined twice"
    assert (found[0].file, found[0].line) == ("model.yml", 3)


def test_two_files_do_not_disagree_on_the_settings(world: World) -> None:
    world.file("settings: {currency: EUR}\n", "b.yml")

    assert "given in two files" in problems(world, HEAD + "settings: {currency: CNY}\n")[0].what


def test_a_model_has_a_name(world: World) -> None:
    assert "no `model:` name" in problems(world, "version: 1\n")[0].what


def test_an_alias_that_holds_itself_is_a_problem(world: World) -> None:
    assert problems(world, HEAD + "settings: &a {x: *a}\n")


def test_aliases_that_multiply_are_a_problem(world: World) -> None:
    rows = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    rows += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 8)]

    assert any("too much in one file" in item.what for item in problems(world, "\n".join(rows)))


def test_a_file_that_is_not_text_is_a_problem(world: World) -> None:
    world.file(HEAD)
    (world.folder / "definitions" / "b.yml").write_bytes(b"\xff\xfe\x00model")

    with pytest.raises(DefinitionError):
        load_definitions(world.folder / "definitions")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("- {name: a}\n- {name: a}\n", "principal `a` is defined twice"),
        ("name: a\n", "not a list of principals"),
        ("- {nam: a}\n", "unknown key `nam`"),
        ("- {name: a, attributes: {x: {y: 1}}}\n", "attributes"),
        ("- [\n", "not valid YAML"),
    ],
)
def test_a_broken_list_of_principals_is_a_problem(world: World, text: str, what: str) -> None:
    world.file(text, "principals.yml")

    with pytest.raises(DefinitionError) as caught:
        load_principals(world.folder / "definitions")

    assert any(what in item.what for item in caught.value.problems)


@given(text=st.text(alphabet="abm: \n-[]{}&*!|>'\"#0129,.?<\t", max_size=80))
def test_any_text_is_read_or_refused(text: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("any")
    (folder / "m.yml").write_text(HEAD + text, "utf-8")

    try:
        load_definitions(folder)
    except DefinitionError as error:
        assert error.problems  # noqa: PT017 - any of both is right, an exception of another kind is not


SHAPED_AND_BOUND = """model: m
datasets:
  d:
    source: d
    lable: {zh: 行, en: Rows}
    fields: {a: , gone: }
metrics:
  n: {dataset: d, agg: sum, expr: missing_column}
  broken: {dataset: d, agg: sum}
  over: {type: derived, expr: broken + n}
  owned: {dataset: d, agg: count, ownr: me, replaced_by: nobody}
"""


def test_files_and_columns_and_people_are_reported_at_once(world: World) -> None:
    world.data("CREATE TABLE d (a INTEGER)").file(SHAPED_AND_BOUND)
    world.file("- {nme: ann}\n", "principals.yml")

    told = [problem.what for problem in world.problems()]

    for said in (
        "unknown key `lable`",
        "`gone`",
        "`missing_column`",
        "agg sum needs `expr`",
        "unknown key `ownr`",
        "replaced_by names `nobody`",
        "unknown key `nme`",
    ):
        assert any(said in what for what in told), said


def test_what_follows_from_a_lost_metric_is_not_blamed(world: World) -> None:
    world.data("CREATE TABLE d (a INTEGER)").file(SHAPED_AND_BOUND)

    assert not any("metric `over`" in problem.what for problem in world.problems())


def test_a_lost_dataset_blames_nothing_else(world: World) -> None:
    world.data("CREATE TABLE d (a INTEGER)")
    world.file(HEAD + "datasets:\n  d: {sauce: d}\nmetrics:\n  n: {dataset: d, agg: count}\n")

    assert {problem.line for problem in world.problems()} == {4}


@pytest.mark.parametrize("depth", [60, 100_000])
def test_a_file_that_nests_too_deep_is_a_problem_and_no_crash(world: World, depth: int) -> None:
    world.data("").file("version: 1\nmodel: deep\nmetrics: " + "[" * depth + "]" * depth)

    problems = world.problems()

    assert any(item.line == 3 and item.what == "too much in one file" for item in problems)
