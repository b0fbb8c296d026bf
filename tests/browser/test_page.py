"""What a person does on the page, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.fake_cards import WORDS

pytestmark = pytest.mark.browser

RANK = WORDS["rank"][0]


def ask(chat: Page, question: str) -> None:
    """Ask a question and wait until its card stands ready."""
    before = chat.locator(".slot[data-state=ready]").count()
    chat.locator("#ask textarea").fill(question)
    chat.locator("#ask textarea").press("Enter")
    wait_for_cards(chat, before + 1)


def wait_for_cards(chat: Page, count: int) -> None:
    """Wait until so many cards stand ready."""
    expect(chat.locator(".slot[data-state=ready]")).to_have_count(count)


def test_a_typed_question_gets_a_card_with_a_drawn_chart(chat: Page) -> None:
    ask(chat, RANK)

    expect(chat.get_by_test_id("headline")).to_contain_text("华东以 4.62亿元 居首")
    expect(chat.get_by_test_id("kpi")).to_have_count(4)
    expect(chat.locator(".chart[data-state=ready] svg").first).to_be_visible()
    expect(chat.locator("#ask textarea")).to_have_value("")


def test_a_clicked_example_is_asked_and_the_welcome_goes(chat: Page) -> None:
    expect(chat.get_by_test_id("example")).to_have_count(6)

    chat.get_by_test_id("example").first.click()

    wait_for_cards(chat, 1)
    expect(chat.get_by_test_id("welcome")).to_be_hidden()
    expect(chat.get_by_test_id("question")).to_have_text(RANK)


def test_the_newest_question_stands_at_the_top(chat: Page) -> None:
    ask(chat, RANK)
    ask(chat, WORDS["trend"][0])

    chat.wait_for_function(
        """() => {
          const questions = document.querySelectorAll('#chat [data-testid=question]');
          const top = questions[questions.length - 1].getBoundingClientRect().top;
          return top > 70 && top < 140;
        }"""
    )


def test_chart_and_table_change_places_and_the_table_sorts(chat: Page) -> None:
    ask(chat, RANK)

    chat.get_by_test_id("view-table").click()

    expect(chat.get_by_test_id("chart")).to_be_hidden()
    expect(chat.get_by_test_id("table")).to_be_visible()
    for _ in range(2):
        chat.get_by_test_id("sort").nth(1).click()
    first_cells = chat.locator("tbody tr td:first-child").all_inner_texts()
    assert first_cells == ["=1+1", "西南", "华北", "华南", "华东", "合计"]


def test_the_proof_opens_with_definition_permission_and_sql(chat: Page) -> None:
    ask(chat, RANK)

    chat.get_by_test_id("how-open").click()

    expect(chat.get_by_test_id("how")).to_contain_text("sum(order_lines.amount)")
    expect(chat.get_by_test_id("permission")).to_have_text("本机所有者")
    expect(chat.get_by_test_id("sql")).to_contain_text("'<b>void</b>'")


def test_sql_is_copied_as_it_stands(chat: Page) -> None:
    chat.context.grant_permissions(["clipboard-read", "clipboard-write"])
    ask(chat, RANK)
    chat.get_by_test_id("how-open").click()

    chat.get_by_test_id("copy-sql").click()

    expect(chat.get_by_test_id("copy-sql")).to_have_text("已复制")
    copied = chat.evaluate("navigator.clipboard.readText()")
    assert copied == chat.get_by_test_id("sql").text_content()


def test_a_follow_up_is_the_next_question(chat: Page) -> None:
    ask(chat, RANK)

    chat.get_by_test_id("follow-up").first.click()

    wait_for_cards(chat, 2)
    expect(chat.get_by_test_id("question").last).to_have_text(WORDS["trend"][0])


def test_a_choice_of_a_clarification_is_asked(chat: Page) -> None:
    ask(chat, WORDS["vague"][0])

    chat.get_by_test_id("option").first.click()

    wait_for_cards(chat, 2)
    expect(chat.get_by_test_id("card").last).to_have_attribute("data-status", "answered")


def test_a_refusal_offers_near_questions(chat: Page) -> None:
    ask(chat, WORDS["weather"][0])

    chat.get_by_test_id("near").click()

    wait_for_cards(chat, 2)
    expect(chat.get_by_test_id("card").first).to_have_attribute("data-status", "refused")


def test_switching_the_language_rewords_page_and_cards(chat: Page) -> None:
    ask(chat, RANK)
    chat.get_by_test_id("view-table").click()

    chat.get_by_test_id("lang-en").click()

    expect(chat.get_by_test_id("headline")).to_contain_text("East leads with ¥462M")
    expect(chat.get_by_test_id("table")).to_be_visible()
    expect(chat.get_by_test_id("new-chat")).to_have_text("New chat")
    expect(chat.locator("#ask textarea")).to_have_attribute(
        "placeholder", "Ask in plain words, e.g. Revenue by region in 2026"
    )
    expect(chat.locator("html")).to_have_attribute("lang", "en")


def test_an_english_question_is_answered_in_english(chat: Page) -> None:
    ask(chat, WORDS["rank"][1])

    expect(chat.get_by_test_id("headline")).to_contain_text("East leads with")


def test_looking_through_other_eyes_starts_anew_and_sees_less(chat: Page) -> None:
    expect(chat.get_by_test_id("scope")).to_contain_text("可见全部数据")
    ask(chat, RANK)

    chat.get_by_test_id("viewer").select_option("rep")

    expect(chat.locator("#chat .slot")).to_have_count(0)
    expect(chat.get_by_test_id("scope")).to_contain_text("销售 17")
    ask(chat, RANK)
    expect(chat.locator("tbody tr")).to_have_count(2)


def test_dark_mode_redraws_and_is_remembered(chat: Page) -> None:
    ask(chat, RANK)
    light = chat.evaluate("getComputedStyle(document.body).backgroundColor")

    chat.get_by_test_id("dark").click()

    expect(chat.locator("body")).to_have_class("dark")
    assert chat.evaluate("getComputedStyle(document.body).backgroundColor") != light
    chat.reload()
    chat.wait_for_function(
        "document.body.classList.contains('dark') && document.body.dataset.ready"
    )


def test_a_reload_brings_the_conversation_back(chat: Page) -> None:
    ask(chat, RANK)

    chat.reload()

    wait_for_cards(chat, 1)
    expect(chat.get_by_test_id("question")).to_have_text(RANK)


def test_a_new_chat_is_empty(chat: Page) -> None:
    ask(chat, RANK)

    chat.get_by_test_id("new-chat").click()

    expect(chat.locator("#chat .slot")).to_have_count(0)
    expect(chat.get_by_test_id("welcome")).to_be_visible()


def test_the_catalogue_is_searched_and_asked(chat: Page) -> None:
    chat.get_by_test_id("metric-search").fill("毛利")

    expect(chat.locator("[data-testid=metric]:visible")).to_have_count(1)
    chat.locator("[data-testid=metric]:visible").click()
    wait_for_cards(chat, 1)
    expect(chat.get_by_test_id("question")).to_have_text("毛利率")


def test_the_panel_at_the_side_closes_and_opens(chat: Page) -> None:
    chat.get_by_test_id("side-close").click()

    expect(chat.get_by_test_id("side")).not_to_be_in_viewport()
    chat.get_by_test_id("menu").click()
    expect(chat.get_by_test_id("side")).to_be_in_viewport()


@pytest.mark.parametrize(
    "attack",
    [
        '<img src=x onerror="window.hit=1">',
        "<script>window.hit=1</script>",
        "[x](javascript:window.hit=1) ![](https://example.com/x.png)",
        "<svg onload=window.hit=1>",
        "$$\\href{javascript:window.hit=1}{x}$$",
    ],
    ids=["image", "script", "markdown", "svg", "formula"],
)
def test_markup_in_a_question_is_text(chat: Page, attack: str) -> None:
    ask(chat, attack)

    expect(chat.get_by_test_id("question")).to_have_text(attack)
    expect(chat.get_by_test_id("headline")).to_contain_text(attack)
    assert chat.evaluate("window.hit") is None


def test_ten_thousand_characters_leave_the_page_usable(chat: Page) -> None:
    ask(chat, "长🚀" * 5_000)

    ask(chat, RANK)

    expect(chat.get_by_test_id("headline").last).to_contain_text("华东")


def test_an_empty_question_is_passed_over(chat: Page) -> None:
    chat.locator("#ask textarea").fill("   ")
    chat.locator("#ask textarea").press("Enter")

    ask(chat, RANK)

    expect(chat.locator("#chat .slot")).to_have_count(1)


def test_an_answer_that_breaks_is_a_sentence(chat: Page) -> None:
    ask(chat, "break")

    expect(chat.get_by_test_id("card")).to_have_attribute("data-status", "error")
    expect(chat.locator("body")).not_to_contain_text("secret")


def test_the_table_is_downloaded(chat: Page) -> None:
    ask(chat, RANK)

    with chat.expect_download() as download:
        chat.get_by_test_id("csv").click()

    assert download.value.suggested_filename == "wenshu.csv"


def test_two_browsers_do_not_see_each_other(chat: Page, server: str) -> None:
    ask(chat, RANK)
    assert chat.context.browser is not None

    with chat.context.browser.new_context() as other:
        page = other.new_page()
        page.goto(server)
        page.wait_for_function("document.body.dataset.ready")

        expect(page.get_by_test_id("welcome")).to_be_visible()
        key = chat.locator(".slot").get_attribute("data-aid")
        assert page.request.get(f"{server}api/v1/answers/{key}/card").status == 404


class TestPhone:
    """390 px wide."""

    @pytest.fixture(autouse=True)
    def small(self, chat: Page) -> None:
        chat.set_viewport_size({"width": 390, "height": 844})

    def test_the_panel_is_closed_until_asked_for(self, chat: Page) -> None:
        expect(chat.get_by_test_id("side")).not_to_be_in_viewport()

        chat.get_by_test_id("menu").click()
        chat.get_by_test_id("popular").first.click()

        wait_for_cards(chat, 1)
        expect(chat.get_by_test_id("side")).not_to_be_in_viewport()

    def test_nothing_is_wider_than_the_screen(self, chat: Page) -> None:
        ask(chat, RANK)
        chat.get_by_test_id("how-open").click()
        expect(chat.locator(".chart[data-state=ready]")).to_be_visible()

        wide = chat.evaluate(
            """() => [...document.querySelectorAll('.card, .kpi, .chart svg, .code, .top > *, #ask')]
              .filter(element => element.getBoundingClientRect().right > innerWidth + 1)
              .map(element => element.className)"""
        )

        assert wide == []
