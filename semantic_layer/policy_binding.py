"""Policies held against the definitions: every name known, every rule bound, one policy a role."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import exp

from semantic_layer.catalog import Dataset
from semantic_layer.formulas import FormulaProblem, bind_columns, parse_expression
from semantic_layer.masking import bound_mask
from semantic_layer.model import OWNER, Definitions, PolicySpec
from semantic_layer.yaml_source import KeyPath

Report = Callable[[KeyPath, str, str], None]


def declared_fields(definitions: Definitions) -> frozenset[str]:
    """Return every field by its full name, through roles too."""
    names = {f"{name}.{key}" for name, spec in definitions.datasets.items() for key in spec.fields}
    for item in definitions.relationships:
        parent = definitions.datasets.get(item.to.dataset)
        if item.role and parent:
            names |= {f"{item.role}.{key}" for key in parent.fields}
    return frozenset(names)


def check_policies(
    definitions: Definitions, datasets: Mapping[str, Dataset], report: Report
) -> None:
    """Report what is wrong with the policies; a name that nobody checks would protect nothing."""
    fields = declared_fields(definitions)
    roles: set[str] = set()
    for index, policy in enumerate(definitions.policies):
        path: KeyPath = ("policies", index)
        if policy.role in roles or policy.role == OWNER:
            what = (
                f"role `{OWNER}` sees everything and has no policy"
                if policy.role == OWNER
                else f"role `{policy.role}` has two policies"
            )
            report(path, what, "Merge them, or name another role")
        roles.add(policy.role)
        for name, rule in policy.datasets.items():
            at = (*path, "datasets", name)
            if name not in definitions.datasets:
                known = ", ".join(definitions.datasets)
                report(
                    at,
                    f"policy of `{policy.role}` names `{name}`, which is no dataset",
                    f"Datasets: {known}",
                )
            elif rule != "all" and name in datasets:
                _check_rule(datasets[name], rule, datasets, at, report)
        _check_names(policy, frozenset(definitions.metrics), fields, path, report)


def _check_names(
    policy: PolicySpec,
    metrics: frozenset[str],
    fields: frozenset[str],
    path: KeyPath,
    report: Report,
) -> None:
    for name in policy.hide:
        if name not in metrics and name not in fields:
            what = f"policy of `{policy.role}` hides `{name}`, which is no metric and no field"
            report((*path, "hide"), what, "Name a metric, or a field as dataset.field")
    for key, verb, names in (("mask", "masks", policy.mask), ("show", "shows", policy.show)):
        for name in names:
            if name not in fields:
                what = f"policy of `{policy.role}` {verb} `{name}`, which is no field"
                report((*path, key), what, "Name a field as dataset.field")


def check_masks(definitions: Definitions, datasets: Mapping[str, Dataset], report: Report) -> None:
    """Report masks that cannot be put in the place of their column."""
    for name, spec in definitions.datasets.items():
        for key, item in spec.fields.items():
            if item.mask is None or name not in datasets:
                continue
            path: KeyPath = ("datasets", name, "fields", key, "mask")
            if item.expr is not None:
                what = f"`{name}.{key}` is computed, and its mask would stand for no column"
                report(path, what, "Leave `mask` out: what it is made of is masked as empty")
            try:
                bound_mask(item.mask, datasets[name], datasets)
            except FormulaProblem as problem:
                report(path, problem.what, problem.fix)


def _check_rule(
    dataset: Dataset, rule: str, datasets: Mapping[str, Dataset], path: KeyPath, report: Report
) -> None:
    def without_user(node: exp.Expr) -> exp.Expr:
        return exp.null() if isinstance(node, exp.Column) and node.table == "user" else node

    try:
        bind_columns(parse_expression(rule).transform(without_user), dataset, datasets)
    except FormulaProblem as problem:
        report(path, problem.what, problem.fix)
