WITH "b1" /* customers, orders: current rows of orders */ AS (
  SELECT
    "products"."category" AS "k1",
    COUNT(DISTINCT "orders"."customer_id") AS "a1",
    COUNT(DISTINCT "orders"."order_id") AS "a2"
  FROM (
    SELECT
      "s"."customer_id",
      "s"."order_id"
    FROM "orders" AS "s"
  ) AS "orders"
  LEFT JOIN (
    SELECT
      "s"."order_id",
      "s"."product_id"
    FROM "lines" AS "s"
  ) AS "lines"
    ON "orders"."order_id" = "lines"."order_id"
  LEFT JOIN (
    SELECT
      "s"."category",
      "s"."product_id"
    FROM "products" AS "s"
  ) AS "products"
    ON "lines"."product_id" = "products"."product_id"
  GROUP BY
    1
), "computed" /* metrics from their parts */ AS (
  SELECT
    "k1",
    COALESCE("a1", 0) AS "m1",
    COALESCE("a2", 0) AS "m2"
  FROM "b1"
)
SELECT
  "computed"."k1" AS "category",
  "computed"."m1" AS "customers",
  "computed"."m2" AS "orders"
FROM "computed"
ORDER BY
  "computed"."k1" ASC
SETTINGS "join_use_nulls" = 1, "aggregate_functions_null_for_empty" = 1, "prefer_column_name_to_alias" = 1
