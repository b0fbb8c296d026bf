"""The page's own script, style sheet and the Vega bundle: prepared once, served with a long cache."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import vl_convert

# The bundle's top-level names collide with Gradio's; inside a function they do not.
_VEGA = "(()=>{{{bundle}\n}})();"


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticFile:
    """One file ready to send, plain and packed."""

    plain: bytes
    packed: bytes
    media_type: str
    version: str


@cache
def static_file(name: str) -> StaticFile | None:
    """Return a file of the page by its name; None where there is no such file."""
    match name:
        case "vega.js":
            bundle = vl_convert.javascript_bundle("window.vegaEmbed=vegaEmbed;")
            return _prepared(_VEGA.format(bundle=bundle), "text/javascript")
        case "wenshu.js":
            return _prepared(_read(name), "text/javascript")
        case "wenshu.css":
            return _prepared(_read(name), "text/css")
        case "icon.svg":
            return _prepared(_read(name), "image/svg+xml")
        case _:
            return None


def address(name: str) -> str:
    """Return the address of a file; it changes with the content, so that it may be cached for long."""
    prepared = static_file(name)
    if prepared is None:
        raise FileNotFoundError(name)
    return f"/wenshu-static/{name}?v={prepared.version}"


def _read(name: str) -> str:
    source = files("assistant.surfaces.ui").joinpath("static", name)
    return source.read_text(encoding="utf-8")


def _prepared(text: str, media_type: str) -> StaticFile:
    plain = text.encode()
    return StaticFile(
        plain=plain,
        packed=gzip.compress(plain, mtime=0),
        media_type=media_type,
        version=hashlib.sha256(plain).hexdigest()[:12],
    )
