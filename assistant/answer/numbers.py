"""Numbers and dates as people read them. The one formatter of text, tiles, table, chart and export."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cache
from itertools import pairwise
from math import isfinite
from typing import Final

from assistant.locale import has, text
from semantic_layer.calendar import Grain, Period, whole_grain
from semantic_layer.labels import Labels
from semantic_layer.result import Fiscal

Unit = str | Labels | None

NULL: Final = "—"
MINUS: Final = "\u2212"
_EXACT: Final = Context(prec=100, rounding=ROUND_HALF_UP)
_CURRENCY: Final = re.compile(r"[A-Z]{3}")
_COMPACT_FROM: Final = Decimal(10_000)
_DECIMALS: Final = {"percent": 1, "pp": 1, "days": 1, "hours": 1}
_HUNDREDFOLD: Final = frozenset({"percent", "pp"})
_NEVER_COMPACT: Final = frozenset({"percent", "pp", "days", "hours", "score"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What the numbers of one column are divided by.

    Attributes:
        exponent: The power of ten.
        word: How it is written after the number: 万, 亿, K, M; empty for ones.
        decimals: Digits after the point.
        fixed: Whether trailing zeros stay, so that the digits of a column stand under each other.
    """

    exponent: int = 0
    word: str = ""
    decimals: int = 2
    fixed: bool = False


def is_currency(unit: Unit) -> bool:
    """Say whether a unit is an ISO currency code."""
    return isinstance(unit, str) and _CURRENCY.fullmatch(unit) is not None


def as_decimal(value: object) -> Decimal | None:
    """Return a number exactly as written, or None where there is none (null, NaN, infinity, text)."""
    if isinstance(value, float):
        return Decimal(repr(value)) if isfinite(value) else None
    if isinstance(value, Decimal):
        return value if value.is_finite() else None
    return Decimal(value) if isinstance(value, int) and not isinstance(value, bool) else None


def format_value(
    value: object, unit: Unit, language: str, *, compact: bool = True, scale: Scale | None = None
) -> str:
    """Return a number with its unit: 13.94亿元, ¥1.39B, 33.1%, —.

    Args:
        value: An int, float or Decimal; shares are 0–1. Anything else counts as null.
        unit: ISO currency code, percent, pp, count, days, hours, score, a word per language, or None.
        language: `zh` or `en`.
        compact: Whether large numbers are given in 万 / 亿 or K / M / B.
        scale: Use this scale instead of the number's own.
    """
    number = as_decimal(value)
    if number is None:
        return NULL
    chosen = scale or (scale_of(number, unit, language) if compact else _plain_scale(unit))
    digits = _digits(number, unit, chosen)
    sign = MINUS if number < 0 and any(digit in "123456789" for digit in digits) else ""
    return sign + _with_unit(digits + chosen.word, unit, language)


def format_delta(value: object, unit: Unit, language: str) -> str:
    """Return a difference with its sign: +11.3%, −3.0%, +1.2 个百分点; zero has none."""
    shown = format_value(value, unit, language)
    number = as_decimal(value)
    rises = number is not None and number > 0 and any(digit in "123456789" for digit in shown)
    return f"+{shown}" if rises else shown


def format_cell(value: object, unit: Unit, scale: Scale, *, signed: bool = False) -> str:
    """Return a table cell: the number without the unit that its column head carries; percent keeps its sign."""
    number = as_decimal(value)
    if number is None:
        return NULL
    digits = _digits(number, unit, scale)
    visible = any(digit in "123456789" for digit in digits)
    sign = MINUS if number < 0 and visible else "+" if signed and visible else ""
    return sign + digits + ("%" if unit == "percent" else "")


def unit_heading(unit: Unit, scale: Scale, language: str) -> str:
    """Return the unit as a column head carries it: 亿元, ¥M, 天; empty where cells need none."""
    if unit == "percent" or (unit in {None, "count", "score"} and not scale.word):
        return ""
    return " ".join(_with_unit(scale.word, unit, language).split())


def scale_of(number: Decimal, unit: Unit, language: str) -> Scale:
    """Return the largest scale in which a number is at least one, after rounding."""
    if unit in _NEVER_COMPACT:
        return _plain_scale(unit)
    magnitude = number.copy_abs()
    steps = _steps(language)
    for step, (following, _) in pairwise(steps):
        exponent, word = step
        limit = Decimal(10).scaleb(following - 1) if exponent else _COMPACT_FROM
        if magnitude >= limit:
            continue
        if _rounded(magnitude, exponent, 2) < limit.scaleb(-exponent):
            return Scale(exponent=exponent, word=word)
    exponent, word = steps[-1]
    return Scale(exponent=exponent, word=word)


def column_scale(values: Iterable[object], unit: Unit, language: str) -> Scale:
    """Return one scale for all numbers of a column.

    The largest number chooses it; it is one step smaller where the smallest number would lose all but one digit.
    """
    numbers = [n.copy_abs() for value in values if (n := as_decimal(value)) is not None and n]
    if unit in _NEVER_COMPACT or not numbers:
        scale = _plain_scale(unit)
    else:
        scale = scale_of(max(numbers), unit, language)
        tenth = Decimal(1).scaleb(scale.exponent - 1)
        if scale.exponent and min(numbers) < tenth:
            below = [step for step in _steps(language) if step[0] < scale.exponent][-1]
            scale = Scale(exponent=below[0], word=below[1])
    shown = [_rounded(number, scale.exponent, scale.decimals) for number in numbers]
    if unit not in _HUNDREDFOLD and all(number == number.to_integral_value() for number in shown):
        return Scale(exponent=scale.exponent, word=scale.word, decimals=0, fixed=True)
    return Scale(exponent=scale.exponent, word=scale.word, decimals=scale.decimals, fixed=True)


def format_bucket(day: date, grain: Grain, language: str) -> str:
    """Return the name of the period of a grain that begins on a day: 2024年第三季度, Q3 2024, 2024-W36.

    Only weeks from Monday have a number (ISO 8601); others are named by the day that they begin on.
    """
    match grain:
        case Grain.WEEK if day.weekday():
            return text("date.week_from", language, day=format_bucket(day, Grain.DAY, language))
        case Grain.WEEK:
            year, week, _ = day.isocalendar()
            facts: dict[str, object] = {"year": year, "week": f"{week:02d}"}
        case Grain.QUARTER:
            number = (day.month + 2) // 3
            facts = {"year": day.year, "quarter": text(f"date.quarter_{number}", language)}
        case _:
            month = text(f"date.month_{day.month}", language)
            facts = {"year": day.year, "month": month, "day": day.day}
    return text(f"date.{grain.value}", language, **facts)


def format_fiscal(day: date, fiscal: Fiscal, language: str) -> str:
    """Return the name of the fiscal period that begins on a day: 2025财年, Q1 FY2025."""
    quarter = text(f"date.quarter_{fiscal.quarter(day)}", language)
    return text(f"date.{fiscal.grain}", language, year=fiscal.year(day), quarter=quarter)


def format_period(period: Period, language: str) -> str:
    """Return a range of days, its last day included: 2024年9月, 2024年1月1日至3月31日, Jan 1 – Mar 31, 2024."""
    grain = whole_grain(period)
    if grain is not None:
        return format_bucket(period.start, grain, language)
    same_year = period.start.year == period.last.year
    return text(
        "date.range_in_year" if same_year else "date.range",
        language,
        start=format_bucket(period.start, Grain.DAY, language),
        start_day=format_day(period.start, language),
        end=format_bucket(period.last, Grain.DAY, language),
        end_day=format_day(period.last, language),
        year=period.start.year,
    )


def format_day(day: date, language: str) -> str:
    """Return a day without its year: 9月12日, Sep 12."""
    month = text(f"date.month_{day.month}", language)
    return text("date.day_in_year", language, month=month, day=day.day)


def short_bucket(day: date, grain: Grain, language: str, *, one_year: bool) -> str:
    """Return the label of a period on an axis; the year is left out where all periods share it."""
    if grain in {Grain.WEEK, Grain.YEAR}:
        return format_bucket(day, grain, language)
    if not one_year:
        return text(
            f"date.axis_{grain.value}",
            language,
            year=day.year,
            month=f"{day.month:02d}",
            day=f"{day.day:02d}",
            quarter=(day.month + 2) // 3,
        )
    month = text(f"date.month_{day.month}", language)
    return text(
        f"date.axis_{grain.value}_in_year",
        language,
        month=month,
        day=day.day,
        quarter=text(f"date.quarter_{(day.month + 2) // 3}", language),
    )


def _plain_scale(unit: Unit) -> Scale:
    decimals = _DECIMALS.get(unit, 2) if isinstance(unit, str) else 2
    return Scale(decimals=decimals, fixed=unit in _HUNDREDFOLD)


def _rounded(number: Decimal, exponent: int, decimals: int) -> Decimal:
    return number.scaleb(-exponent, _EXACT).quantize(Decimal(1).scaleb(-decimals), context=_EXACT)


def _digits(number: Decimal, unit: Unit, scale: Scale) -> str:
    magnitude = number.copy_abs()
    if unit in _HUNDREDFOLD:
        magnitude = magnitude.scaleb(2, _EXACT)
    shown = f"{_rounded(magnitude, scale.exponent, scale.decimals):,f}"
    return shown.rstrip("0").rstrip(".") if not scale.fixed and "." in shown else shown


def _with_unit(number: str, unit: Unit, language: str) -> str:
    if unit is None or unit in {"count", "score"}:
        return number
    if isinstance(unit, Labels):
        return text("unit.word", language, value=number, unit=unit.of(language))
    code = f"unit.{unit}"
    if number == "1" and has(f"{code}_one", language):
        code = f"{code}_one"
    if has(code, language):
        return text(code, language, value=number)
    return text(
        "unit.currency" if is_currency(unit) else "unit.word", language, value=number, unit=unit
    )


@cache
def _steps(language: str) -> tuple[tuple[int, str], ...]:
    """Read the scales of a language, `4=万 8=亿`, ones first."""
    pairs = [step.split("=") for step in text("number.scales", language).split()]
    return ((0, ""), *((int(exponent), word) for exponent, word in pairs))
