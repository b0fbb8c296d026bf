"""JSON Schemas (draft 2020-12) of definition files and of queries, for editors and for those who write them by machine."""

from __future__ import annotations

from typing import Any, Final

from pydantic.json_schema import models_json_schema

from semantic_layer.model import Definitions, Principal
from semantic_layer.query import MetricQuery

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_SECTIONS: Final = ("datasets", "relationships", "hierarchies", "metrics", "policies", "tests")


def definitions_schema() -> dict[str, Any]:
    """Return the schema of one definition file, short spellings included.

    A file may hold any of the sections: all files of a folder make one model. `$defs.Principals` is the schema of
    `principals.yml`.
    """
    (_, parts) = models_json_schema(
        [(Definitions, "validation"), (Principal, "validation")], by_alias=True
    )
    defs: dict[str, Any] = dict(parts["$defs"])
    whole = defs.pop("Definitions")
    properties = dict(whole["properties"])
    for name in _SECTIONS:
        # A section may stand empty: `metrics:` with nothing under it yet.
        section = {key: value for key, value in properties[name].items() if key != "default"}
        properties[name] = {"anyOf": [section, {"type": "null"}]}
    defs["Principals"] = {"type": "array", "items": {"$ref": "#/$defs/Principal"}}
    return {
        "$schema": DIALECT,
        "title": "Wenshu definition file",
        "type": "object",
        "additionalProperties": False,
        "properties": properties,
        "$defs": defs,
    }


def query_schema() -> dict[str, Any]:
    """Return the schema of a MetricQuery as JSON, short spellings included."""
    found = MetricQuery.model_json_schema(by_alias=True)
    return {"$schema": DIALECT, **found, "title": "Wenshu MetricQuery"}
