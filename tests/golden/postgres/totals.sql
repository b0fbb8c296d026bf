WITH "b1" /* orders, customers: current rows of orders */ AS (
  SELECT
    "orders"."channel" AS "k1",
    COUNT(*) AS "a1",
    COUNT(DISTINCT "orders"."customer_id") AS "a2"
  FROM (
    SELECT
      "s"."channel",
      "s"."customer_id"
    FROM "orders" AS "s"
  ) AS "orders"
  GROUP BY
    1
), "b2" /* revenue: current rows of lines */ AS (
  SELECT
    "orders"."channel" AS "k1",
    SUM("lines"."amount") AS "a3"
  FROM (
    SELECT
      "s"."amount",
      "s"."order_id"
    FROM "lines" AS "s"
  ) AS "lines"
  LEFT JOIN (
    SELECT
      "s"."channel",
      "s"."order_id"
    FROM "orders" AS "s"
  ) AS "orders"
    ON "lines"."order_id" = "orders"."order_id"
  GROUP BY
    1
), "stitched" /* one row per group, whichever fact has it */ AS (
  SELECT
    "k1",
    MAX("parts"."a1") AS "a1",
    MAX("parts"."a2") AS "a2",
    MAX("parts"."a3") AS "a3"
  FROM (
    SELECT
      "k1",
      "a1",
      "a2",
      CAST(NULL AS SMALLINT) AS "a3"
    FROM "b1"
    UNION ALL
    SELECT
      "k1",
      CAST(NULL AS SMALLINT) AS "a1",
      CAST(NULL AS SMALLINT) AS "a2",
      "a3"
    FROM "b2"
  ) AS "parts"
  GROUP BY
    1
), "computed" /* metrics from their parts */ AS (
  SELECT
    "k1",
    COALESCE("a1", 0) AS "m1",
    COALESCE("a2", 0) AS "m2",
    "a3" AS "h_revenue"
  FROM "stitched"
), "t_b1" /* orders, customers: current rows of orders */ AS (
  SELECT
    COUNT(*) AS "a1",
    COUNT(DISTINCT "orders"."customer_id") AS "a2"
  FROM (
    SELECT
      "s"."customer_id"
    FROM "orders" AS "s"
  ) AS "orders"
), "t_computed" /* metrics from their parts */ AS (
  SELECT
    COALESCE("a1", 0) AS "m1",
    COALESCE("a2", 0) AS "m2"
  FROM "t_b1"
)
SELECT
  "channel",
  "orders",
  "customers",
  "_kind"
FROM (
  SELECT
    *,
    0 AS "_kind"
  FROM (
    SELECT
      "computed"."k1" AS "channel",
      "computed"."m1" AS "orders",
      "computed"."m2" AS "customers",
      ROW_NUMBER() OVER (ORDER BY "computed"."h_revenue" DESC NULLS LAST, "computed"."k1" ASC) AS "_place"
    FROM "computed"
    ORDER BY
      "computed"."h_revenue" DESC NULLS LAST,
      "computed"."k1" ASC
  ) AS "detail_rows"
  UNION ALL
  SELECT
    CAST(NULL AS TEXT) AS "channel",
    "t_computed"."m1" AS "orders",
    "t_computed"."m2" AS "customers",
    0 AS "_place",
    2 AS "_kind"
  FROM "t_computed"
) AS "all_rows"
ORDER BY
  "all_rows"."_kind" ASC,
  "all_rows"."_place" ASC
