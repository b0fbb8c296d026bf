"""Each engine's own words for what the compiler and the definitions say, and what is refused for it."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any

import pytest
from sqlglot import exp

from semantic_layer.compiler.dialects import DIALECTS, render_for
from semantic_layer.errors import NotSupported, QueryError
from semantic_layer.layer import SemanticLayer
from semantic_layer.model import Principal
from semantic_layer.query import parse_query
from semantic_layer.rendering import sql_for
from semantic_layer.sql_text import parse_query as parse_sql
from tests.semantic_layer.worlds import SHOP_MODEL, World, alike, ask, days, shop, trusted

OTHERS = tuple(item for item in DIALECTS if item != "duckdb")
WEEK = "CAST(DATE_TRUNC('WEEK', t.d) AS DATE)"
MONTH_LATER = "CAST(t.d + INTERVAL '1' MONTH AS DATE)"
SAME = "t.a IS NOT DISTINCT FROM t.b"
MEDIAN = "MEDIAN(t.x)"
LIKE = r"LOWER(t.a) LIKE LOWER('50\%') ESCAPE '\'"
WEEKDAY = "EXTRACT(isodow FROM t.d)"
MEAN = "AVG(t.x)"
DAYS = "date_diff('day', t.a, t.b)"
MOMENT = "CAST('2024-01-01 00:00:00.000001' AS TIMESTAMP)"


def said(expression: str, dialect: str) -> str:
    """Return how a dialect says an expression of DuckDB."""
    text = render_for(parse_sql(f"SELECT {expression} AS o FROM t"), {}, dialect)
    found = " ".join(text.split()).removeprefix("SELECT ")
    end = found.index(" AS `o`" if "`o`" in found else ' AS "o"')
    return found[:end].replace("`", '"')


@pytest.mark.parametrize(
    ("expression", "dialect", "words"),
    [
        (WEEK, "spark", """CAST(DATE_TRUNC('WEEK', "t"."d") AS DATE)"""),
        (WEEK, "postgres", """CAST(DATE_TRUNC('WEEK', "t"."d") AS DATE)"""),
        (WEEK, "trino", """CAST(DATE_TRUNC('WEEK', "t"."d") AS DATE)"""),
        (WEEK, "clickhouse", """CAST(dateTrunc('WEEK', "t"."d") AS Nullable(DATE))"""),
        (WEEK, "snowflake", """CAST(DATEADD(DAY, 1 - DATE_PART(DAYOFWEEKISO, "t"."d"), CAST("t"."d" AS DATE)) AS DATE)"""),
        (WEEK, "bigquery", """CAST(DATE_TRUNC(CAST("t"."d" AS DATE), ISOWEEK) AS DATE)"""),
        (WEEK.replace("WEEK", "MONTH"), "snowflake", """CAST(DATE_TRUNC('MONTH', "t"."d") AS DATE)"""),
        (WEEK.replace("WEEK", "MONTH"), "bigquery", """CAST(DATE_TRUNC(CAST("t"."d" AS DATE), MONTH) AS DATE)"""),
        (MONTH_LATER, "postgres", """CAST("t"."d" + INTERVAL '1 MONTH' AS DATE)"""),
        (MONTH_LATER, "clickhouse", """CAST("t"."d" + INTERVAL '1' MONTH AS Nullable(DATE))"""),
        (SAME, "postgres", '"t"."a" IS NOT DISTINCT FROM "t"."b"'),
        (SAME, "clickhouse", 'COALESCE("t"."a" = "t"."b", "t"."a" IS NULL AND "t"."b" IS NULL)'),
        ("t.a IS DISTINCT FROM t.b", "clickhouse", 'NOT COALESCE("t"."a" = "t"."b", "t"."a" IS NULL AND "t"."b" IS NULL)'),
        (MEDIAN, "spark", 'PERCENTILE("t"."x", 0.5)'),
        (MEDIAN, "clickhouse", 'quantileExactInclusive(0.5)(CAST("t"."x" AS Nullable(Float64)))'),
        (MEDIAN, "postgres", 'PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY "t"."x")'),
        (MEDIAN, "snowflake", 'PERCENTILE_CONT(0.5) WITHIN GROUP (ORDER BY "t"."x")'),
        (LIKE, "bigquery", r"""LOWER("t"."a") LIKE LOWER('50\\%')"""),
        (LIKE, "clickhouse", r"""lowerUTF8("t"."a") LIKE lowerUTF8('50\\%')"""),
        (LIKE, "trino", r"""LOWER("t"."a") LIKE LOWER('50\%') ESCAPE '\'"""),
        (LIKE, "spark", r"""LOWER("t"."a") LIKE LOWER('50\\%') ESCAPE '\\'"""),
        ("t.a ILIKE 'A%'", "trino", """LOWER("t"."a") LIKE LOWER('A%')"""),
        (WEEKDAY, "spark", '( WEEKDAY("t"."d") + 1 )'),
        (WEEKDAY, "postgres", 'CAST(EXTRACT(ISODOW FROM "t"."d") AS INT)'),
        (WEEKDAY, "trino", 'DAY_OF_WEEK("t"."d")'),
        (WEEKDAY, "clickhouse", 'toDayOfWeek("t"."d")'),
        (WEEKDAY, "snowflake", 'DATE_PART(DAYOFWEEKISO, "t"."d")'),
        (WEEKDAY, "bigquery", '( MOD(EXTRACT(DAYOFWEEK FROM "t"."d") + 5, 7) + 1 )'),
        ("isodow(t.d)", "trino", 'DAY_OF_WEEK("t"."d")'),
        ("dayofweek(t.d)", "trino", '( ( DAY_OF_WEEK("t"."d") ) % 7 )'),
        ("week(t.d)", "bigquery", 'EXTRACT(ISOWEEK FROM "t"."d")'),
        ("week(t.d)", "clickhouse", 'toISOWeek("t"."d")'),
        ("week(t.d)", "snowflake", 'DATE_PART(WEEKISO, "t"."d")'),
        ("EXTRACT(quarter FROM t.d)", "postgres", 'CAST(EXTRACT(QUARTER FROM "t"."d") AS INT)'),
        ("EXTRACT(day FROM t.d)", "clickhouse", 'toDayOfMonth("t"."d")'),
        ("EXTRACT(year FROM t.d)", "bigquery", 'EXTRACT(YEAR FROM "t"."d")'),
        ("month(t.d)", "trino", 'MONTH("t"."d")'),
        (MEAN, "trino", 'AVG(CAST("t"."x" AS DOUBLE))'),
        (MEAN, "postgres", 'AVG(CAST("t"."x" AS DOUBLE PRECISION))'),
        (DAYS, "spark", 'DATEDIFF(DAY, CAST("t"."a" AS DATE), CAST("t"."b" AS DATE))'),
        (DAYS, "postgres", '( CAST("t"."b" AS DATE) - CAST("t"."a" AS DATE) )'),
        (DAYS, "bigquery", 'DATE_DIFF(CAST("t"."b" AS DATE), CAST("t"."a" AS DATE), DAY)'),
        (MOMENT, "trino", "CAST('2024-01-01 00:00:00.000001' AS TIMESTAMP(6))"),
        (MOMENT, "clickhouse", "CAST('2024-01-01 00:00:00.000001' AS Nullable(DateTime64(6)))"),
        (MOMENT, "bigquery", "CAST('2024-01-01 00:00:00.000001' AS DATETIME)"),
        (MOMENT, "snowflake", "CAST('2024-01-01 00:00:00.000001' AS TIMESTAMPNTZ)"),
        ("CAST(NULL AS SMALLINT)", "postgres", "CAST(NULL AS SMALLINT)"),
        ("CAST(NULL AS SMALLINT)", "clickhouse", "NULL"),
        ("COUNT(DISTINCT t.a)", "spark", 'COUNT(DISTINCT "t"."a")'),
        ("CAST(t.a AS DOUBLE) / NULLIF(t.b, 0)", "clickhouse", 'CAST("t"."a" AS Nullable(Float64)) / nullIf("t"."b", 0)'),
        ("CAST(t.a AS DOUBLE) / NULLIF(t.b, 0)", "trino", 'CAST("t"."a" AS DOUBLE) / NULLIF("t"."b", 0)'),
        ("'它''s \\'", "spark", r"'它\'s \\'"),
        ("'它''s \\'", "postgres", "'它''s \\'"),
    ],
)  # fmt: skip
def test_an_engine_says_it_in_its_words(expression: str, dialect: str, words: str) -> None:
    assert said(expression, dialect) == words


QUANTILE: dict[str, Any] = {"metrics": ["high"], "group_by": ["orders.channel"]}
HIGH = "metrics:\n  high: {dataset: orders, agg: percentile, p: 0.9, expr: freight}\n"


@pytest.fixture(scope="module")
def quantiles(tmp_path_factory: pytest.TempPathFactory) -> SemanticLayer:
    model = SHOP_MODEL.replace("metrics:\n", HIGH, 1)
    return shop(tmp_path_factory.mktemp("quantiles"), model=model).layer()


@pytest.mark.parametrize(
    ("dialect", "words"),
    [
        ("spark", "PERCENTILE(`orders`.`freight`, 0.9)"),
        ("clickhouse", 'quantileExactInclusive(0.9)(CAST("orders"."freight" AS Nullable(Float64)))'),
        ("postgres", 'PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY "orders"."freight")'),
        ("snowflake", 'PERCENTILE_CONT(0.9) WITHIN GROUP (ORDER BY "orders"."freight")'),
        ("duckdb", 'QUANTILE_CONT("orders"."freight", 0.9 ORDER BY "orders"."freight")'),
    ],
)  # fmt: skip
def test_a_percentile_is_exact_in_every_engine_that_has_one(
    quantiles: SemanticLayer, dialect: str, words: str
) -> None:
    text = " ".join(sql_for(quantiles, parse_query(QUANTILE), dialect).split())

    assert words in text.replace("WITHIN GROUP ( ", "WITHIN GROUP (").replace(" )", ")")


@pytest.mark.parametrize("dialect", ["trino", "bigquery"])
def test_a_percentile_is_refused_where_there_are_only_approximations(
    quantiles: SemanticLayer, dialect: str
) -> None:
    with pytest.raises(NotSupported) as refused:
        sql_for(quantiles, parse_query(QUANTILE), dialect)

    assert refused.value.facts["part"] == "PERCENTILE_CONT"


@pytest.mark.parametrize("dialect", OTHERS)
@pytest.mark.parametrize(
    ("expression", "part"),
    [
        ("ROUND(t.a, 2)", "ROUND"),
        ("CAST(t.a AS INTEGER)", "CAST"),
        ("TRY_CAST(t.a AS DATE)", "TRY_CAST"),
        ("t.a / t.b", "DIV"),
        ("t.a // 2", "INTDIV"),
        ("t.a % t.b", "MOD"),
        ("GREATEST(t.a, t.b)", "GREATEST"),
        ("LOG(t.a)", "LOG"),
        ("CONCAT(t.a, t.b)", "CONCAT"),
        ("SUM(t.a) FILTER (t.b > 1)", "FILTER"),
        ("t.d + INTERVAL '1' QUARTER", "INTERVAL"),
        ("t.d + INTERVAL (t.a) DAY", "INTERVAL"),
        ("DATE_TRUNC('month', t.d)", "TIMESTAMP_TRUNC"),
        ("date_diff('month', t.a, t.b)", "DATEDIFF"),
        ("date_part('year', t.d)", "DATE_PART"),
        ("strftime(t.d, '%Y')", "TIME_TO_STR"),
        ("approx_count_distinct(t.a)", "APPROX_DISTINCT"),
        ("SUM(t.a) OVER (ORDER BY t.d RANGE BETWEEN INTERVAL '7' DAY PRECEDING AND CURRENT ROW)", "WINDOWSPEC"),
        ("t.a NOT IN (SELECT u.a FROM u)", "QUERY"),
        ("t.a IS TRUE", "IS"),
        ("QUANTILE_CONT(t.a, 0.5)", "PERCENTILE_CONT"),
        ("NULL", "NULL"),
        ("read_csv('x')", "READ_CSV"),
    ],
)  # fmt: skip
def test_what_engines_do_not_do_alike_is_refused(expression: str, part: str, dialect: str) -> None:
    with pytest.raises(NotSupported) as refused:
        said(expression, dialect)

    assert refused.value.facts["what"] == "dialect_cannot"
    assert refused.value.facts["dialect"] == dialect
    assert refused.value.facts["part"] == part


@pytest.mark.parametrize(
    "text",
    [
        "SELECT t.a AS o FROM t FULL JOIN u ON t.a = u.a",
        "SELECT t.a AS o FROM t JOIN u USING (a)",
        "SELECT t.a AS o FROM t SEMI JOIN u ON t.a = u.a",
        "SELECT t.a AS o FROM t GROUP BY ALL",
        "SELECT t.a AS o FROM t GROUP BY 1 HAVING o > 1",
        "SELECT t.a AS o FROM t QUALIFY ROW_NUMBER() OVER (ORDER BY t.a) = 1",
        "SELECT t.a AS o FROM t LIMIT 1 OFFSET 1",
        "SELECT * EXCLUDE (a) FROM t",
        "SELECT t.a AS o FROM t EXCEPT SELECT u.a FROM u",
        "SELECT DISTINCT ON (t.a) t.a AS o FROM t",
    ],
)
@pytest.mark.parametrize("dialect", OTHERS)
def test_clauses_outside_of_the_subset_are_refused(text: str, dialect: str) -> None:
    with pytest.raises(NotSupported):
        render_for(parse_sql(text), {}, dialect)


@pytest.mark.parametrize(
    ("expression", "dialect", "part"),
    [
        (MEDIAN, "trino", "MEDIAN"),
        (MEDIAN, "bigquery", "MEDIAN"),
        ("'${user}'", "spark", "'${'"),
        ("t.a = CAST('1969-12-31' AS DATE)", "clickhouse", "DATE 1969-12-31"),
        ("t.a = CAST('2149-06-07' AS DATE)", "clickhouse", "DATE 2149-06-07"),
        (f't."{"长" * 22}"', "postgres", "长" * 22),
        ('t."a.b"', "bigquery", "a.b"),
        ("read_csv('x')", "duckdb", "READ_CSV"),
        ("getenv('HOME')", "duckdb", "GETENV"),
    ],
)
def test_what_one_engine_cannot_say_is_refused_for_it(
    expression: str, dialect: str, part: str
) -> None:
    with pytest.raises(NotSupported) as refused:
        said(expression, dialect)

    assert refused.value.facts["part"] == part


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_one_engine_cannot_say_the_others_may(dialect: str) -> None:
    assert said("t.\"订单 ID\" = '$5'", dialect) == '"t"."订单 ID" = \'$5\''


def test_an_unknown_dialect_is_refused_with_the_known_ones() -> None:
    with pytest.raises(NotSupported) as refused:
        said("1", "oracle")

    assert refused.value.facts["known"] == DIALECTS


@pytest.mark.parametrize("dialect", OTHERS)
def test_missing_values_sort_last_in_every_engine(dialect: str) -> None:
    text = "SELECT ROW_NUMBER() OVER (ORDER BY t.a, t.b DESC) AS o FROM t ORDER BY t.a, t.b DESC"

    found = " ".join(render_for(parse_sql(text), {}, dialect).split()).replace("`", '"')

    # Trino and ClickHouse sort them last by themselves, the others only one way round.
    rising, falling = {
        "spark": (" NULLS LAST", ""),
        "postgres": ("", " NULLS LAST"),
        "snowflake": ("", " NULLS LAST"),
        "bigquery": (" NULLS LAST", ""),
    }.get(dialect, ("", ""))
    assert f'ORDER BY "t"."a"{rising}, "t"."b" DESC{falling}' in found.rpartition("FROM")[2]
    if dialect == "bigquery":
        assert '(ORDER BY "t"."a" IS NULL, "t"."a", "t"."b" DESC)' in found


def test_ranges_of_days_meet_rows_without_an_equality_in_clickhouse() -> None:
    text = (
        "SELECT t.a AS o FROM t JOIN (VALUES (CAST('2024-01-01' AS DATE), CAST('2024-02-01' AS DATE)))"
        " AS spine(first_day, day_after) ON t.d >= spine.first_day AND t.d < spine.day_after WHERE t.a > 1"
    )

    found = " ".join(render_for(parse_sql(text), {}, "clickhouse").split())

    assert found.startswith(
        'SELECT "t"."a" AS "o" FROM "t" CROSS JOIN ( SELECT'
        " CAST('2024-01-01' AS Nullable(DATE)) AS \"first_day\", CAST('2024-02-01' AS Nullable(DATE)) AS \"day_after\" )"
    )
    tests = '"t"."d" >= "spine"."first_day" AND "t"."d" < "spine"."day_after"'
    assert f'AS "spine" WHERE "t"."a" > 1 AND ( {tests} )' in found


def test_clickhouse_is_told_to_keep_missing_values_missing() -> None:
    text = render_for(parse_sql("SELECT SUM(t.a) AS o FROM t"), {}, "clickhouse")

    assert text.endswith(
        'SETTINGS "join_use_nulls" = 1, "aggregate_functions_null_for_empty" = 1, "prefer_column_name_to_alias" = 1'
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, '"t"."a" = NULL'),
        (True, '"t"."a" = TRUE'),
        (7, '"t"."a" = 7'),
        (Decimal("0.42"), '"t"."a" = 0.42'),
        ("O'Neil", "\"t\".\"a\" = 'O''Neil'"),
        (date(2024, 1, 1), "\"t\".\"a\" = CAST('2024-01-01' AS DATE)"),
        (datetime.fromisoformat("2024-01-01T12:30"), "\"t\".\"a\" = CAST('2024-01-01 12:30:00' AS TIMESTAMP)"),
    ],
)  # fmt: skip
def test_values_stand_in_the_text(value: Any, text: str) -> None:
    column = exp.column(exp.to_identifier("a", quoted=True), "t")
    tree = exp.select(exp.EQ(this=column, expression=exp.Placeholder(this="p1")).as_("o")).from_(
        "t"
    )

    found = render_for(tree, {"p1": value}, "postgres")

    assert f'{text} AS "o"' in found
    assert tree.find(exp.Placeholder) is not None


@pytest.mark.parametrize(
    "query",
    [
        {"metrics": ["revenue", "refund"], "group_by": ["regions.region"], "totals": True},
        {"metrics": ["price"], "where": [{"field": "segment", "op": "not_in", "value": ["ENT", None]}]},
        {"metrics": ["orders"], "where": [{"field": "customer", "op": "contains", "value": "a%"}]},
        {"metrics": ["revenue"], "group_by": [{"time": "week"}], "period": days("2024-01-01", "2024-04-01"), "fill": "zero"},
    ],
)  # fmt: skip
def test_the_text_for_duckdb_runs_as_it_stands(layer: SemanticLayer, query: dict[str, Any]) -> None:
    text = sql_for(layer, parse_query(query), "duckdb", language="en")

    result = ask(layer, query, language="en")
    rows = trusted(layer, text)
    assert alike([row[: len(result.columns)] for row in rows], result.rows())
    assert text == result.sql


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_row_rule_travels_with_the_text(layer: SemanticLayer, dialect: str) -> None:
    rep = Principal(name="rep", role="segment", attributes={"segment": "O'N"})

    text = sql_for(layer, parse_query({"metrics": ["revenue"]}), dialect, rep)

    assert "'O''N'" in text or r"'O\'N'" in text


@pytest.mark.parametrize("dialect", OTHERS)
def test_what_a_definition_says_in_duckdb_alone_is_refused_elsewhere(
    world: World, dialect: str
) -> None:
    model = SHOP_MODEL.replace("expr: freight, target", 'expr: "ROUND(freight / 3, 1)", target')
    layer = shop(world.folder / "odd", model=model).layer()
    query = parse_query({"metrics": ["freight"]})

    assert "ROUND(" in sql_for(layer, query, "duckdb")
    with pytest.raises(NotSupported):
        sql_for(layer, query, dialect)


def test_a_question_that_is_refused_is_refused_in_every_dialect(layer: SemanticLayer) -> None:
    query = parse_query({"metrics": ["refund"], "group_by": ["products.category"]})

    with pytest.raises(QueryError):
        sql_for(layer, query, "trino")
