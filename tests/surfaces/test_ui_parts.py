"""Parts of the page on their own."""

from __future__ import annotations

import socket
import tomllib
from pathlib import Path

import pytest

import assistant.surfaces.ui
from assistant.question import Language
from assistant.surfaces.ui import app as ui_app
from assistant.surfaces.ui import sessions as ui_sessions
from assistant.surfaces.ui.app import NotLoopback, PortInUse, serve
from assistant.surfaces.ui.desk import Desk
from assistant.surfaces.ui.sessions import Sessions
from assistant.surfaces.ui.static_files import address
from assistant.surfaces.ui.strings import page_text, page_texts
from semantic_layer.model import LOCAL_OWNER, Principal
from tests.browser.fake_assistant import FakeAssistant
from tests.browser.fake_cards import WORDS

HOME = Path(assistant.surfaces.ui.__file__).parent
BY_TONE = {"ui_good", "ui_bad"}
REP = Principal(name="rep", role="rep")


@pytest.fixture
def desk() -> Desk:
    return Desk(assistant=FakeAssistant(), sessions=Sessions(LOCAL_OWNER))


def test_both_languages_word_the_same_codes_with_the_same_holes() -> None:
    zh, en = page_texts("zh"), page_texts("en")

    assert zh.keys() == en.keys()
    for code in zh:
        assert code.startswith("ui_")
        assert zh[code].count("{") == en[code].count("{"), code


def test_every_text_is_used() -> None:
    sources = [*HOME.glob("*.py"), *HOME.glob("templates/*.html")]
    used = "".join(path.read_text(encoding="utf-8") for path in sources)

    codes = tomllib.loads((HOME / "strings_en.toml").read_text(encoding="utf-8"))["ui"]

    assert [code for code in codes if code not in used and code not in BY_TONE] == []


def test_a_text_without_its_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        page_text("ui_rows", "en")


@pytest.mark.parametrize("host", ["0.0.0.0", "192.168.1.5", "::", "example.com", ""])  # noqa: S104 what is refused
def test_a_host_that_others_can_reach_is_refused(host: str) -> None:
    with pytest.raises(NotLoopback):
        serve(FakeAssistant(), host, 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_busy_port_is_named(host: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(PortInUse) as caught:
            serve(FakeAssistant(), host, port)

    assert caught.value.port == port


def test_the_server_says_when_it_can_be_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def run(server: ui_app._Server, sockets: list[socket.socket]) -> None:
        sockets[0].close()
        said.append(server._address)

    monkeypatch.setattr(ui_app._Server, "run", run)

    serve(FakeAssistant(), "localhost", 0)

    assert said[0].startswith("http://localhost:")


def test_an_answer_takes_the_language_of_its_question(desk: Desk) -> None:
    _, session = desk.sessions.open("zh")

    desk.take_turn(session, WORDS["rank"][1])
    desk.take_turn(session, WORDS["rank"][0])
    desk.take_turn(session, "???")

    assert [turn.language for turn in session.turns] == ["en", "zh", "zh"]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_switching_the_language_rewords_every_turn(desk: Desk, language: Language) -> None:
    _, session = desk.sessions.open("zh")
    desk.take_turn(session, WORDS["rank"][0])
    desk.take_turn(session, WORDS["rank"][1])

    session.speak(language)

    assert {turn.language for turn in session.turns} == {language}


def test_a_card_is_worded_once_per_language(desk: Desk) -> None:
    _, session = desk.sessions.open("zh")
    stored, _ = desk.ask(session, WORDS["rank"][0])

    assert desk.card(stored, "zh") is desk.card(stored, "zh")
    assert desk.card(stored, "en").language == "en"


def test_an_answer_for_the_viewer_before_the_switch_does_not_appear(desk: Desk) -> None:
    _, session = desk.sessions.open("zh")
    stored = session.keep(None, LOCAL_OWNER)
    session.look_as(REP)

    session.add_turn(ui_sessions.Turn(question="x", key=stored.key, language="zh"))

    assert session.turns == ()
    assert session.find(stored.key) is None


def test_old_answers_and_sessions_are_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ui_sessions, "MOST_ANSWERS", 2)
    monkeypatch.setattr(ui_sessions, "MOST_SESSIONS", 2)
    sessions = Sessions(LOCAL_OWNER)
    first_token, first = sessions.open("zh")

    keys = [first.keep(None, LOCAL_OWNER).key for _ in range(3)]
    sessions.open("zh")
    sessions.open("zh")

    assert [first.find(key) is not None for key in keys] == [False, True, True]
    assert sessions.find(first_token) is None


def test_a_file_that_is_not_the_pages_has_no_address() -> None:
    with pytest.raises(FileNotFoundError):
        address("app.py")
