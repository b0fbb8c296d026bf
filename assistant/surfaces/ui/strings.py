"""The words of the page around the answers, in both languages."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from assistant.question import Language


@cache
def page_texts(language: Language) -> Mapping[str, str]:
    """Return every text of the page by its code."""
    source = files("assistant.surfaces.ui").joinpath(f"strings_{language}.toml")
    table = tomllib.loads(source.read_text(encoding="utf-8"))
    return {code: str(text) for code, text in table["ui"].items()}


def page_text(code: str, language: Language, /, **values: object) -> str:
    """Word one text; an unknown code or a missing value is an error."""
    return page_texts(language)[code].format(**values)
