WITH "b1" /* revenue: current rows of lines */ AS (
  SELECT
    "regions"."region" AS "k1",
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
    "orders"."order_date" >= CAST('2024-01-01' AS DATE)
    AND "orders"."order_date" < CAST('2024-03-01' AS DATE)
  GROUP BY
    1
), "b2" /* goal: target rows of targets */ AS (
  SELECT
    "regions"."region" AS "k1",
    MAX("regions"."region_en") AS "n1",
    SUM("targets"."goal") AS "a2"
  FROM (
    SELECT
      "s"."goal",
      "s"."month",
      "s"."region_id"
    FROM "targets" AS "s"
  ) AS "targets"
  LEFT JOIN (
    SELECT
      "s"."region",
      "s"."region_en",
      "s"."region_id"
    FROM "regions" AS "s"
  ) AS "regions"
    ON "targets"."region_id" = "regions"."region_id"
  WHERE
    "targets"."month" >= CAST('2024-01-01' AS DATE)
    AND "targets"."month" < CAST('2024-03-01' AS DATE)
  GROUP BY
    1
), "stitched" /* one row per group, whichever fact has it */ AS (
  SELECT
    "k1",
    MAX("parts"."n1") AS "n1",
    MAX("parts"."a1") AS "a1",
    MAX("parts"."a2") AS "a2"
  FROM (
    SELECT
      "k1",
      "n1",
      "a1",
      CAST(NULL AS SMALLINT) AS "a2"
    FROM "b1"
    UNION ALL
    SELECT
      "k1",
      "n1",
      CAST(NULL AS SMALLINT) AS "a1",
      "a2"
    FROM "b2"
  ) AS "parts"
  GROUP BY
    1
), "computed" /* metrics from their parts */ AS (
  SELECT
    "k1",
    "n1",
    CAST("a1" AS DOUBLE PRECISION) / NULLIF("a2", 0) AS "m1"
  FROM "stitched"
)
SELECT
  "computed"."k1" AS "region",
  "computed"."n1" AS "region_label",
  "computed"."m1" AS "revenue_attainment"
FROM "computed"
ORDER BY
  "computed"."k1" ASC
