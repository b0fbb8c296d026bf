"""Amounts as they stand in a text: 1,234.5 · 1.5亿 · 三百万 · 2k · 3.2 million · 20% · 百分之二十.

Spans of period phrases (近3个月, 2024) are not left out here: the reader drops what `find_times` claims.
Ordinals (第2名, 3rd) are positions, not amounts, and are never returned.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from math import prod
from typing import Final

from assistant.understanding.time_words import normalise


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantity:
    """An amount in a text; `value` of 20% is 0.2, and `text` is `text[start:end]` as written."""

    start: int
    end: int
    text: str
    value: Decimal
    is_percent: bool


_DIGIT: Final = {char: number for number, char in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "两": 2,
}
_SMALL: Final = {"十": 10, "百": 100, "千": 1000}
_LARGE: Final = {"万": 10**4, "亿": 10**8}
_SCALE: Final = {
    "w": 10**4,
    "k": 10**3,
    "m": 10**6,
    "mn": 10**6,
    "mm": 10**6,
    "b": 10**9,
    "bn": 10**9,
    "hundred": 100,
    "thousand": 10**3,
    "million": 10**6,
    "billion": 10**9,
    "trillion": 10**12,
}
_WORD: Final = {
    word: number
    for number, word in enumerate(
        [
            "zero",
            "one",
            "two",
            "three",
            "four",
            "five",
            "six",
            "seven",
            "eight",
            "nine",
            "ten",
            "eleven",
            "twelve",
            "thirteen",
            "fourteen",
            "fifteen",
            "sixteen",
            "seventeen",
            "eighteen",
            "nineteen",
        ]
    )
} | {
    word: 10 * tens
    for tens, word in enumerate(
        ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"], 2
    )
}

_ARABIC: Final = r"(?:\d{1,3}(?:,\d{3})++(?!\d)|\d++)(?:\.\d++)?+"
_HAN: Final = "零〇一二两三四五六七八九十百千万亿点"
_EN_WORD: Final = "|".join(
    sorted((*_WORD, "hundred", "thousand", "million", "billion"), key=len)[::-1]
)
# Measure words after which even a single Chinese digit is an amount ("三个产品", but not "三星").
_COUNTED: Final = "[个件台款元块名位家人单条箱盒吨次天号套瓶袋辆张笔种倍成]"
_ASKED: Final = "前|后|超过|大于|小于|低于|高于|少于|多于|等于|至少|最多|不足|满|达到|top|>|<|="
_UNIT_NOT_GOODS: Final = "(?!克|瓦|米|货|度|事|科)"
_PERCENT: Final = r"%|‰|percentage points?|per ?cent|pct|个?百分点"

_QUANTITY: Final = re.compile(
    rf"""
    (?P<per>[百千])分之\ ?(?P<share>{_ARABIC}|[{_HAN}]{{1,12}})
    | (?<![\d第])(?P<tenths>[一二三四五六七八九\d])成(?![本交功长都员为品立绩单分熟])
    | (?P<half>(?<!第)一半|(?<![a-z])half(?=\ of\b)(?<!first\ half)(?<!second\ half))
    | (?<![\da-z_])(?<!\d[.,/-])(?<!第)(?P<sign>(?<![\da-z)\]%.])[-+]\ ?)?
      (?:(?P<mixed>(?:\d++(?:\.\d++)?\ ?[十百千万亿]{{1,3}}{_UNIT_NOT_GOODS}){{1,4}}(?:\d(?![\d.,%a-z\u4e00-\u9fff]))?+)
        |(?P<plain>{_ARABIC})(?:[\ -](?P<word>hundred|thousand|million|billion|trillion)|\ ?(?P<scale>k|w|mn|mm|m|bn|b)(?![a-z]))?+
         (?![a-z_]))
      (?:\ ?(?P<percent>{_PERCENT}))?+
    | (?<![第{_HAN}])(?P<han>[{_HAN}]{{1,16}}){_UNIT_NOT_GOODS}
    | (?<![a-z])(?P<words>(?:an?\ (?=hundred|thousand|million|billion))?+
        (?:{_EN_WORD})(?:[\ -](?:and\ )?(?:{_EN_WORD})){{0,8}}+)(?![a-z])
      (?:\ (?P<worded>percent|per\ cent))?
    """,
    re.VERBOSE | re.ASCII,
)
_HAN_BEFORE: Final = re.compile(rf"(?:{_ASKED})\s?$", re.ASCII)
_HAN_AFTER: Final = re.compile(rf"\s?(?:{_COUNTED}|$|[，。,.?？!！;；])", re.ASCII)
_HAN_TOKEN: Final = re.compile(
    r"(?P<number>\d+(?:\.\d+)?)|(?P<digit>[零〇一二两三四五六七八九])|(?P<unit>[十百千万亿])"
)


def find_quantities(text: str) -> tuple[Quantity, ...]:
    """Return the amounts of a text, left to right, not overlapping; both languages."""
    plain = normalise(text)
    found = []
    for match in _QUANTITY.finditer(plain):
        value = _value(match)
        if value is None or not _is_amount(plain, match):
            continue
        start, end = match.span()
        percent = any(match[name] for name in ("per", "tenths", "half", "percent", "worded"))
        found.append(
            Quantity(start=start, end=end, text=text[start:end], value=value, is_percent=percent)
        )
    return tuple(found)


def parse_number(text: str) -> Decimal | None:
    """Read a text that is one number and nothing else; `20%` is 0.2, anything else None."""
    plain = normalise(text).strip()
    match = _QUANTITY.fullmatch(plain)
    return _value(match) if match else None


def _value(match: re.Match[str]) -> Decimal | None:
    if match["half"]:
        return Decimal("0.5")
    if match["words"]:
        return _english(match["words"]) / (100 if match["worded"] else 1)
    for name, divisor in (
        ("share", 1000 if match["per"] == "千" else 100),
        ("tenths", 10),
        ("han", 1),
    ):
        if match[name]:
            part = _number(match[name])
            return None if part is None else part / divisor
    return _arabic(match)


def _arabic(match: re.Match[str]) -> Decimal | None:
    value = _chinese(match["mixed"].replace(" ", "")) if match["mixed"] else _number(match["plain"])
    if value is None:
        return None
    value *= _SCALE.get(match["scale"] or match["word"] or "", 1)
    if match["percent"]:
        value /= 1000 if match["percent"] == "‰" else 100
    return -value if (match["sign"] or "").startswith("-") else value


def _is_amount(text: str, match: re.Match[str]) -> bool:
    """Tell amounts from words that only contain a numeral (三星, 一起, which one, 千万不要)."""
    if match["words"]:
        return match["words"] != "one"
    han = match["han"]
    if not han:
        return True
    before = _HAN_BEFORE.search(text, max(0, match.start() - 4), match.start())
    after = _HAN_AFTER.match(text, match.end())
    if len(han) > 1:
        return not (han == "千万" and text.startswith(("不", "别", "要"), match.end()))
    return han not in "百千万亿零〇点" and bool(before or after) and not (han == "一" and not after)


def _number(text: str) -> Decimal | None:
    if text[0].isdigit():
        return Decimal(text.replace(",", ""))
    return _chinese(text)


def _chinese(text: str) -> Decimal | None:
    """Read Chinese numerals, with Arabic parts allowed (2千5百万); None where they make no number."""
    if all(char in _DIGIT for char in text):
        return Decimal("".join(str(_DIGIT[char]) for char in text))
    point = re.fullmatch(r"([^点]+)点([零〇一二三四五六七八九]+)([百千万亿]*)", text)
    if point:
        whole = _chinese(point[1])
        if whole is None:
            return None
        fraction = Decimal("0." + "".join(str(_DIGIT[char]) for char in point[2]))
        return (whole + fraction) * prod((_SMALL | _LARGE)[unit] for unit in point[3])
    return _composed(text)


def _composed(text: str) -> Decimal | None:
    """Add up digit-and-unit groups; a last bare digit counts tenths of the unit before it (三万五 = 35000)."""
    tokens = list(_HAN_TOKEN.finditer(text))
    if "".join(token[0] for token in tokens) != text:
        return None
    total = section = Decimal(0)
    number: Decimal | None = None
    last, ceiling, zero = 1, 10**4, False
    for token in tokens:
        if not token["unit"]:
            if number is not None:
                return None
            zero = token[0] in "零〇"
            number = None if zero else Decimal(_DIGIT.get(token[0], 0) or token[0])
            continue
        last = (_SMALL | _LARGE)[token[0]]
        if token[0] in _SMALL:
            if last >= ceiling or (number is None and token[0] != "十" and token.start()):
                return None
            section, ceiling = section + last * (1 if number is None else number), last
        elif token[0] == "万":
            total, section, ceiling = (
                total + _at_least_one(section, number, total) * last,
                Decimal(0),
                10**4,
            )
        else:
            total, section, ceiling = (
                (total + _at_least_one(section, number, total)) * last,
                Decimal(0),
                10**4,
            )
        number, zero = None, False
    if number is None:
        return total + section
    tenths = number < 10 and not zero and text[-2] not in "零〇"
    return total + section + number * (last // 10 if tenths else 1)


def _at_least_one(section: Decimal, number: Decimal | None, total: Decimal) -> Decimal:
    amount = section + (number or 0)
    return amount if amount or total else Decimal(1)


def _english(text: str) -> Decimal:
    """Read English number words: two hundred and fifty thousand."""
    total, section = Decimal(0), Decimal(0)
    for word in re.findall("[a-z]+", text):
        if word in _WORD:
            section += _WORD[word]
        elif word == "hundred":
            section = (section or Decimal(1)) * 100
        elif word in _SCALE:
            total, section = total + (section or 1) * _SCALE[word], Decimal(0)
    return total + section
