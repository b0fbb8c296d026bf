"""Definitions held against the data: what does not fit is named, what fits is asked."""

from __future__ import annotations

import pytest

from semantic_layer.errors import Problem
from tests.semantic_layer.worlds import World, ask, trusted

TABLES = """
CREATE TABLE orders (id INTEGER, customer INTEGER, shop INTEGER, day DATE, note VARCHAR, amount DECIMAL(9,2));
CREATE TABLE customers (id INTEGER, name VARCHAR, shop INTEGER);
CREATE TABLE shops (id INTEGER, name VARCHAR);
INSERT INTO orders VALUES (1,1,1,'2024-01-01','a',10),(2,2,2,'2024-02-01','b',20);
INSERT INTO customers VALUES (1,'Ada',2),(2,'Bob',2);
INSERT INTO shops VALUES (1,'North'),(2,'South');
"""
GOOD = """
version: 1
model: m
datasets:
  orders: {source: orders, primary_key: [id], time: day, fields: {note: }}
  customers: {source: customers, primary_key: [id], fields: {name: }}
  shops: {source: shops, primary_key: [id], fields: {name: }}
relationships: [orders.customer -> customers.id]
metrics: {n: {dataset: orders, agg: count}, revenue: {dataset: orders, agg: sum, expr: amount}}
"""


def changed(world: World, old: str, new: str) -> list[Problem]:
    assert old in GOOD
    return list(world.data(TABLES).file(GOOD.replace(old, new)).problems())


def test_sound_definitions_have_no_problems(world: World) -> None:
    assert world.data(TABLES).file(GOOD).problems() == ()


@pytest.mark.parametrize(
    ("old", "new", "what", "fix"),
    [
        ("{dataset: orders, agg: count}", "{dataset: order, agg: count}", "`order` is no dataset", "Datasets: orders"),
        ("source: shops", "source: shop", "the data have no `shop`", "Name a table"),
        ("expr: amount", "expr: amout", "`orders` has no column `amout`", "amount, customer, day, id, note, shop"),
        ("expr: amount", "expr: customers.age", "`customers` has no column `age`", "id, name, shop"),
        ("expr: amount", "expr: shops.name", "`orders` does not reach `shops`", "It reaches: customers"),
        ("expr: amount", "expr: amount +", "not a SQL expression", "Check brackets"),
        ("expr: amount", "expr: (SELECT 1)", "holds a query", "source"),
        ("note: }", "nota: }", "`orders` has no column `nota`", "Its columns: id, customer"),
        ("note: }", "note: {label_column: titel}}", "`orders` has no column `titel`", "Its columns"),
        ("note: }", "x: {expr: y + 1}}", "`orders` has no column `y`", "Its columns"),
        ("note: }", "x: {expr: read_text(note)}}", "not allowed", "allowed list"),
        ("note: }", "x: {expr: x}}", "made of itself", "Break the ring"),
        ("note: }", "x: {expr: y}, y: {expr: x}}", "made of itself", "Break the ring"),
        ("note: }", "x: {expr: note + day}}", "does not run on the data", ""),
        ("time: day", "time: dai", "`orders` has no column `dai`", "day"),
        ("time: day", "time: note", "`time: note` is a String column", "date"),
        ("time: day", "time: day + 1", "is not a column", "date column"),
        ("primary_key: [id], time", "primary_key: [key], time", "`orders` has no column `key`", "Its columns"),
        ("orders.customer -> customers.id", "orders.customer -> customers.name", "not joined on its primary key", "id"),
        ("orders.customer -> customers.id", "orders.custumer -> customers.id", "has no column `custumer`", "Its columns"),
        ("orders.customer -> customers.id", "orders.customer -> clients.id", "`clients`, which is no dataset", "Datasets"),
        ("[orders.customer -> customers.id]", "[{from: orders.customer, to: customers.id, as: shops}]", "role `shops` is also a dataset", "`as:`"),
        ("[orders.customer -> customers.id]", "[{from: {dataset: orders, columns: [id, shop]}, to: customers.id}]", "unequal numbers", ""),
        ("n: {dataset", "r: {type: ratio, numerator: revenu, denominator: n}, n: {dataset", "`revenu` is no metric", "`revenue`"),
        ("n: {dataset", "r: {type: ratio, numerator: revenue, denominator: SUM(n)}, n: {dataset", "aggregates with SUM", ""),
        ("n: {dataset", "r: {type: derived, expr: orders.revenue}, n: {dataset", "`orders.revenue` is no metric", ""),
        ("n: {dataset", "a: {type: derived, expr: b + 1}, b: {type: derived, expr: a * 2}, n: {dataset", "made of itself: a → b → a", "Break the ring"),
        ("n: {dataset", "a: {of: a}, n: {dataset", "made of itself: a → a", "Break the ring"),
        ("n: {dataset", "a: {of: n, filter: colour = 1}, n: {dataset", "has no column `colour`", "Its columns"),
        ("n: {dataset", "a: {of: n, time: note}, n: {dataset", "String column", "date"),
        ("n: {dataset: orders", "n: {target: {metric: goal}, dataset: orders", "target names `goal`", ""),
        ("n: {dataset: orders", "n: {drivers: [x], dataset: orders", "drivers names `x`", ""),
        ("metrics:", "hierarchies: {h: [shops.name, shops.city]}\nmetrics:", "names shops.city", "dataset.field"),
        ("metrics:", "settings: {as_of: max(orders.dai)}\nmetrics:", "has no column `dai`", ""),
        ("metrics:", "settings: {as_of: orders.day}\nmetrics:", "not the last day", "max(dataset.column)"),
        ("metrics:", "settings: {as_of: max(orders.note)}\nmetrics:", "String column", "date"),
        ("metrics:", "policies: [{role: r, datasets: {order: all}}]\nmetrics:", "`order`, which is no dataset", "Datasets"),
        ("metrics:", "policies: [{role: r, datasets: {orders: region = 1}}]\nmetrics:", "has no column `region`", "Its columns"),
        ("metrics:", "policies: [{role: r, hide: [costs]}]\nmetrics:", "hides `costs`", ""),
        ("metrics:", "policies: [{role: r, mask: [customers.nam]}]\nmetrics:", "masks `customers.nam`", "dataset.field"),
        ("metrics:", "policies: [{role: r}, {role: r}]\nmetrics:", "role `r` has two policies", "Merge"),
        ("metrics:", "policies: [{role: owner}]\nmetrics:", "sees everything", ""),
    ],
)  # fmt: skip
def test_what_does_not_fit_is_named_with_its_mend(
    world: World, old: str, new: str, what: str, fix: str
) -> None:
    found = changed(world, old, new)

    assert [item for item in found if what in item.what and fix in item.fix], found
    assert all(item.file == "model.yml" and item.line > 1 for item in found)


def test_an_ambiguous_parent_is_named_with_its_ways(world: World) -> None:
    ways = "[orders.customer -> customers.id, orders.shop -> shops.id, customers.shop -> shops.id]"
    text = GOOD.replace("[orders.customer -> customers.id]", ways)

    found = (
        world.data(TABLES).file(text.replace("expr: amount", "expr: length(shops.name)")).problems()
    )

    assert "orders → customers → shops" in found[0].what
    assert "`as:`" in found[0].fix


@pytest.mark.parametrize(
    "source",
    ["SELECT nothing FROM shops", "SELECT * FROM secrets", "SELECT * FROM read_csv('x')", "SELECT"],
)
def test_a_source_that_does_not_run_is_a_problem(world: World, source: str) -> None:
    found = changed(world, "source: shops", f"source: {source}")

    assert [item for item in found if item.line == 7 and "source" in item.what], found


def test_problems_of_datasets_fields_and_metrics_come_together(world: World) -> None:
    text = GOOD.replace("expr: amount", "expr: amout").replace("note: }", "nota: }")
    text = text.replace("source: shops", "source: shop")

    found = world.data(TABLES).file(text).problems()

    assert [item.what for item in found] == [
        "`orders` has no column `nota`",
        "the data have no `shop`",
        "metric `revenue`: `orders` has no column `amout`",
    ]


def test_what_only_follows_from_a_problem_is_not_reported(world: World) -> None:
    text = GOOD.replace("source: orders", "source: order").replace(
        "n: {dataset", "r: {type: ratio, numerator: revenue, denominator: n}, n: {dataset"
    )

    found = world.data(TABLES).file(text).problems()

    assert [item.what for item in found] == ["the data have no `order`"]


CHINESE = """
CREATE TABLE "订单 明细" ("订单 编号" INTEGER, "行.号" INTEGER, "客户/编号" INTEGER, "下单 日期" DATE, "订单 金额" DECIMAL(9,2), "成本　价" INTEGER);
CREATE TABLE "客户" ("编号" INTEGER, "客户 名称" VARCHAR, "等级" VARCHAR);
INSERT INTO "订单 明细" VALUES (1,1,1,'2024-01-01',10,4),(1,2,1,'2024-01-01',5,2),(2,1,2,'2024-02-01',20,9);
INSERT INTO "客户" VALUES (1,'张三','VIP'),(2,'李四 "小"',NULL);
"""
CHINESE_MODEL = """
version: 1
model: 销售
datasets:
  明细:
    source: 订单 明细
    primary_key: [订单 编号, 行.号]
    time: '"下单 日期"'
    fields: {大单: {expr: '"订单 金额" > 8', label: 大单}}
  客户: {source: 客户, primary_key: 编号, fields: {客户 名称: {label: 客户}, 等级: {values: {VIP: {zh: 贵宾, en: VIP}}}}}
relationships:
  - {from: {dataset: 明细, columns: [客户/编号]}, to: 客户.编号}
metrics:
  销售额: {dataset: 明细, agg: sum, expr: '"订单 金额"'}
  毛利: {dataset: 明细, agg: sum, expr: '"订单 金额" - "成本　价"'}
  毛利率: {type: ratio, numerator: 毛利, denominator: 销售额}
  贵宾销售额: {of: 销售额, filter: "客户.等级 = 'VIP'"}
"""


def test_chinese_names_and_spaces_work_throughout(world: World) -> None:
    layer = world.data(CHINESE).file(CHINESE_MODEL).layer()
    query = {
        "metrics": ["销售额", "毛利率", "贵宾销售额"],
        "group_by": ["客户 名称", {"time": "month"}],
        "where": [{"field": "明细.大单", "value": True}],
    }

    assert ask(layer, query).rows() == [
        ["张三", "2024-01-01", 10, 0.6, 10],
        ['李四 "小"', "2024-02-01", 20, 0.55, None],
    ]


def test_a_source_may_be_a_select_over_two_tables(world: World) -> None:
    source = (
        "SELECT o.id AS id, o.day AS day, c.name AS name, ROW_NUMBER() OVER (PARTITION BY c.id ORDER BY o.day) AS nth, "
        "o.amount FROM orders AS o JOIN customers AS c ON c.id = o.customer WHERE o.amount > 5"
    )
    text = GOOD.replace("{source: orders,", f"{{source: '{source}',").replace(
        "note: ", "name: , nth: "
    )
    text = text.replace("[orders.customer -> customers.id]", "[]")

    layer = world.data(TABLES).file(text).layer()

    query = {"metrics": ["revenue", "n"], "group_by": ["orders.name", "nth"], "totals": True}
    assert ask(layer, query).rows() == [["Ada", 1, 10, 1], ["Bob", 1, 20, 1], [None, None, 30, 2]]


def test_a_table_whose_name_begins_like_a_query_is_a_table(world: World) -> None:
    world.data(
        "CREATE TABLE selected_orders AS SELECT 1 AS id; CREATE TABLE with_tax AS SELECT 1 AS id"
    )
    text = """
version: 1
model: m
datasets: {a: {source: selected_orders}, b: {source: with_tax}}
metrics: {n: {dataset: a, agg: count}, k: {dataset: b, agg: count}}
"""

    assert ask(world.file(text).layer(), {"metrics": ["n", "k"]}).rows() == [[1, 1]]


def test_tables_may_have_names_that_the_compiler_uses(world: World) -> None:
    names = ["b1", "stitched", "computed", "across", "parts", "s", "spine", "t"]
    world.data(
        "".join(
            f"CREATE TABLE {name} AS SELECT 1 AS k1, 2 AS a1, 3 AS m1, DATE '2024-01-01' AS d;"
            for name in names
        )
    )
    datasets = "".join(
        f"  {name}: {{source: {name}, time: d, fields: {{k1: , a1: }}}}\n" for name in names
    )
    metrics = "".join(f"  {metric}: {{dataset: {name}, agg: sum, expr: m1}}\n" for name, metric in zip(names, ["m2", "m1", "m3", "k1", "a1", "n1", "place", "h_m1"], strict=True))  # fmt: skip
    layer = world.file(f"version: 1\nmodel: m\ndatasets:\n{datasets}metrics:\n{metrics}").layer()
    query = {
        "metrics": ["m1", "m2", "m3", "k1", "a1", "n1", "place", "h_m1"],
        "group_by": [{"time": "day"}],
        "period": {"start": "2024-01-01", "end": "2024-01-03"},
        "compare": {"to": "previous_year", "show": []},
        "order_by": [{"metric": "m2"}],
        "limit": 1,
    }

    assert ask(layer, query).rows() == [["2024-01-01", 3, 3, 3, 3, 3, 3, 3, 3]]


def test_output_names_do_not_confuse_the_order(world: World) -> None:
    world.data(
        "CREATE TABLE t AS SELECT * FROM (VALUES ('a', 1, 9), ('b', 2, 8), ('c', 3, 7)) AS t(k1, x, y)"
    )
    text = """
version: 1
model: m
datasets: {t: {source: t, fields: {k1: }}}
metrics: {m2: {dataset: t, agg: sum, expr: x}, m1: {dataset: t, agg: sum, expr: y}}
"""
    query = {
        "metrics": ["m2", "m1"],
        "group_by": ["k1"],
        "order_by": [{"metric": "m2"}],
        "limit": 2,
    }

    assert ask(world.file(text).layer(), query).rows() == [["c", 3, 7], ["b", 2, 8]]


@pytest.mark.parametrize("key", ["month", "day", "revenue_share", "n"])
def test_a_field_named_like_another_column_keeps_its_full_name(world: World, key: str) -> None:
    text = GOOD.replace("note: ", f"{key}: {{expr: note}}")
    query = {
        "metrics": ["n", {"metric": "revenue", "modifier": "share"}],
        "group_by": [f"orders.{key}", {"time": "month"}],
    }

    result = ask(world.data(TABLES).file(text).layer(), query)

    assert [column.name for column in result.columns] == [
        f"orders.{key}" if key != "day" else "orders.day", "month", "n", "revenue_share",
    ]  # fmt: skip
    assert result.rows()[0] == ["a", "2024-01-01", 1, pytest.approx(1 / 3)]


def test_spelling_of_columns_does_not_matter(world: World) -> None:
    text = GOOD.replace("orders.customer ->", "orders.CUSTOMER ->").replace(
        "expr: amount", "expr: AMOUNT"
    )
    text = text.replace("note: ", "Note: , k: {expr: CUSTOMER}").replace("time: day", "time: Day")
    query = {"metrics": ["revenue"], "group_by": ["customers.name", "k", {"time": "year"}]}

    rows = ask(world.data(TABLES).file(text).layer(), query).rows()

    assert rows == [["Ada", 1, "2024-01-01", 10], ["Bob", 2, "2024-01-01", 20]]


def test_equal_names_of_different_keys_stay_separate_rows(world: World) -> None:
    world.data(
        "CREATE TABLE t AS SELECT * FROM (VALUES (1, 'Li', 5), (2, 'Li', 7)) AS t(k, name, x)"
    )
    text = """
version: 1
model: m
datasets: {t: {source: t, primary_key: [k], fields: {k: {label_column: name}}}}
metrics: {x: {dataset: t, agg: sum, expr: x}}
"""

    rows = ask(
        world.file(text).layer(), {"metrics": ["x"], "group_by": ["t.k"]}, language="zh"
    ).rows()

    assert rows == [[1, "Li", 5], [2, "Li", 7]]


def test_a_computed_field_has_the_type_that_the_data_give_it(world: World) -> None:
    fields = "whole: {expr: id + 1}, big: {expr: amount > 15}, last: {expr: day + INTERVAL 1 DAY}"
    layer = world.data(TABLES).file(GOOD.replace("note: }", fields + "}")).layer()

    types = {key: layer.catalog.field(f"orders.{key}").datatype for key in ("whole", "big", "last")}

    assert types == {"whole": "Integer", "big": "Boolean", "last": "DateTime"}


def test_rows_given_by_week_are_not_asked_by_month(world: World) -> None:
    world.data("CREATE TABLE w AS SELECT DATE '2024-01-29' AS week, 5 AS x")
    text = """
version: 1
model: m
datasets: {w: {source: w, time: {field: week, grain: week}}}
metrics: {x: {dataset: w, agg: sum, expr: x}}
"""
    layer = world.file(text).layer()

    assert ask(layer, {"metrics": ["x"], "group_by": [{"time": "week"}]}).rows() == [
        ["2024-01-29", 5]
    ]
    with pytest.raises(Exception, match="given by week"):
        ask(layer, {"metrics": ["x"], "group_by": [{"time": "month"}]})


def test_answers_equal_plain_sql(world: World) -> None:
    layer = world.data(TABLES).file(GOOD).layer()

    rows = ask(layer, {"metrics": ["revenue"], "group_by": ["customers.name"]}).rows()

    assert rows == [
        [name, float(amount)]
        for name, amount in trusted(layer, "SELECT c.name, SUM(amount) FROM orders o JOIN customers c ON c.id = o.customer GROUP BY 1 ORDER BY 1")
    ]  # fmt: skip
