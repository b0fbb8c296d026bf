import pytest

from assistant.understanding.time_phrases import complete_phrases, find_times


def mentions(text: str) -> list[str]:
    return [mention.text for mention in find_times(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("华东上季度毛利率为什么下降?", ["上季度"]),
        ("今年上半年各渠道销售额与去年上半年相比", ["今年上半年", "去年上半年"]),
        ("2025年第三季度销售额同比去年", ["2025年第三季度", "去年"]),
        ("本月和上月对比", ["本月", "上月"]),
        ("去年3月和5月的订单数", ["去年3月", "5月"]),
        ("2024销售额", ["2024"]),
        ("2024人均销售额", ["2024"]),
        ("上周一共卖了多少", ["上周"]),
        ("上周天猫的销售额", ["上周"]),
        ("上周五金类产品销量", ["上周"]),
        ("5月前十名产品", ["5月"]),
        ("去年前三名的客户", ["去年"]),
        ("近5年各季度销售额", ["近5年"]),
        ("去年Q3 revenue by region", ["去年Q3"]),
        ("last year第三季度的 revenue", ["last year第三季度"]),
        ("Which reps are behind target this quarter?", ["this quarter"]),
        ("revenue by month in 2025", ["2025"]),
        ("Q3 vs Q3 last year", ["Q3", "Q3 last year"]),
        ("compare Q1 to Q2", ["Q1", "Q2"]),
        ("Compare 2024 to 2025", ["2024", "2025"]),
        ("compared with last year", ["last year"]),
        ("sales in 2023, 2024 and 2025", ["2023", "2024", "2025"]),
        ("revenue in march", ["march"]),
        ("may and june sales", ["may", "june"]),
        ("top 5 March products", ["March"]),
        ("orders from last month", ["last month"]),
        ("customers with more than 2000 orders in 2024", ["2024"]),
        ("this month's revenue vs last month's", ["this month", "last month"]),
        ("last week of sales", ["last week"]),
        ("yesterday's sales", ["yesterday"]),
        ("second half of last month", ["second half of last month"]),
    ],
)
def test_mentions_in_a_question(text: str, expected: list[str]) -> None:
    assert mentions(text) == expected


NO_PERIODS = [
    *("第2名", "前10名", "3个产品", "三个季度", "连续三个季度下降", "12个月", "30天内复购", "库龄超过90天"),
    *("按月", "每月", "每个季度", "各季度", "分年度", "月均", "日均销量", "年度目标", "周同比", "按财年"),
    *("成本月度趋势", "样本年龄", "线上月销售额", "线下周销量", "以上年份", "过去年份", "附近3天", "本周期", "今年级"),
    *("2024款", "2024个", "2024元", "超过2024", "订单号2024", "¥2024", "购买前30天", "未来三个月", "近几个月"),
    *("去年同期", "和去年同期相比", "上年同期", "去年同月", "截至2025年3月", "2025年3月之前", "3月以前", "5月之后"),
    *("2025年底", "上月末", "年底", "今年年初", "每年5月", "历年双十一", "上周末", "2月30日", "2025年2月29日", "十五月"),
    *("一年四季", "四季青", "二手车", "三星手机", "不含2024年", "最近", "1990年春节"),
    *("top 5", "3 products", "second", "the second", "may I see the revenue", "May I see the revenue", "MAY WE SEE"),
    *("we march on", "Q3000", "Q35", "A2024", "2024A", "2024 units", "$2024", "2024.5", "2,024", "more than 2024"),
    *("between 1000 and 2024", "order 2024", "15/03/2025", "2025-02-30", "2023/2024", "3000", "1024", "2024%"),
    *("monthly", "each month", "by quarter", "per year", "every May", "YoY", "year over year", "12 months"),
    *("same period last year", "same quarter last year", "the same month a year ago", "until March 2025"),
    *("before June 2025", "as of March 31", "end of March", "early 2025", "mid-2025", "after Q2", "last May"),
    *("next May", "YTD 2025", "last year YTD", "first week of May", "rolling 3-month average"),
    *("last 3 month average", "last 100 orders", "first 3 months", "Jan-25", "the 3 months to June", "week of March 3"),
]  # fmt: skip


@pytest.mark.parametrize("text", NO_PERIODS)
def test_text_without_a_usable_period(text: str) -> None:
    assert mentions(text) == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024年1月和2月", ("2024年1月", "2024年 2月")),
        ("2024年Q1和Q2对比", ("2024年Q1", "2024年 Q2")),
        ("Jan, Feb and Mar 2025", ("2025 Jan", "2025 Feb", "Mar 2025")),
        ("Q1, Q2 and Q3 of 2025", ("2025 Q1", "2025 Q2", "Q3 of 2025")),
        ("Q3 revenue in 2025", ("2025 Q3", "2025 Q3")),
        ("去年华东5月销售额", ("去年 5月", "去年 5月")),
        ("3月和去年4月", ("3月", "去年4月")),
        ("Q3 vs Q3 last year", ("Q3", "Q3 last year")),
        ("May vs last year", ("May", "last year")),
    ],
)
def test_a_part_takes_the_year_its_text_gives(text: str, expected: tuple[str, ...]) -> None:
    assert complete_phrases(text) == expected
