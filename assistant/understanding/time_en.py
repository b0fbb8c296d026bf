"""English period phrases. Patterns are matched against normalised text: small letters, plain quotes and dashes."""

from __future__ import annotations

import re
from datetime import date
from typing import Final

from assistant.understanding.time_nodes import (
    Calendar,
    Edge,
    Festival,
    Fixed,
    Half,
    InYear,
    MonthDay,
    Node,
    Part,
    PartRange,
    Quarter,
    Range,
    SamePart,
    Trailing,
    Unusable,
    Week,
    Weekday,
    Year,
)
from assistant.understanding.time_rules import Rule, day_part, full_year, month_part, spaced, whole
from assistant.understanding.time_words import (
    FESTIVALS,
    MONTHS,
    MOST,
    ORDINALS,
    UNITS,
    WEAK_MONTHS,
    WEEKDAYS,
)
from semantic_layer.calendar import Grain, Period, month_length, shift


def _any(words: set[str] | frozenset[str] | dict[str, int]) -> str:
    return "|".join(sorted(words, key=lambda word: (-len(word), word)))


_B: Final = r"(?!\w)"
_STRONG: Final = _any(MONTHS.keys() - WEAK_MONTHS)
_WEAK: Final = _any(WEAK_MONTHS)
_MONTH: Final = f"(?:{_STRONG}|{_WEAK})"
_INITIALS: Final = "".join(sorted({name[0] for name in MONTHS}))
_DAY: Final = r"[0-3]?[0-9]"
_ENTIRE: Final = r"(?![\w%]|[,.][0-9]|_percent|_%)"
_TO: Final = "_(?:-|~|to|through|thru)_"
_COUNT: Final = (
    "(?P<n>[0-9]{1,5}|an?|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen"
    "|sixteen|eighteen|(?:twenty|thirty|forty|fifty|sixty|ninety)(?:[- ](?:one|two|three|four|five|six|seven|eight|nine))?)"
)
_PERIOD: Final = "(?P<unit>day|week|month|quarter|year)"
_WHICH: Final = "(?P<which>this|current|last|previous|prior|preceding|next)"
_OFFSETS: Final = {"this": 0, "current": 0, "next": 1}
# A rolling average is a formula with a window, not a period.
_NO_FORMULA: Final = r"(?![- ](?:rolling|moving|trailing|avg|average|mean))"
_RUNNING: Final = (
    r"(?P<running>_[(,]?_(?:including|incl\.?|plus|and) (?:this|the current|today|the running)(?: (?:day|week|month|quarter|year))?"
    rf"{_B}_\)?)?"
)


def _offset(match: re.Match[str]) -> int:
    return _OFFSETS.get(match["which"], -1)


def _year(match: re.Match[str]) -> Year | None:
    number = full_year(match["number"])
    return None if number is None else Year(number)


def _calendar_year(match: re.Match[str]) -> Year | None:
    number = full_year(match["number"])
    return None if number is None else Year(number, fiscal=False)


def _fiscal_year(match: re.Match[str]) -> Year | None:
    number = full_year(match["number"])
    return None if number is None else Year(number, fiscal=True)


YEARS: Final[tuple[Rule[Year], ...]] = (
    Rule(
        "acfwyt",
        spaced(rf"(?:all of |(?:the )?(?:whole|entire|full)(?: of)? )?(?:(?:full[- ]|(?P<calendar>calendar ))?year )?(?P<number>(?:199|20[0-9])[0-9]){_ENTIRE}(?![-/][0-9])"),
        lambda m: _calendar_year(m) if m["calendar"] else _year(m),
    ),
    Rule("'", spaced(rf"'(?P<number>[0-9]{{2}}){_ENTIRE}"), _year),
    Rule("c", spaced(rf"cy_(?P<number>[0-9]{{4}}|[0-9]{{2}}){_ENTIRE}"), _calendar_year),
    Rule("f", spaced(rf"(?:fy|fiscal(?: year)?|financial year)_'?(?P<number>[0-9]{{4}}|[0-9]{{2}}){_ENTIRE}(?![-/][0-9])"), _fiscal_year),
    Rule("tclpn", spaced(f"{_WHICH} (?P<calendar>calendar )?year{_B}{_NO_FORMULA}"),
         lambda m: Year(offset=_offset(m), fiscal=False if m["calendar"] else None)),
    Rule("tclpn", spaced(f"{_WHICH} (?:fiscal year|financial year|fy){_B}"), lambda m: Year(offset=_offset(m), fiscal=True)),
    Rule("yt", spaced(f"(?:the )?year before last{_B}"), lambda match: Year(offset=-2)),
)  # fmt: skip


def _edge(match: re.Match[str]) -> Edge | None:
    count, grain = whole(match["n"]), UNITS[match["unit"]]
    most = 11 if grain is Grain.MONTH else 3
    return Edge(count, grain, last=match["side"] != "first") if 1 <= count <= most else None


def _quarter(match: re.Match[str]) -> Quarter:
    return Quarter(ORDINALS.get(match["nth"], 4), fiscal=True if match["fiscal"] else None)


def _named_day(match: re.Match[str]) -> Part | Unusable | None:
    return day_part(MONTHS[match["month"]], whole(match["day"]))


def _day_range(match: re.Match[str]) -> Part | Unusable:
    month = MONTHS[match["month"]]
    first, last = day_part(month, whole(match["a"])), day_part(month, whole(match["b"]))
    return (
        PartRange(first, last)
        if isinstance(first, MonthDay) and isinstance(last, MonthDay)
        else Unusable()
    )


def _month(match: re.Match[str]) -> Part | None:
    return month_part(str(MONTHS[match["month"]]))


PARTS: Final[tuple[Rule[Part | Unusable], ...]] = (
    Rule("qf", spaced(rf"(?P<fiscal>fiscal |f)?q_?(?P<n>[1-4])(?!\w|\.[0-9]|-[0-9]{_B})"),
         lambda m: Quarter(int(m["n"]), fiscal=True if m["fiscal"] else None)),
    Rule("1234", spaced(rf"(?P<n>[1-4])q(?:{_B}|(?=[0-9]{{2}}{_B}))"), lambda match: Quarter(int(match["n"])), "year"),
    Rule("fst1234", spaced(f"(?P<nth>first|second|third|fourth|1st|2nd|3rd|4th)[- ](?P<fiscal>fiscal )?quarter{_B}"), _quarter),
    Rule("fl", spaced(f"(?P<nth>final|last)[- ](?P<fiscal>fiscal )?quarter{_B}"), _quarter, "year"),
    Rule("q", spaced(rf"quarter (?P<n>[1-4]|one|two|three|four){_B}"), lambda match: Quarter(whole(match["n"]))),
    Rule("q", spaced(rf"q(?P<a>[1-4])_[-~]_q?(?P<b>[1-4]){_B}"), lambda m: PartRange(Quarter(int(m["a"])), Quarter(int(m["b"])))),
    Rule("h", spaced(r"h(?P<n>[12])(?!\w|\.[0-9])"), lambda match: Half(int(match["n"]))),
    Rule("12", spaced(rf"(?P<n>[12])h(?:{_B}|(?=[0-9]{{2}}{_B}))"), lambda match: Half(int(match["n"])), "year"),
    Rule("fsl12", spaced(f"(?P<nth>first|second|latter|last|1st|2nd)[- ]half(?: of the year)?{_B}"),
         lambda match: Half(1 if match["nth"] in {"first", "1st"} else 2)),
    Rule("fl", spaced(f"(?P<side>first|last|final) {_COUNT} (?P<unit>month|quarter)s?{_B}"), _edge, "year"),
    Rule("fl", spaced(f"(?P<side>first|last|final) (?P<unit>month){_B}"), lambda m: Edge(1, Grain.MONTH, m["side"] != "first"), "year"),
    Rule(_INITIALS, spaced(f"(?P<month>{_STRONG}){_B}(?!-[0-9]{{1,2}}{_B})"), _month),
    Rule(_INITIALS, spaced(f"(?P<month>{_WEAK}){_B}(?!-[0-9]{{1,2}}{_B})"), _month, "month context"),
    Rule(_INITIALS, spaced(rf"(?P<month>{_MONTH})\.? (?:the )?(?P<day>{_DAY})(?:st|nd|rd|th)?{_ENTIRE}"), _named_day),
    Rule(_INITIALS, spaced(rf"(?P<month>{_MONTH})\.? (?P<a>{_DAY})(?:st|nd|rd|th)?{_TO}(?P<b>{_DAY})(?:st|nd|rd|th)?{_ENTIRE}"), _day_range),
    Rule("0123456789", spaced(rf"(?P<day>{_DAY})(?:st|nd|rd|th)(?: of)? (?P<month>{_MONTH}){_B}"), _named_day),
    Rule("0123456789", spaced(rf"(?P<day>{_DAY}) (?P<month>{_MONTH}){_B}"), _named_day, "number context"),
    Rule("0123456789", spaced(rf"(?P<a>{_DAY})(?:st|nd|rd|th)?{_TO}(?P<b>{_DAY})(?:st|nd|rd|th)? (?P<month>{_MONTH}){_B}"), _day_range),
    Rule("w", spaced(rf"(?:week_|w)(?P<n>[0-5]?[0-9]){_B}"), lambda match: Week(int(match["n"])), "year"),
    Rule("bcdgnls", spaced(r"(?P<name>black friday|cyber monday|christmas(?: day)?|new year's day|chinese new year|lunar new year"
         rf"|spring festival|singles'? day|double (?:11|12|eleven)|golden week){_B}"), lambda m: Festival(FESTIVALS[re.sub(" +", " ", m["name"])])),
)  # fmt: skip


def _trailing(match: re.Match[str]) -> Node | None:
    grain = UNITS[match["unit"]]
    count = 1 if match["n"] in {"a", "an"} else whole(match["n"])
    fiscal = True if match["fiscal"] else None
    return (
        Trailing(count, grain, running=bool(match["running"]), fiscal=fiscal)
        if 1 <= count <= MOST[grain]
        else None
    )


def _ago(match: re.Match[str]) -> Node | None:
    grain = UNITS[match["unit"]]
    count = 1 if match["n"] in {"a", "an"} else whole(match["n"])
    if not 1 <= count <= MOST[grain]:
        return None
    return Year(offset=-count) if grain is Grain.YEAR else Calendar(grain, -count)


def _to_date(unit: str, fiscal: bool | None = None) -> Node:
    return Year(fiscal=fiscal) if unit[0] == "y" else Calendar(UNITS[unit], fiscal=fiscal)


def _to_date_of(match: re.Match[str]) -> Node | None:
    named = match[0].rsplit(None, 1)[-1]
    return _to_date_before(match) if named == (match["unit"] or _SHORT[match["short"]]) else None


def _to_date_before(match: re.Match[str]) -> Node | None:
    unit = match["unit"] or _SHORT[match["short"]]
    base = _to_date(unit, True if match["f"] else None)
    return SamePart(base, UNITS[unit]) if isinstance(base, Year | Calendar) else None


_SHORT: Final = {"y": "year", "q": "quarter", "m": "month", "w": "week"}


def _written(match: re.Match[str]) -> Node:
    """Date a numeral date; one that does not exist must not be read as its year."""
    year, month, day = int(match["y"]), int(match["m"]), int(match["d"] or 1)
    if not (1 <= month <= 12 and 1 <= day <= month_length(year, month)):
        return Unusable()
    grain = Grain.DAY if match["d"] else Grain.MONTH
    start = date(year, month, day)
    return Fixed(Period(start, shift(start, grain, 1)), grain)


def _weekday(match: re.Match[str]) -> Node:
    return Weekday(WEEKDAYS.index(match["day"]), 0 if match["which"] == "this" else None)


_YEAR: Final = "(?:199[0-9]|20[0-9]{2})"
_RECENT: Final = "(?:most recent|last|past|previous|prior|preceding|latest|trailing)"
_PRIOR: Final = "(?:last|prior|previous|preceding)"
WHOLES: Final[tuple[Rule[Node], ...]] = (
    Rule("lp", spaced(rf"(?:{_PRIOR} (?P<f>fiscal )?(?:(?P<unit>year|quarter|month|week)(?:'s)?[- ]to[- ]date|(?P<short>[yqmw])td)){_B}"), _to_date_before),
    Rule("p", spaced(rf"(?P<f>)(?P<unit>)p_?(?P<short>[yqmw])td{_B}"), _to_date_before),
    Rule("yqmw", spaced(rf"(?P<f>)(?:(?P<unit>year|quarter|month|week)[- ]to[- ]date|(?P<short>[yqmw])td) (?:of )?(?:the )?{_PRIOR} (?:year|quarter|month|week){_B}"), _to_date_of),
    Rule("12", spaced(rf"(?P<y>{_YEAR})(?P<s>[-/.])(?P<m>[01]?[0-9])(?:(?P=s)(?P<d>[0-3]?[0-9]))(?![\w%]|[-/.][0-9])"), _written),
    Rule("12", spaced(r"(?P<y>199[0-9]|20[0-9]{2})[-/](?P<m>[01]?[0-9])(?P<d>)(?![\w%]|[-/.][0-9])"), _written),
    Rule("12", spaced(rf"(?P<a>{_YEAR})_年?_[-~]_(?P<b>{_YEAR})(?:_年|(?![\w%]|[-/.,][0-9]|_units))"),
         lambda match: Range(Year(int(match["a"])), Year(int(match["b"])))),
    Rule("12349", spaced(rf"(?P<number>[0-9]{{2}}|{_YEAR})_-?_q(?P<q>[1-4]){_B}"),
         lambda m: (y := _year(m)) and InYear(Quarter(int(m["q"])), y)),
    Rule("mlppt", spaced(rf"{_RECENT}[ -]{_COUNT}[ -](?:full |complete |completed |whole |calendar )?(?P<fiscal>fiscal )?"
         rf"{_PERIOD}s?{_B}{_NO_FORMULA}(?! of (?:{_YEAR}|{_MONTH}|last|this|the year){_B}){_RUNNING}"), _trailing),
    Rule("p", spaced(rf"(?P<n>)past (?P<fiscal>fiscal )?{_PERIOD}{_B}{_RUNNING}"), lambda m: Trailing(1, UNITS[m["unit"]], bool(m["running"]))),
    Rule("lmp", spaced(rf"(?:last|latest|most recent|previous) (?:full|complete|completed) {_PERIOD}{_B}"), lambda m: Trailing(1, UNITS[m["unit"]])),
    Rule("lp", spaced(f"(?:last|past) half[- ]year{_B}"), lambda match: Trailing(6, Grain.MONTH)),
    Rule("tl", spaced(f"(?:ttm|ltm){_B}"), lambda match: Trailing(12, Grain.MONTH)),
    Rule("tclpn", spaced(rf"{_WHICH} (?P<fiscal>fiscal )?(?P<unit>week|month|quarter){_B}(?! (?:in|of) (?:{_YEAR}|{_MONTH}|last|this){_B})"),
         lambda m: Calendar(UNITS[m["unit"]], _offset(m), True if m["fiscal"] else None)),
    Rule("tcl", spaced(rf"{_WHICH} day{_B}"), lambda m: Calendar(Grain.DAY, _offset(m))),
    Rule("wmqdt", spaced(f"(?:the )?(?P<unit>week|month|quarter) before last{_B}"), lambda m: Calendar(UNITS[m["unit"]], -2)),
    Rule("tyd", spaced(f"(?P<day>today|yesterday|tomorrow|(?:the )?day before yesterday){_B}"),
         lambda m: Calendar(Grain.DAY, {"today": 0, "yesterday": -1, "tomorrow": 1}.get(m["day"], -2))),
    Rule("0123456789aotfsnet", spaced(f"{_COUNT} {_PERIOD}s? ago{_B}"), _ago),
    Rule("lt", spaced(rf"(?P<which>last|this) (?P<day>{'|'.join(WEEKDAYS)}){_B}"), _weekday),
    Rule("yqmwf", spaced(f"(?P<f>f|fiscal[ -])?(?P<unit>[yqmw])td{_B}(?!_{_YEAR}| last| this)"), lambda m: _to_date(_SHORT[m["unit"]], True if m["f"] else None)),
    Rule("yqmwf", spaced(f"(?P<f>fiscal[ -])?(?P<unit>year|quarter|month|week)[- ]to[- ]date{_B}"), lambda m: _to_date(m["unit"], True if m["f"] else None)),
    Rule("st", spaced(rf"(?:so far this (?P<unit>week|month|quarter|year)|this (?P<late>week|month|quarter|year) (?:so far|to date)){_B}"),
         lambda m: _to_date(m["unit"] or m["late"])),
)  # fmt: skip
