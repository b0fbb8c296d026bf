"""Words of the time grammar: spellings made equal, numerals, month names, festivals with their days."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Final

from semantic_layer.calendar import Grain

_TRADITIONAL: Final = (
    "個週這兩來後從間過財現開國慶節雙聖誕勞動號內萬億點當禮為與連續幾單臺盤總歲終黃購"
)
_SIMPLIFIED: Final = (
    "个周这两来后从间过财现开国庆节双圣诞劳动号内万亿点当礼为与连续几单台盘总岁终黄购"
)

_EQUAL: Final[dict[int, int]] = (
    {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
    | {ord(char): ord(" ") for char in "\t\n\r\f\v\u00a0\u2002\u2003\u2009\u202f\u3000"}
    | {ord(char): ord("-") for char in "‐‑‒–—―−"}
    | {ord(char): ord("~") for char in "〜∼"}
    | {ord(char): ord("'") for char in "’‘`´"}
    | {ord(old): ord(new) for old, new in zip(_TRADITIONAL, _SIMPLIFIED, strict=True)}
    | {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
    | {code: code - 0xFEE0 + 32 for code in range(0xFF21, 0xFF3B)}
)


def normalise(text: str) -> str:
    """Make spellings equal, character by character, so that spans stay valid.

    Full-width forms become ASCII, ASCII capitals small, dashes, quotes and spaces plain ones,
    traditional characters of the grammar simplified.
    """
    return text.translate(_EQUAL)


MONTH_NAMES: Final = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
MONTHS: Final = (
    {name: month for month, name in enumerate(MONTH_NAMES, 1)}
    | {name[:3]: month for month, name in enumerate(MONTH_NAMES, 1)}
    | {"sept": 9}
)
# Everyday words when written small: they are months only in context.
WEAK_MONTHS: Final = frozenset({"may", "march", "mar", "jan", "jun"})
WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ORDINALS: Final = {
    "first": 1, "second": 2, "third": 3, "fourth": 4,
    "1st": 1, "2nd": 2, "3rd": 3, "4th": 4,
}  # fmt: skip
UNITS: Final = {
    "天": Grain.DAY, "日": Grain.DAY, "周": Grain.WEEK, "星期": Grain.WEEK, "礼拜": Grain.WEEK,
    "月": Grain.MONTH, "季": Grain.QUARTER, "季度": Grain.QUARTER, "年": Grain.YEAR, "年度": Grain.YEAR,
    "day": Grain.DAY, "week": Grain.WEEK, "month": Grain.MONTH, "quarter": Grain.QUARTER, "year": Grain.YEAR,
}  # fmt: skip
# About a century each, so that no phrase leaves the calendar.
MOST: Final = {
    Grain.DAY: 36500,
    Grain.WEEK: 5200,
    Grain.MONTH: 1200,
    Grain.QUARTER: 400,
    Grain.YEAR: 100,
}

# First day of the lunar year; the table ends where the dates are not yet needed.
LUNAR_NEW_YEAR: Final = {
    2010: (2, 14), 2011: (2, 3), 2012: (1, 23), 2013: (2, 10), 2014: (1, 31), 2015: (2, 19), 2016: (2, 8),
    2017: (1, 28), 2018: (2, 16), 2019: (2, 5), 2020: (1, 25), 2021: (2, 12), 2022: (2, 1), 2023: (1, 22),
    2024: (2, 10), 2025: (1, 29), 2026: (2, 17), 2027: (2, 6), 2028: (1, 26), 2029: (2, 13), 2030: (2, 3),
    2031: (1, 23), 2032: (2, 11), 2033: (1, 31), 2034: (2, 19), 2035: (2, 8),
}  # fmt: skip
# Fixed festivals as (month, first day, days). 618 and 双十一 are the selling seasons, not the single
# day: retailers count 1-20 June and 1-11 November. 春节 is seven days from the lunar new year's day.
_FIXED: Final = {
    "new_year": (1, 1, 1),
    "labour_day": (5, 1, 5),
    "618": (6, 1, 20),
    "national_day": (10, 1, 7),
    "double_11": (11, 1, 11),
    "double_12": (12, 1, 12),
    "christmas": (12, 25, 1),
}
FESTIVALS: Final = {
    "元旦": "new_year", "春节": "spring_festival", "农历新年": "spring_festival", "五一": "labour_day",
    "劳动节": "labour_day", "618": "618", "六一八": "618", "国庆": "national_day", "国庆节": "national_day",
    "十一": "national_day", "双十一": "double_11", "双11": "double_11", "双十二": "double_12", "双12": "double_12",
    "圣诞": "christmas", "圣诞节": "christmas", "黑色星期五": "black_friday", "黑五": "black_friday",
    "网络星期一": "cyber_monday", "black friday": "black_friday", "cyber monday": "cyber_monday",
    "christmas": "christmas", "christmas day": "christmas", "new year's day": "new_year",
    "chinese new year": "spring_festival", "lunar new year": "spring_festival", "spring festival": "spring_festival",
    "singles' day": "double_11", "singles day": "double_11", "double 11": "double_11", "double eleven": "double_11",
    "double 12": "double_12", "golden week": "national_day",
}  # fmt: skip


def festival(key: str, year: int) -> tuple[date, int] | None:
    """Return first day and length in days of a festival, or None where its date is not known.

    Args:
        key: A value of `FESTIVALS`.
        year: Calendar year the festival lies in.
    """
    if key in _FIXED:
        month, day, days = _FIXED[key]
        return date(year, month, day), days
    if key == "spring_festival":
        first = LUNAR_NEW_YEAR.get(year)
        return (date(year, *first), 7) if first else None
    november = date(year, 11, 1)
    thanksgiving = november + timedelta(days=(3 - november.weekday()) % 7 + 21)
    return thanksgiving + timedelta(days=1 if key == "black_friday" else 4), 1
