WITH "b1" /* revenue: current rows of lines */ AS (
  SELECT
    CAST(dateTrunc('MONTH', "orders"."order_date") AS Nullable(DATE)) AS "k1",
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
    "orders"."order_date" >= CAST('2024-01-01' AS Nullable(DATE))
    AND "orders"."order_date" < CAST('2024-05-01' AS Nullable(DATE))
  GROUP BY
    1
), "stitched" /* one row per group, whichever fact has it */ AS (
  SELECT
    "k1",
    MAX("parts"."a1") AS "a1"
  FROM (
    SELECT
      "k1",
      "a1"
    FROM "b1"
    UNION ALL
    SELECT
      "spine"."bucket" AS "k1",
      NULL AS "a1"
    FROM (
      SELECT
        CAST('2024-01-01' AS Nullable(DATE)) AS "bucket"
      UNION ALL
      SELECT
        CAST('2024-02-01' AS Nullable(DATE))
      UNION ALL
      SELECT
        CAST('2024-03-01' AS Nullable(DATE))
      UNION ALL
      SELECT
        CAST('2024-04-01' AS Nullable(DATE))
    ) AS "spine"
  ) AS "parts"
  GROUP BY
    1
), "computed" /* metrics from their parts */ AS (
  SELECT
    "k1",
    COALESCE("a1", 0) AS "m1"
  FROM "stitched"
)
SELECT
  "computed"."k1" AS "month",
  "computed"."m1" AS "revenue"
FROM "computed"
ORDER BY
  "computed"."k1" ASC
SETTINGS "join_use_nulls" = 1, "aggregate_functions_null_for_empty" = 1, "prefer_column_name_to_alias" = 1
