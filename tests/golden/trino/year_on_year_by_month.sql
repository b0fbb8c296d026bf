WITH "b1" /* revenue: current and base rows of lines */ AS (
  SELECT
    CAST(DATE_TRUNC('MONTH', "orders"."order_date") AS DATE) AS "k1",
    SUM("lines"."amount") AS "a1"
  FROM (
    SELECT
      "s"."amount",
      "s"."order_id"
    FROM "lines" AS "s"
  ) AS "lines"
  LEFT JOIN (
    SELECT
      "s"."order_date",
      "s"."order_id"
    FROM "orders" AS "s"
  ) AS "orders"
    ON "lines"."order_id" = "orders"."order_id"
  WHERE
    (
      (
        "orders"."order_date" >= CAST('2023-01-01' AS DATE)
        AND "orders"."order_date" < CAST('2023-04-01' AS DATE)
      )
      OR (
        "orders"."order_date" >= CAST('2024-01-01' AS DATE)
        AND "orders"."order_date" < CAST('2024-04-01' AS DATE)
      )
    )
  GROUP BY
    1
), "stitched" /* one row per group, whichever fact has it */ AS (
  SELECT
    "k1",
    MAX("parts"."a1") AS "a1",
    MAX("parts"."a2") AS "a2"
  FROM (
    SELECT
      "b1"."k1",
      "b1"."a1",
      CAST(NULL AS SMALLINT) AS "a2"
    FROM "b1"
    WHERE
      "b1"."k1" >= CAST('2024-01-01' AS DATE)
      AND "b1"."k1" < CAST('2024-04-01' AS DATE)
    UNION ALL
    SELECT
      CAST("b1"."k1" + INTERVAL '12' MONTH AS DATE) AS "k1",
      CAST(NULL AS SMALLINT) AS "a1",
      "b1"."a1" AS "a2"
    FROM "b1"
    WHERE
      "b1"."k1" >= CAST('2023-01-01' AS DATE)
      AND "b1"."k1" < CAST('2023-04-01' AS DATE)
  ) AS "parts"
  GROUP BY
    1
), "computed" /* metrics from their parts */ AS (
  SELECT
    "k1",
    "a1" AS "m1",
    "a2" AS "m2",
    "a1" - "a2" AS "m3",
    CASE WHEN "a2" > 0 THEN CAST("a1" - "a2" AS DOUBLE) / NULLIF("a2", 0) END AS "m4"
  FROM "stitched"
)
SELECT
  "computed"."k1" AS "month",
  "computed"."m1" AS "revenue",
  "computed"."m2" AS "revenue_base",
  "computed"."m3" AS "revenue_change",
  "computed"."m4" AS "revenue_change_pct"
FROM "computed"
ORDER BY
  "computed"."k1" ASC
