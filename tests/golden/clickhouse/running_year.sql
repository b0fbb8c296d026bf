WITH "b1" /* revenue: current window rows of lines */ AS (
  SELECT
    "read"."k1",
    "spine"."bucket" AS "k2",
    SUM("read"."a1") AS "a1"
  FROM (
    SELECT
      "products"."category" AS "k1",
      CAST(dateTrunc('MONTH', "orders"."order_date") AS Nullable(DATE)) AS "period",
      SUM("lines"."amount") AS "a1"
    FROM (
      SELECT
        "s"."amount",
        "s"."order_id",
        "s"."product_id"
      FROM "lines" AS "s"
    ) AS "lines"
    LEFT JOIN (
      SELECT
        "s"."order_date",
        "s"."order_id"
      FROM "orders" AS "s"
    ) AS "orders"
      ON "lines"."order_id" = "orders"."order_id"
    LEFT JOIN (
      SELECT
        "s"."category",
        "s"."product_id"
      FROM "products" AS "s"
    ) AS "products"
      ON "lines"."product_id" = "products"."product_id"
    WHERE
      "orders"."order_date" >= CAST('2023-01-01' AS Nullable(DATE))
      AND "orders"."order_date" < CAST('2024-03-01' AS Nullable(DATE))
    GROUP BY
      1,
      2
  ) AS "read"
  CROSS JOIN (
    SELECT
      CAST('2023-12-01' AS Nullable(DATE)) AS "bucket",
      CAST('2023-01-01' AS Nullable(DATE)) AS "first_day",
      CAST('2024-01-01' AS Nullable(DATE)) AS "day_after",
      1 AS "parts"
    UNION ALL
    SELECT
      CAST('2024-01-01' AS Nullable(DATE)),
      CAST('2024-01-01' AS Nullable(DATE)),
      CAST('2024-02-01' AS Nullable(DATE)),
      1
    UNION ALL
    SELECT
      CAST('2024-02-01' AS Nullable(DATE)),
      CAST('2024-01-01' AS Nullable(DATE)),
      CAST('2024-03-01' AS Nullable(DATE)),
      1
  ) AS "spine"
  WHERE
    "read"."period" >= "spine"."first_day" AND "read"."period" < "spine"."day_after"
  GROUP BY
    1,
    2
), "computed" /* metrics from their parts */ AS (
  SELECT
    "k1",
    "k2",
    "a1" AS "m1"
  FROM "b1"
)
SELECT
  "computed"."k1" AS "category",
  "computed"."k2" AS "month",
  "computed"."m1" AS "revenue_cumulative"
FROM "computed"
ORDER BY
  "computed"."k1" ASC,
  "computed"."k2" ASC
SETTINGS "join_use_nulls" = 1, "aggregate_functions_null_for_empty" = 1, "prefer_column_name_to_alias" = 1
