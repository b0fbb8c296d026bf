WITH "b1" /* orders: current rows of orders */ AS (
  SELECT
    CAST(DATE_TRUNC('MONTH', "orders"."order_date") AS DATE) AS "k1",
    COUNT(*) AS "a1"
  FROM (
    SELECT
      "s"."order_date"
    FROM "orders" AS "s"
  ) AS "orders"
  WHERE
    "orders"."order_date" >= CAST('2024-01-01' AS DATE)
    AND "orders"."order_date" < CAST('2025-01-01' AS DATE)
  GROUP BY
    1
), "b2" /* orders: current rows of orders */ AS (
  SELECT
    CAST(DATE_TRUNC('MONTH', "orders"."placed") AS DATE) AS "k1",
    COUNT(*) AS "a2"
  FROM (
    SELECT
      "s"."placed"
    FROM "orders" AS "s"
  ) AS "orders"
  WHERE
    "orders"."placed" >= CAST('2024-01-01' AS DATE)
    AND "orders"."placed" < CAST('2025-01-01' AS DATE)
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
      CAST(NULL AS SMALLINT) AS "a2"
    FROM "b1"
    UNION ALL
    SELECT
      "k1",
      CAST(NULL AS SMALLINT) AS "a1",
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
  "computed"."k1" AS "month",
  "computed"."m1" AS "orders",
  "computed"."m2" AS "orders_by_placed"
FROM "computed"
ORDER BY
  "computed"."k1" ASC
