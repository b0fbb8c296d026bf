WITH "b1" /* revenue: current rows of lines */ AS (
  SELECT
    "regions"."region" AS "k1",
    CAST(dateTrunc('MONTH', "orders"."order_date") AS Nullable(DATE)) AS "k2",
    MAX("regions"."region_en") AS "n1",
    SUM("lines"."amount") AS "a1"
  FROM (
    SELECT
      "s"."amount",
      "s"."order_id"
    FROM "lines" AS "s"
  ) AS "lines"
  LEFT JOIN (
    SELECT
      "s"."customer_id",
      "s"."order_date",
      "s"."order_id"
    FROM "orders" AS "s"
  ) AS "orders"
    ON "lines"."order_id" = "orders"."order_id"
  LEFT JOIN (
    SELECT
      "s"."customer_id",
      "s"."region_id"
    FROM "customers" AS "s"
  ) AS "customers"
    ON "orders"."customer_id" = "customers"."customer_id"
  LEFT JOIN (
    SELECT
      "s"."region",
      "s"."region_en",
      "s"."region_id"
    FROM "regions" AS "s"
  ) AS "regions"
    ON "customers"."region_id" = "regions"."region_id"
  WHERE
    "orders"."order_date" >= CAST('2024-01-01' AS Nullable(DATE))
    AND "orders"."order_date" < CAST('2025-01-01' AS Nullable(DATE))
  GROUP BY
    1,
    2
), "b2" /* refund: current rows of refunds */ AS (
  SELECT
    "regions"."region" AS "k1",
    CAST(dateTrunc('MONTH', "refunds"."day") AS Nullable(DATE)) AS "k2",
    MAX("regions"."region_en") AS "n1",
    SUM("refunds"."refund") AS "a2"
  FROM (
    SELECT
      "s"."day",
      "s"."order_id",
      "s"."refund"
    FROM "refunds" AS "s"
  ) AS "refunds"
  LEFT JOIN (
    SELECT
      "s"."customer_id",
      "s"."order_id"
    FROM "orders" AS "s"
  ) AS "orders"
    ON "refunds"."order_id" = "orders"."order_id"
  LEFT JOIN (
    SELECT
      "s"."customer_id",
      "s"."region_id"
    FROM "customers" AS "s"
  ) AS "customers"
    ON "orders"."customer_id" = "customers"."customer_id"
  LEFT JOIN (
    SELECT
      "s"."region",
      "s"."region_en",
      "s"."region_id"
    FROM "regions" AS "s"
  ) AS "regions"
    ON "customers"."region_id" = "regions"."region_id"
  WHERE
    "refunds"."day" >= CAST('2024-01-01' AS Nullable(DATE))
    AND "refunds"."day" < CAST('2025-01-01' AS Nullable(DATE))
  GROUP BY
    1,
    2
), "stitched" /* one row per group, whichever fact has it */ AS (
  SELECT
    "k1",
    "k2",
    MAX("parts"."n1") AS "n1",
    MAX("parts"."a1") AS "a1",
    MAX("parts"."a2") AS "a2"
  FROM (
    SELECT
      "k1",
      "k2",
      "n1",
      "a1",
      NULL AS "a2"
    FROM "b1"
    UNION ALL
    SELECT
      "k1",
      "k2",
      "n1",
      NULL AS "a1",
      "a2"
    FROM "b2"
  ) AS "parts"
  GROUP BY
    1,
    2
), "computed" /* metrics from their parts */ AS (
  SELECT
    "k1",
    "n1",
    "k2",
    "a1" AS "m1",
    "a2" AS "m2"
  FROM "stitched"
)
SELECT
  "computed"."k1" AS "region",
  "computed"."n1" AS "region_label",
  "computed"."k2" AS "month",
  "computed"."m1" AS "revenue",
  "computed"."m2" AS "refund"
FROM "computed"
ORDER BY
  "computed"."k1" ASC,
  "computed"."k2" ASC
SETTINGS "join_use_nulls" = 1, "aggregate_functions_null_for_empty" = 1, "prefer_column_name_to_alias" = 1
