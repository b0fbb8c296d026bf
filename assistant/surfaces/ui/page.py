"""The Gradio part of the page: the conversation, the question box and the event bus between them.

Gradio's own inputs are never believed: the conversation lives in the session, `gr.Chatbot` is only
written to, and the asker is the session that the edge found by its cookie.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import gradio as gr
from gradio.themes.utils.fonts import Font

from assistant.surfaces.ui.desk import Desk
from assistant.surfaces.ui.render import question_html, slot_html, waiting_html
from assistant.surfaces.ui.sessions import Session
from assistant.surfaces.ui.static_files import address
from assistant.surfaces.ui.strings import page_text

SANS = ("PingFang SC", "Microsoft YaHei", "Noto Sans CJK SC", "system-ui", "sans-serif")
MONO = ("SF Mono", "Cascadia Code", "Consolas", "Noto Sans Mono CJK SC", "monospace")

# The event names have to stand here in quotes: Gradio looks for them.
_BUS = """
window.WENSHU_BUS = (name, detail) => trigger(name, detail);
/* 'wenshu_ask' 'wenshu_language' 'wenshu_new' 'wenshu_show' */
document.dispatchEvent(new Event('wenshu-bus'));
"""

Messages = list[dict[str, Any]]


def theme() -> gr.themes.Base:
    """Return the look of Gradio's own parts: system fonts only, so that none is fetched."""
    return gr.themes.Base(
        font=[Font(name) for name in SANS], font_mono=[Font(name) for name in MONO]
    )


def head() -> str:
    """Return the tags that load the page's style sheet and scripts."""
    return (
        f'<link rel="stylesheet" href="{address("wenshu.css")}">'
        f'<link rel="icon" href="{address("icon.svg")}">'
        f'<script defer src="{address("vega.js")}"></script>'
        f'<script defer src="{address("wenshu.js")}"></script>'
    )


def build_page(desk: Desk) -> gr.Blocks:
    """Lay out the page and connect its events."""
    page: gr.Blocks
    with gr.Blocks(
        title="问数 Wenshu", fill_height=True, fill_width=True, analytics_enabled=False
    ) as page:
        bus = gr.HTML("", elem_id="ws-bus", js_on_load=_BUS, container=False)
        chat = gr.Chatbot(
            elem_id="chat",
            show_label=False,
            container=False,
            autoscroll=False,
            buttons=[],
            feedback_options=None,
            latex_delimiters=[],
            render_markdown=False,
            group_consecutive_messages=False,
            allow_file_downloads=False,
            height=None,
            layout="bubble",
        )
        box = gr.Textbox(
            elem_id="ask",
            show_label=False,
            container=False,
            submit_btn=True,
            lines=1,
            max_lines=6,
            autofocus=True,
            placeholder="",
        )
        _connect(page, bus, chat, box, Events(desk))
    page.queue(default_concurrency_limit=4, max_size=40, api_open=False)
    return page


def _connect(
    page: gr.Blocks, bus: gr.HTML, chat: gr.Chatbot, box: gr.Textbox, events: Events
) -> None:
    shared: dict[str, Any] = {"api_visibility": "private", "show_progress": "hidden"}
    shown = [chat, box]
    page.load(events.show, None, shown, **shared)
    # "multiple": a question asked while another is computed waits its turn instead of being dropped.
    box.submit(events.ask_typed, [box], shown, trigger_mode="multiple", **shared)
    bus.wenshu_ask(events.ask_clicked, None, shown, trigger_mode="multiple", **shared)
    bus.wenshu_language(events.speak, None, shown, **shared)
    bus.wenshu_new(events.start_over, None, shown, **shared)
    bus.wenshu_show(events.show, None, shown, **shared)


class Events:
    """What happens on the page; the asker is known by `request.username` alone."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def show(self, request: gr.Request) -> tuple[Messages, Any]:
        """Show the conversation as the server knows it."""
        session = self._session(request)
        return _messages(session), self._box(session)

    def ask_typed(self, text: str, request: gr.Request) -> Iterator[tuple[Messages, Any]]:
        """Answer what stands in the question box."""
        yield from self._ask(text, self._session(request))

    def ask_clicked(
        self, event: gr.EventData, request: gr.Request
    ) -> Iterator[tuple[Messages, Any]]:
        """Answer a question that was clicked."""
        yield from self._ask(event._data, self._session(request))

    def speak(self, event: gr.EventData, request: gr.Request) -> tuple[Messages, Any]:
        """Show everything in another language."""
        session = self._session(request)
        session.speak("en" if event._data == "en" else "zh")
        return _messages(session), self._box(session)

    def start_over(self, request: gr.Request) -> tuple[Messages, Any]:
        """Begin a new conversation."""
        session = self._session(request)
        session.clear()
        return _messages(session), self._box(session)

    def _session(self, request: gr.Request) -> Session:
        return self._desk.sessions.named(str(request.username))

    def _ask(self, said: object, session: Session) -> Iterator[tuple[Messages, Any]]:
        text = said.strip() if isinstance(said, str) else ""
        if not text:
            yield _messages(session), self._box(session)
            return
        waiting = _pair(text, waiting_html(session.language))
        yield [*_messages(session), *waiting], self._box(session, emptied=True)
        self._desk.take_turn(session, text)
        yield _messages(session), gr.skip()

    def _box(self, session: Session, *, emptied: bool = False) -> Any:
        questions = self._desk.welcome(session, session.language).questions
        if questions:
            hint = page_text("ui_placeholder", session.language, example=questions[0])
        else:
            hint = page_text("ui_placeholder_plain", session.language)
        return gr.update(placeholder=hint, value="") if emptied else gr.update(placeholder=hint)


def _messages(session: Session) -> Messages:
    return [
        message
        for turn in session.turns
        for message in _pair(turn.question, slot_html(turn.key, turn.language))
    ]


def _pair(question: str, html: str) -> Messages:
    return [
        # As text, Gradio would take markup in a question for markup and drop it.
        {"role": "user", "content": gr.HTML(question_html(question))},
        {"role": "assistant", "content": gr.HTML(html)},
    ]
