"""Which keys stand at a place of a model: for unknown ones, the near name."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

_WORD = re.compile(r"\w+")
Place = Sequence[str | int]


def keys_at(model: type[BaseModel], place: Place) -> tuple[str, ...]:
    """Return the keys that a model allows where one stands.

    Args:
        model: What was being read.
        place: The way to the key as pydantic tells it: keys, positions, and names of the variants of a union.
    """
    known = _reached(model)
    held: tuple[type[BaseModel], ...] = (model,)
    for step in place[:-1]:
        # A variant may be told as `function-after[_shape(), Condition]`.
        words = _WORD.findall(step) if isinstance(step, str) else ()
        named = tuple(item for item in known if item.__name__ in words)
        inner = tuple(found for item in held for found in _below(item, step))
        held = named or inner or held
    return tuple(
        dict.fromkeys(
            info.alias or name for item in held for name, info in item.model_fields.items()
        )
    )


def near(name: str, known: Sequence[str]) -> str:
    """Return what to write instead of an unknown key."""
    close = get_close_matches(name, known, n=1)
    return f"Did you mean `{close[0]}`?" if close else f"Known: {', '.join(known)}"


def told(model: type[BaseModel], error: ValidationError) -> tuple[str, ...]:
    """Return what is wrong with data that a model refused, each thing once; unknown keys with the near one."""
    said = []
    for item in error.errors():
        place = item["loc"]
        where = ".".join(map(str, place)) or "query"
        unknown = item["type"] == "extra_forbidden"
        fix = f"unknown key. {near(str(place[-1]), keys_at(model, place))}" if unknown else ""
        said.append(f"{where}: {fix or item['msg']}")
    return tuple(dict.fromkeys(said))


def _below(model: type[BaseModel], step: str | int) -> Iterator[type[BaseModel]]:
    for name, info in model.model_fields.items():
        if step in {name, info.alias}:
            yield from _models(info.annotation)


def _reached(model: type[BaseModel]) -> tuple[type[BaseModel], ...]:
    """Return a model and every one that it is made of."""
    found = {model: None}
    todo = [model]
    while todo:
        for info in todo.pop().model_fields.values():
            for part in _models(info.annotation):
                if part not in found:
                    found[part] = None
                    todo.append(part)
    return tuple(found)


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Yield the models that an annotation can hold: of unions, lists and maps too."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)
