"""HTML of the answer card and of the page around it. Everything is escaped by the template engine."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from assistant.surfaces.ui.strings import page_text

if TYPE_CHECKING:
    from assistant.answer.card import Card
    from assistant.question import Language
    from assistant.surfaces.ui.contract import WelcomeLike
    from semantic_layer.model import Principal

_ARROWS = {"up": "▲", "down": "▼", "flat": ""}


@cache
def _templates() -> Environment:
    environment = Environment(
        loader=PackageLoader("assistant.surfaces.ui"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["arrow"] = _ARROWS.__getitem__
    environment.filters["sort_key"] = sort_key
    return environment


def card_html(card: Card, key: str) -> str:
    """Render an answer card."""
    language: Language = "en" if card.language == "en" else "zh"
    return _render("card.html", language, card=card, key=key)


def shell_html(
    welcome: WelcomeLike, principals: tuple[Principal, ...], viewer: Principal, language: Language
) -> str:
    """Render what stands around the conversation: side panel, header, empty page, foot."""
    viewers = tuple(
        {"name": one.name, "label": one.label.of(language) or one.name} for one in principals
    )
    owner = principals[0].name
    return _render(
        "shell.html",
        language,
        welcome=welcome,
        viewers=viewers,
        viewer=viewer.name,
        owner=owner,
    )


def question_html(text: str) -> str:
    """Return a question as it was typed."""
    return Markup('<div class="question" data-testid="question">{text}</div>').format(text=text)


def slot_html(key: str, language: Language) -> str:
    """Return the place in a message that the page fills with a card."""
    slot = Markup('<div class="slot" data-aid="{key}" data-lang="{language}"></div>')
    return slot.format(key=key, language=language)


def waiting_html(language: Language) -> str:
    """Return what stands in a message while its answer is computed."""
    waiting = Markup(
        '<div class="waiting" role="status"><i></i><i></i><i></i><span>{text}</span></div>'
    )
    return waiting.format(text=page_text("ui_thinking", language))


def sort_key(value: Any) -> str:
    """Return what a cell is sorted by: plain digits for numbers, nothing for an empty cell."""
    return "" if value is None else str(value)


def _render(name: str, language: Language, /, **values: Any) -> str:
    def text(code: str, **holes: object) -> str:
        return page_text(code, language, **holes)

    return _templates().get_template(name).render(t=text, language=language, **values)
