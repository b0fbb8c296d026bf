"""What the page's routes give: cards, exports, the shell, static files, health."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator

import fastapi
import pytest
from fastapi.testclient import TestClient

from assistant.surfaces.ui.app import create_app
from tests.browser.fake_assistant import FakeAssistant
from tests.browser.fake_cards import WORDS

HOME = "http://127.0.0.1:7860"
RANK = WORDS["rank"][0]


@pytest.fixture(scope="module")
def app() -> fastapi.FastAPI:
    return create_app(FakeAssistant())


@pytest.fixture
def visitor(app: fastapi.FastAPI) -> Iterator[TestClient]:
    with TestClient(app, base_url=HOME) as client:
        client.get("/")
        yield client


@pytest.fixture
def stranger(app: fastapi.FastAPI) -> TestClient:
    return TestClient(app, base_url=HOME)


def asked(client: TestClient, question: str, **more: str) -> str:
    """Ask by REST and return the address of the kept answer."""
    reply = client.post("/api/v1/ask", json={"question": question, **more})
    return str(reply.headers["content-location"]).removesuffix("/card")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_card_is_worded_in_the_language_asked_for(visitor: TestClient, language: str) -> None:
    place = asked(visitor, RANK)

    html = visitor.get(f"{place}/card", params={"lang": language}).text

    assert ("计算说明" in html) == (language == "zh")
    assert ("How this was calculated" in html) == (language == "en")


@pytest.mark.parametrize(
    "text",
    [
        "<img src=x onerror=alert(1)>",
        "<script>alert(1)</script>",
        '" onmouseover="alert(1)',
        "</article><iframe src=//evil.example>",
        "{{ 7 * 7777777 }}",
    ],
)
def test_markup_in_a_question_is_shown_and_not_run(visitor: TestClient, text: str) -> None:
    html = visitor.get(f"{asked(visitor, text)}/card").text

    assert "54444439" not in html
    assert not re.search(r"<(img|script|iframe)", html)
    assert not re.search(r"<[^>]*\son\w+=", html)


@pytest.mark.parametrize(
    "text",
    ["", " ", "?", "🚀" * 300, "长" * 10_000, "\u202etxet", "a\x00b", "\ud7ff", "؟ما هي المبيعات"],
)
def test_any_text_gets_a_card(visitor: TestClient, text: str) -> None:
    html = visitor.get(f"{asked(visitor, text)}/card").text

    assert 'data-testid="card"' in html


def test_an_answer_that_breaks_is_a_sentence_without_the_cause(visitor: TestClient) -> None:
    reply = visitor.post("/api/v1/ask", json={"question": "break"})

    assert reply.status_code == 500
    assert "secret" not in reply.text
    assert reply.json()["status"] == "error"


def test_sql_is_shown_escaped(visitor: TestClient) -> None:
    html = visitor.get(f"{asked(visitor, RANK)}/card").text

    assert "&lt;b&gt;void&lt;/b&gt;" in html


def test_the_export_opens_in_a_spreadsheet_without_running_anything(visitor: TestClient) -> None:
    reply = visitor.get(f"{asked(visitor, RANK)}/export.csv", params={"lang": "zh"})

    assert reply.content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.reader(io.StringIO(reply.content.decode("utf-8-sig"))))
    assert rows[0] == ["大区", "销售额", "同比"]
    assert rows[1] == ["华东", "462000000", "0.182"]
    assert rows[5][0] == "'=1+1"
    assert rows[6][2] == ""
    assert "attachment" in reply.headers["content-disposition"]


def test_a_refusal_has_neither_chart_nor_export(visitor: TestClient) -> None:
    place = asked(visitor, WORDS["weather"][0])

    assert visitor.get(f"{place}/chart").status_code == 404
    assert visitor.get(f"{place}/export.csv").status_code == 404


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_shell_names_the_viewer_the_data_and_the_reader(
    visitor: TestClient, language: str
) -> None:
    html = visitor.get("/api/v1/shell", params={"lang": language}).text

    assert "2026-08-19" in html
    assert ("未连接语言模型" in html) == (language == "zh")
    assert ("sees all data" in html) == (language == "en")
    assert len(re.findall('data-testid="example"', html)) == 6


@pytest.mark.parametrize(
    ("accepts", "language"), [("en-GB,en", "en"), ("zh-CN,zh", "zh"), ("fr", "en"), ("", "zh")]
)
def test_the_first_page_speaks_the_browsers_language(
    stranger: TestClient, accepts: str, language: str
) -> None:
    html = stranger.get("/api/v1/shell", headers={"accept-language": accepts}).text

    assert f'data-language-now="{language}"' in html


def test_the_vega_bundle_is_packed_and_cached_and_adds_no_global_names(visitor: TestClient) -> None:
    reply = visitor.get("/wenshu-static/vega.js")

    assert reply.headers["content-encoding"] == "gzip"
    assert "immutable" in reply.headers["cache-control"]
    assert reply.text.startswith("(()=>{")
    assert "http-equiv" not in reply.text


def test_a_client_that_cannot_unpack_gets_plain_text(visitor: TestClient) -> None:
    reply = visitor.get("/wenshu-static/wenshu.js", headers={"accept-encoding": "identity"})

    assert "content-encoding" not in reply.headers


def test_health_opens_no_session(stranger: TestClient) -> None:
    alive, ready = stranger.get("/healthz"), stranger.get("/readyz")

    assert (alive.status_code, ready.status_code) == (200, 200)
    assert "set-cookie" not in alive.headers


def test_an_assistant_that_cannot_greet_is_not_ready(
    stranger: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(FakeAssistant, "welcome", broken)

    assert stranger.get("/readyz").status_code == 503


def test_the_start_page_asks_for_nothing_from_elsewhere(visitor: TestClient) -> None:
    html = visitor.get("/").text
    tags = re.findall(r'<(?:script|link|img|iframe)[^>]*(?:src|href)="([^"]+)"', html)

    assert tags
    assert not [tag for tag in tags if re.match(r"(https?:)?//(?!127\.0\.0\.1)", tag)]


def test_a_conversation_is_kept_for_its_session(visitor: TestClient) -> None:
    reply = visitor.get("/config").json()
    load = next(
        event for event in reply["dependencies"] if any(t[1] == "submit" for t in event["targets"])
    )
    body = {"data": [RANK], "fn_index": load["id"], "session_hash": "abc"}
    visitor.post("/gradio_api/queue/join", json=body)

    stream = visitor.get("/gradio_api/queue/data", params={"session_hash": "abc"}).text

    events = [json.loads(line[6:]) for line in stream.splitlines() if line.startswith("data: ")]
    assert any(event.get("msg") == "process_completed" and event["success"] for event in events)
    assert 'class=\\"slot\\"' in stream.replace("\\\\", "\\")
