from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.understanding.quantities import find_quantities, parse_number

NUMBERS = [
    *(("0", "0"), ("7", "7"), ("1,234.5", "1234.5"), ("1，234", "1234"), ("１２３", "123"), ("-3", "-3"), ("+5", "5")),
    *(("2k", "2000"), ("1.2m", "1200000"), ("3bn", "3000000000"), ("50w", "500000"), ("5M", "5000000")),
    *(("3.2 million", "3200000"), ("100 thousand", "100000"), ("2-billion", "2000000000")),
    *(("三百万", "3000000"), ("1.5亿", "150000000"), ("10万", "100000"), ("1000 万", "10000000"), ("3万亿", "3000000000000")),
    *(("五千", "5000"), ("两千", "2000"), ("十", "10"), ("十五", "15"), ("二十五", "25"), ("十万", "100000")),
    *(("一百零五", "105"), ("一千零五十", "1050"), ("三万五", "35000"), ("三万五千", "35000"), ("一百二", "120")),
    *(("1万5", "15000"), ("3千5百万", "35000000"), ("1亿2000万", "120000000"), ("一点五亿", "150000000"), ("百万", "1000000")),
    *(("二零二五", "2025"), ("三萬", "30000"), ("1億", "100000000"), ("一万零三", "10003")),
    *(("20%", "0.2"), ("２０％", "0.2"), ("12.5 %", "0.125"), ("5个百分点", "0.05"), ("0.5‰", "0.0005")),
    *(("百分之二十", "0.2"), ("百分之12.5", "0.125"), ("百分之十二点五", "0.125"), ("千分之三", "0.003"), ("九成", "0.9")),
    *(("20 percent", "0.2"), ("twenty percent", "0.2"), ("一半", "0.5")),
    *(("three hundred thousand", "300000"), ("two hundred and fifty", "250"), ("a million", "1000000"), ("twenty-five", "25")),
]  # fmt: skip


@pytest.mark.parametrize(("text", "value"), NUMBERS, ids=[text for text, _ in NUMBERS])
def test_number_is_read(text: str, value: str) -> None:
    assert parse_number(text) == Decimal(value)


@pytest.mark.parametrize(
    "text", ["", "销售额", "1.2.3", "万千", "千百", "1e5", "Q3", "3rd", "12 34", "abc", "%", "--3"]
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("销售额超过100万元的客户", [("100万", "1000000", False)]),
        ("利润率低于20%的前5个产品", [("20%", "0.2", True), ("5", "5", False)]),
        ("毛利率低于百分之二十", [("百分之二十", "0.2", True)]),
        ("前十名客户", [("十", "10", False)]),
        ("三个产品", [("三", "3", False)]),
        ("高于三百万", [("三百万", "3000000", False)]),
        (
            "revenue above 1,234.5 and below $2.5m",
            [("1,234.5", "1234.5", False), ("2.5m", "2500000", False)],
        ),
        ("top 5 products with more than 10k orders", [("5", "5", False), ("10k", "10000", False)]),
        ("margin under twenty percent", [("twenty percent", "0.2", True)]),
        ("greater than -5.5", [("-5.5", "-5.5", False)]),
        ("half of the revenue", [("half", "0.5", True)]),
        ("between 10 and 20", [("10", "10", False), ("20", "20", False)]),
        ("3千克装", [("3", "3", False)]),
    ],
)
def test_quantities_in_a_question(text: str, expected: list[tuple[str, str, bool]]) -> None:
    found = [
        (quantity.text, quantity.value, quantity.is_percent) for quantity in find_quantities(text)
    ]

    assert found == [(words, Decimal(value), percent) for words, value, percent in expected]


@pytest.mark.parametrize(
    "text",
    [
        "第2名",
        "第三名",
        "3rd place",
        "Q3",
        "A2024",
        "5D",
        "三星手机",
        "一起看",
        "一共",
        "五金",
        "which one",
        "百货",
        "千万不要",
        "万科",
        "first half",
    ],
)
def test_text_without_an_amount(text: str) -> None:
    assert find_quantities(text) == ()


PIECES = st.lists(
    st.sampled_from(
        [
            "一二两三十百千万亿零点半成0",
            "1",
            "5",
            ",",
            ".",
            "-",
            "%",
            "k",
            "m",
            "and",
            "two",
            "hundred",
            "百分之",
            "第",
            "前",
            "个",
            "half",
            "of",
            "",
        ]
    ),
    max_size=14,
)


@given(text=st.one_of(st.text(max_size=60), PIECES.map("".join), PIECES.map(" ".join)))
def test_spans_are_in_order_and_hold_their_text(text: str) -> None:
    end = 0
    for quantity in find_quantities(text):
        assert end <= quantity.start < quantity.end
        assert text[quantity.start : quantity.end] == quantity.text
        end = quantity.end


@given(number=st.integers(0, 99_999_999))
def test_arabic_numbers_are_read_with_and_without_separators(number: int) -> None:
    assert parse_number(str(number)) == parse_number(f"{number:,}") == number


@given(number=st.integers(1, 9_999))
def test_chinese_numerals_are_read(number: int) -> None:
    digits = "零一二三四五六七八九"
    places = [
        digits[int(digit)] + unit
        for digit, unit in zip(f"{number:04}", ("千", "百", "十", ""), strict=True)
    ]
    spelled = "".join("零" if place[0] == "零" else place for place in places).strip("零")
    while "零零" in spelled:
        spelled = spelled.replace("零零", "零")

    assert parse_number(spelled) == number
