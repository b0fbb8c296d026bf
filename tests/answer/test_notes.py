"""Warnings and assumptions in words."""

import pytest

from assistant.answer.notes import note_text
from semantic_layer.catalog import Catalog
from semantic_layer.result import Cell, Notice

NOTICES: dict[str, dict[str, Cell]] = {
    "partial_bucket": {"bucket": "2024-09-01", "grain": "month", "through": "2024-09-12"},
    "target_running": {"pace": 0.806, "through": "2024-08-19", "last": "2024-08-31"},
    "target_whole_periods": {"start": "2024-07-01", "last": "2024-09-30"},
    "unknown_member": {"field": "orders.region"},
    "ties_at_cut": {"limit": 5, "tied": 2},
    "period_ignored": {"metric": "revenue"},
    "base_assumed": {"word": "增长", "base": "previous_year"},
    "period_assumed": {"phrase": "", "start": "2024-01-01", "end": "2025-01-01"},
    "share_shown_for_all": {"word": "华东", "field": "大区"},
}


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("partial_bucket", "2024年9月尚未结束，数据截至2024年9月12日。"),
        (
            "target_running",
            "目标期尚未结束：到2024年8月19日已过去 80.6% 的时间，目标期到2024年8月31日为止。",
        ),
        ("target_whole_periods", "目标按完整目标期计算，实际与目标都取2024年第三季度。"),
        ("unknown_member", "没有对应大区的数据单独列为“未知”。"),
        ("ties_at_cut", "第 5 名有并列，另有 2 行数值相同但未显示。"),
        ("period_ignored", "销售额没有日期，时间条件未起作用。"),
        ("base_assumed", "“增长”没有说和谁比，这里与上年同期比较。"),
        ("period_assumed", "没有说时间，这里取2024年。"),
        ("share_shown_for_all", "为了看清“华东”的占比，列出了所有大区。"),
    ],
    ids=lambda value: value if str(value).isascii() else "",
)
def test_notices_are_said(catalog: Catalog, code: str, words: str) -> None:
    assert note_text(Notice(code=code, facts=NOTICES[code]), catalog, "zh") == words


def test_a_notice_without_words_is_named_not_lost(catalog: Catalog) -> None:
    assert note_text(Notice(code="brand_new"), catalog, "en") == "Note: brand_new"
    assert note_text(Notice(code="truncated"), catalog, "en") == "Note: truncated"
