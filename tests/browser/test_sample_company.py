"""The real page over the sample company: five questions a language, and each viewer's own rows."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

ROOT = Path(__file__).resolve().parents[2]
WENSHU = (sys.executable, "-m", "assistant.surfaces.cli")

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Write a small sample company, serve it and return the page's address."""
    data = tmp_path_factory.mktemp("company") / "company.duckdb"
    written = [*WENSHU, "demo", str(data), "--scale", "0.05"]
    subprocess.run(written, cwd=ROOT, check=True, capture_output=True, timeout=240)
    served = [*WENSHU, "serve", "--data", str(data), "--port", "0", "--lang", "en"]
    process = subprocess.Popen(served, cwd=ROOT, stderr=subprocess.PIPE, text=True)
    assert process.stderr is not None
    try:
        said = ""
        while not (address := re.search(r"http://\S+:\d+/", said)):
            line = process.stderr.readline()
            assert line, said
            said += line
        yield address.group()
    finally:
        process.terminate()
        process.wait(20)
        process.stderr.close()


@pytest.fixture
def real(page: Page, company: str) -> Iterator[Page]:
    """Open the real page; in the end nothing failed in it and nothing left the machine."""
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    page.on(
        "request",
        lambda request: (
            None
            if urlsplit(request.url).hostname in {"127.0.0.1", None}
            else problems.append(request.url)
        ),
    )
    page.goto(company)
    page.wait_for_function("typeof WENSHU_BUS === 'function' && document.body.dataset.ready")
    yield page
    assert problems == []


def ask(page: Page, question: str) -> None:
    """Ask and wait for the card."""
    before = page.locator(".slot[data-state=ready]").count()
    page.locator("#ask textarea").fill(question)
    page.locator("#ask textarea").press("Enter")
    expect(page.locator(".slot[data-state=ready]")).to_have_count(before + 1)


@pytest.mark.parametrize(
    "questions",
    [
        (
            "2026年销售额",
            "上个季度各大区销售额排名",
            "今年每月销售额同比",
            "各渠道销售额占比",
            "各团队目标完成率",
        ),
        (
            "revenue in 2026",
            "revenue by region last quarter",
            "monthly revenue this year",
            "top 5 products by revenue",
            "target attainment by team",
        ),
    ],
    ids=["zh", "en"],
)
def test_five_questions_are_answered_with_proof(real: Page, questions: tuple[str, ...]) -> None:
    for question in questions:
        ask(real, question)
        card = real.get_by_test_id("card").last

        expect(card).to_have_attribute("data-status", "answered")
        expect(card.get_by_test_id("sql")).to_contain_text("SELECT")
        expect(real.locator(".chart[data-state=failed]")).to_have_count(0)


def test_the_offered_examples_are_answered(real: Page) -> None:
    for place in range(real.get_by_test_id("popular").count()):
        real.get_by_test_id("popular").nth(place).click()

        expect(real.locator(".slot[data-state=ready]")).to_have_count(place + 1)
        expect(real.get_by_test_id("card").last).to_have_attribute("data-status", "answered")


@pytest.mark.parametrize(
    ("language", "questions"),
    [
        ("zh", ("今年各团队完成率", "各大区销售额占比", "2025年各大区各渠道销售额")),
        ("en", ("target attainment by team", "monthly revenue by channel this year")),
    ],
    ids=["zh", "en"],
)
def test_on_a_phone_no_label_is_cut_and_no_button_squeezed(
    real: Page, language: str, questions: tuple[str, ...]
) -> None:
    real.set_viewport_size({"width": 390, "height": 844})
    real.get_by_test_id(f"lang-{language}").click()
    real.wait_for_function(f"document.body.dataset.ready === '{language}'")
    squeezed = real.evaluate(
        """() => [...document.querySelectorAll('.top .square')].map(one => one.getBoundingClientRect())
          .filter(box => box.width < 34 || box.right > innerWidth).length"""
    )
    assert squeezed == 0
    for question in questions:
        ask(real, question)
        chart = real.locator(".chart").last
        expect(chart).to_have_attribute("data-state", "ready")

        cut = chart.evaluate(
            """chart => { const edge = chart.getBoundingClientRect();
              return [...chart.querySelectorAll('svg text')].filter(one => {
                const box = one.getBoundingClientRect();
                return getComputedStyle(one).opacity !== '0' && one.getAttribute('opacity') !== '0'
                  && (box.right > edge.right + 1 || box.left < edge.left - 1);
              }).map(one => one.textContent) }"""
        )
        assert cut == []


def test_each_viewer_sees_its_own_rows(real: Page) -> None:
    seen: list[tuple[int, float]] = []
    viewers = real.locator("[data-viewer] option").evaluate_all("all => all.map(one => one.value)")
    for viewer in viewers:
        real.get_by_test_id("viewer").select_option(viewer)
        real.wait_for_function("document.body.dataset.ready")
        expect(real.locator("#chat .slot")).to_have_count(0)
        expect(real.locator("[data-viewer]")).to_have_value(viewer)
        ask(real, "2026年各大区销售额")
        amounts = real.locator("tbody tr.row-data td.number:nth-child(2)")
        keys = amounts.evaluate_all("all => all.map(one => Number(one.dataset.key))")
        seen.append((len(keys), sum(keys)))

    everything, boss, manager, rep = seen
    assert everything == boss
    assert manager[0] == 1
    assert 0 < rep[1] < manager[1] < everything[1]
