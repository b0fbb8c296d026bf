WITH "b1" /* orders: current rows of orders */ AS (
  SELECT
    "orders"."order_date" AS "k1",
    COUNT(*) AS "a1"
  FROM (
    SELECT
      "s"."order_date"
    FROM "orders" AS "s"
  ) AS "orders"
  WHERE
    "orders"."order_date" >= CAST('2024-02-28' AS Nullable(DATE))
    AND "orders"."order_date" < CAST('2024-03-02' AS Nullable(DATE))
  GROUP BY
    1
), "b2" /* orders: base rows of orders */ AS (
  SELECT
    "spine"."bucket" AS "k1",
    COUNT(*) AS "a2"
  FROM (
    SELECT
      "s"."order_date"
    FROM "orders" AS "s"
  ) AS "orders"
  INNER JOIN (
    SELECT
      CAST('2024-02-28' AS Nullable(DATE)) AS "bucket",
      CAST('2023-02-28' AS Nullable(DATE)) AS "base"
    UNION ALL
    SELECT
      CAST('2024-02-29' AS Nullable(DATE)),
      CAST('2023-02-28' AS Nullable(DATE))
    UNION ALL
    SELECT
      CAST('2024-03-01' AS Nullable(DATE)),
      CAST('2023-03-01' AS Nullable(DATE))
  ) AS "spine"
    ON "orders"."order_date" = "spine"."base"
  WHERE
    "orders"."order_date" >= CAST('2023-02-28' AS Nullable(DATE))
    AND "orders"."order_date" < CAST('2023-03-02' AS Nullable(DATE))
  GROUP BY
    1
), "stitched" /* one row per group, whichever fact has it */ AS (
  SELECT
    "k1",
    MAX("parts"."a1") AS "a1",
    MAX("parts"."a2") AS "a2"
  FROM (
    SELECT
      "k1",
      "a1",
      NULL AS "a2"
    FROM "b1"
    UNION ALL
    SELECT
      "k1",
      NULL AS "a1",
      "a2"
    FROM "b2"
  ) AS "parts"
  GROUP BY
    1
), "computed" /* metrics from their parts */ AS (
  SELECT
    "k1",
    COALESCE("a1", 0) AS "m1",
    COALESCE("a2", 0) AS "m2"
  FROM "stitched"
)
SELECT
  "computed"."k1" AS "day",
  "computed"."m1" AS "orders",
  "computed"."m2" AS "orders_base"
FROM "computed"
ORDER BY
  "computed"."k1" ASC
SETTINGS "join_use_nulls" = 1, "aggregate_functions_null_for_empty" = 1, "prefer_column_name_to_alias" = 1
