"""Chinese period phrases. Patterns are matched against normalised text: simplified, half-width, small letters.

Look-behinds and look-aheads keep words apart that only contain a period's characters: 成本月度, 线上月销售额,
目前三季度, 上周一共, 本周期, 三个季度.
"""

from __future__ import annotations

import re
from typing import Final

from assistant.understanding.time_nodes import (
    Calendar,
    Edge,
    Festival,
    Half,
    MonthDay,
    Node,
    Part,
    PartRange,
    Quarter,
    Trailing,
    Unusable,
    Week,
    Weekday,
    Year,
)
from assistant.understanding.time_rules import Rule, day_part, full_year, month_part, spaced, whole
from assistant.understanding.time_words import FESTIVALS, MOST, UNITS
from semantic_layer.calendar import Grain

_DIGITS: Final = "一二三四五六七八九十"
_NUMERALS: Final = f"0123456789{_DIGITS}"
_N: Final = "(?P<n>[0-9]{1,5}|[一二两三四五六七八九十百]{1,4})"
_SEP: Final = "_(?:到|至|-{1,2}|~)_"
_WEEK: Final = "(?:周(?![期年边转岁围])|星期|礼拜)"
_UNIT: Final = (
    f"(?:个_)?(?:自然|完整|整)?(?P<unit>天(?![猫津河])|日(?![均本])|{_WEEK}|月|季度?|年(?![半级]))"
)
_RUNNING: Final = "(?P<running>[含加](?:上)?(?:本|当|这个?)(?:月|周|季度?|年|日|天))"
_MONTH: Final = rf"(?<![第每隔{_DIGITS}0-9])(?:0?[1-9]|1[0-2]|十[一二]?|[一二三四五六七八九])"
_DAY: Final = r"(?:[0-3]?[0-9]|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])(?![0-9])"
_FOURTH: Final = "[1-4一二三四]"
_NOT_COUNTED: Final = "(?<![每各隔续])"

# Not the end of 成本, 样本, 基本 …; not of 线上, 网上, 以上; not of 线下, 以下.
_THIS: Final = "(?:(?<![成样基资版日根原书课剧文副标])本|这个?|(?<![相])当(?=[月季周]))"
_LAST: Final = "(?:(?<![线网以路身])上一?个?|(?<![目当以之此先])前一个?)"
_BEFORE_LAST: Final = "(?<![线网])上上个?"
_NEXT: Final = "(?<![线旗名以如低])下一?个?"
_OFFSET: Final = (
    f"(?:(?P<last2>{_BEFORE_LAST})|(?P<this>{_THIS})|(?P<last>{_LAST})|(?P<next>{_NEXT}))"
)

_YEAR_WORDS: Final = {
    "今年": 0, "本年": 0, "去年": -1, "上年": -1, "上一年": -1, "前一年": -1, "前年": -2, "上上年": -2,
    "大前年": -3, "明年": 1, "下一年": 1, "后年": 2,
}  # fmt: skip
_DAY_WORDS: Final = {
    "今天": 0, "今日": 0, "本日": 0, "昨天": -1, "昨日": -1, "前一天": -1, "前天": -2, "大前天": -3,
    "明天": 1, "后天": 2,
}  # fmt: skip
# "2024款" counts, "2024人均", "2024家电" and "2024双十一" do not.
_MEASURE: Final = (
    "(?:个(?![人体])|件(?![单均])|台(?![湾州账])|款|元|块|万|千|百(?![货度])|亿|名|位|人(?![均效数])"
    "|家(?![电居具庭])|单(?![价量品均店])|条(?!码)|箱|盒|吨|次(?![品数])|天|号|颗|双(?![十1])|套(?![餐装])"
    "|瓶|袋|辆|张|笔(?![记均单])|斤|折)"
)
_EN_MEASURE: Final = (
    "(?:units?|pcs|pieces?|items?|boxes|products?|customers?|people|times|days?|weeks?|months?|hours?|usd|cny|rmb"
    r"|eur|dollars|yuan|percent|stores?|reps|rows|records|points|skus?)(?!\w)"
)
_YEAR: Final = r"(?:199[0-9]|20[0-9]{2}|2100)"
_MONTH_WORD: Final = "(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)"
BARE_YEAR: Final = (
    rf"(?P<number>{_YEAR})(?![0-9a-z%]|[.,][0-9]|[-/][0-9]|_%|_{_MEASURE})"
    rf"(?:(?<=\bin\x20....)|(?<=\bfor\x20....)|(?<=\bduring\x20....)|(?!_{_EN_MEASURE}))"
    rf"(?!_(?:to|-|~|至|到)_(?!{_YEAR}(?![0-9])|[0-9]{{1,2}}(?:月|(?:st|nd|rd|th)?_{_MONTH_WORD}))[0-9])"
)


def _offset(match: re.Match[str]) -> int:
    return -2 if match["last2"] else 0 if match["this"] else -1 if match["last"] else 1


def _numbered_year(match: re.Match[str]) -> Year | None:
    number = full_year(match["number"])
    return None if number is None else Year(number)


def _fiscal_year(match: re.Match[str]) -> Year | None:
    number = full_year(match["number"] or match["after"])
    return None if number is None else Year(number, fiscal=True)


YEARS: Final[tuple[Rule[Year], ...]] = (
    Rule("12", spaced(BARE_YEAR), _numbered_year, "number context"),
    Rule("12", spaced(rf"(?P<number>{_YEAR})_年度?(?!龄)"), _numbered_year),
    Rule("012349", spaced("(?P<number>[0-49][0-9])年度?(?![的老以内前后来间期级质龄])"), _numbered_year),
    Rule("一二", spaced("(?P<number>(?:二[零〇]|一九)[零〇一二三四五六七八九]{2}|二[零〇一二三四五六七八九])_年度?"), _numbered_year),
    Rule(
        "今本去上前大明下后",
        spaced(f"(?P<word>(?<!如)今年|(?<!过)去年|(?<![以之目当大])前年|大前年|明年|(?<![以之])后年|{_THIS}年"
               f"|(?<![线网以])上一?年|(?<![以之])前一年|上上年|下一年)度?(?![级龄])"),
        lambda match: Year(offset=_YEAR_WORDS[match["word"]]),
    ),
    Rule(
        "12349财",
        spaced(rf"(?:(?P<number>{_YEAR}|[0-49][0-9])_(?:年_)?(?:财年|财政年度|会计年度)|财年_(?P<after>{_YEAR})(?!\w))"),
        _fiscal_year,
    ),
    Rule(
        "本这当上前下",
        spaced(f"{_OFFSET}_(?:财年|财政年度|会计年度)"),
        lambda match: Year(offset=_offset(match), fiscal=True),
    ),
    Rule("今去", spaced("(?P<word>今|去)年?_?(?:财年|财政年度)"), lambda m: Year(offset=-(m["word"] == "去"), fiscal=True)),
)  # fmt: skip


def _edge(match: re.Match[str]) -> Edge | None:
    count, grain = whole(match["n"]), UNITS[match["unit"]]
    most = {Grain.MONTH: 11, Grain.QUARTER: 3}.get(grain, 0)
    return Edge(count, grain, last=match["side"] != "前") if 1 <= count <= most else None


def _month_range(match: re.Match[str]) -> PartRange | None:
    first, last = month_part(match["a"]), month_part(match["b"])
    return PartRange(first, last) if first and last else None


def _day_range(match: re.Match[str]) -> Part | Unusable | None:
    month = whole(match["m"])
    first, last = day_part(month, whole(match["a"])), day_part(month, whole(match["b"]))
    return (
        PartRange(first, last)
        if isinstance(first, MonthDay) and isinstance(last, MonthDay)
        else Unusable()
    )


def _quarters(match: re.Match[str]) -> PartRange:
    return PartRange(Quarter(whole(match["a"])), Quarter(whole(match["b"])))


PARTS: Final[tuple[Rule[Part | Unusable], ...]] = (
    Rule("第", spaced(f"第_(?P<n>{_FOURTH})_个?_(?P<fiscal>财)?季度?"), lambda m: Quarter(whole(m["n"]), fiscal=True if m["fiscal"] else None)),
    Rule(
        "1234一二三四",
        spaced(f"{_NOT_COUNTED}(?<!第)(?P<n>{_FOURTH})_(?:季度|(?<!四)季)"),
        lambda match: Quarter(whole(match["n"])),
    ),
    Rule("一二三第1234", spaced(f"第?_(?P<a>{_FOURTH})_(?:季度?)?{_SEP}第?_(?P<b>{_FOURTH})_季度?"), _quarters),
    Rule("一二三", spaced("(?P<a>一(?=二)|二(?=三)|三(?=四))(?P<b>[二三四])季度"), _quarters),
    Rule("上下", spaced("(?<![线网以])(?P<half>[上下])半_(?P<fiscal>财)?年度?"), lambda m: Half(1 if m["half"] == "上" else 2, fiscal=True if m["fiscal"] else None)),
    Rule("前后", spaced("(?<![目当以之先])(?P<half>[前后])半年度?"), lambda m: Half(1 if m["half"] == "前" else 2)),
    Rule("前后最", spaced(f"(?<![目当以之此先])(?P<side>前|后|最后)_{_N}_(?:个_)?(?P<unit>月|季度|季)"), _edge),
    Rule(_NUMERALS, spaced(f"(?P<n>{_MONTH})_月份?"), lambda match: month_part(match["n"])),
    Rule("元", spaced("元月份?"), lambda match: month_part("1")),
    Rule(
        _NUMERALS,
        spaced(f"(?P<a>{_MONTH})_(?:月份?)?{_SEP}(?P<b>(?:0?[1-9]|1[0-2]|十[一二]?|[一二三四五六七八九]))_月份?(?!_[0-9]+[日号])"),
        _month_range,
    ),
    Rule(_NUMERALS, spaced(f"(?P<m>{_MONTH})_月_(?P<d>{_DAY})_[日号]"), lambda m: day_part(whole(m["m"]), whole(m["d"]))),
    Rule(_NUMERALS, spaced(f"(?P<m>{_MONTH})_月_(?P<a>{_DAY})_[日号]?{_SEP}(?P<b>{_DAY})_[日号]"), _day_range),
    Rule("第", spaced("第_(?P<n>[0-9]{1,2}|[一二三四五六七八九十]{1,3})_周(?![期年])"), lambda m: Week(whole(m["n"])), "year"),
    Rule(
        "元春农五国圣双黑网",
        spaced("(?P<name>元旦|春节|农历新年|五一(?![0-9])|劳动节|国庆节?|双十一|双11|双十二|双12|圣诞节?|黑色星期五|黑五|网络星期一)"
               "(?![0-9])(?:_(?:期间|假期|黄金周|大促|购物节|小长假))?"),
        lambda match: Festival(FESTIVALS[match["name"]]),
    ),
    Rule("十", spaced("(?P<name>十一)(?:期间|假期|黄金周|长假)"), lambda match: Festival(FESTIVALS[match["name"]])),
    Rule(
        "6六",
        spaced(rf"(?P<name>618|六一八)(?![0-9a-z%.,]|_{_MEASURE}|_(?!festival|sale|promotion|season|event)[a-z])(?:_(?:期间|大促|购物节|活动|年中大促|festival|sale|promotion|season|event))?"),
        lambda match: Festival(FESTIVALS[match["name"]]),
        "number context",
    ),
)  # fmt: skip


def _trailing(match: re.Match[str]) -> Node | None:
    grain, running = UNITS[match["unit"]], bool(match["before"] or match["running"])
    count = whole(match["n"])
    return Trailing(count, grain, running=running) if 1 <= count <= MOST[grain] else None


def _years_and_half(match: re.Match[str]) -> Node | None:
    years = 0 if match["half"] else whole(match["n"])
    return Trailing(12 * years + 6, Grain.MONTH) if years <= 99 else None


def _ago(match: re.Match[str]) -> Node | None:
    count, grain = whole(match["n"]), UNITS[match["unit"]]
    if not 1 <= count <= MOST[grain]:
        return None
    return Year(offset=-count) if grain is Grain.YEAR else Calendar(grain, -count)


def _calendar(match: re.Match[str]) -> Node:
    fiscal = True if match["fiscal"] else None
    return Calendar(UNITS[match["unit"]], _offset(match), fiscal)


_RECENT: Final = "(?:(?<![附接靠临邻远])近|最近|过去|过往)"
WHOLES: Final[tuple[Rule[Node], ...]] = (
    Rule(
        "近最过含加",
        spaced(f"(?:{_RUNNING.replace('running', 'before')}_的?)?{_RECENT}_的?_{_N}_{_UNIT}"
               rf"(?:_?以?[内来](?![容部存销衣自]))?(?:_[(,]?_{_RUNNING}_\)?)?"),
        _trailing,
    ),
    Rule("前往", spaced(rf"(?:往前|(?:(?<=[的在])|(?<![\u4e00-\u9fff]))前(?!_[一1]_[天周个星]))_{_N}_(?:个_)?(?P<unit>天(?![猫津河])|{_WEEK})(?P<before>)(?P<running>)"), _trailing),
    Rule("近最过", spaced(f"{_RECENT}_的?_(?:(?P<half>半_?年)|{_N}_年半)(?:_?以?[内来])?"), _years_and_half),
    Rule("0123456789一二两三四五六七八九十", spaced(f"{_N}_(?:个_)?(?P<unit>天|{_WEEK}|月|季度|年)_?前(?![0-9一二三四五六七八九十百几的])"), _ago),
    Rule("本这当上前下", spaced(f"{_OFFSET}_(?:自然)?(?P<fiscal>财)?(?P<unit>{_WEEK}(?!末)|月(?!饼)|季度?(?!节))度?"), _calendar),
    Rule(
        "今本昨前大明后",
        spaced("(?P<day>今[天日]|(?<![成样基资版日])本日(?!本)|昨[天日]|(?<![以之目当大])前天|(?<!以)前一天|大前天|明天|(?<![以之先])后天)(?!猫)"),
        lambda match: Calendar(Grain.DAY, _DAY_WORDS[match["day"]]),
    ),
    Rule(
        "本这上下",
        spaced(f"{_OFFSET}_(?:周|星期|礼拜)_(?P<day>一(?![共个些直样般下定起件单台笔季月年线次])|二(?!手)|三(?!星)|四(?!川)|五(?!金)"
               "|六(?!福)|日(?![均活销报常用期化本])|天(?![猫津河]))(?!_?[个款种家件台名位大成级类条单笔分季])"),
        lambda match: Weekday(min("一二三四五六日天".index(match["day"]), 6), _offset(match)),
    ),
    Rule("年季月财", spaced(r"(?P<unit>财年|年|季度?|月|周)(?:初|度?开始)_?(?:至今|以来|到现在|到今天|到目前|迄今)(?:为止)?"),
         lambda m: Year(fiscal=True) if m["unit"] == "财年" else Year() if m["unit"] == "年" else Calendar(UNITS[m["unit"]])),
    Rule("财", spaced("财年(?:至今|以来|到现在)"), lambda match: Year(fiscal=True)),
    Rule("截", spaced("截(?:至|止到?)_?(?:目前|今天|现在|当前)_?(?:的)?_?今年(?:以来)?"), lambda match: Year()),
)  # fmt: skip
