WITH "b1" /* orders: current rows of orders */ AS (
  SELECT
    "orders"."channel" AS "k1",
    COUNT(*) AS "a1"
  FROM (
    SELECT
      "s"."channel"
    FROM "orders" AS "s"
  ) AS "orders"
  GROUP BY
    1
), "b2" /* margin: current rows of lines */ AS (
  SELECT
    "orders"."channel" AS "k1",
    SUM("lines"."amount") AS "a2",
    SUM("lines"."cost") AS "a3"
  FROM (
    SELECT
      "s"."amount",
      "s"."cost",
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
      CAST(NULL AS SMALLINT) AS "a2",
      CAST(NULL AS SMALLINT) AS "a3"
    FROM "b1"
    UNION ALL
    SELECT
      "k1",
      CAST(NULL AS SMALLINT) AS "a1",
      "a2",
      "a3"
    FROM "b2"
  ) AS "parts"
  GROUP BY
    1
), "computed" /* metrics from their parts */ AS (
  SELECT
    "k1",
    COALESCE("a1", 0) AS "m1",
    CAST("a2" - "a3" AS DOUBLE) / NULLIF("a2", 0) AS "h_margin"
  FROM "stitched"
)
SELECT
  "computed"."k1" AS "channel",
  "computed"."m1" AS "orders"
FROM "computed"
WHERE
  "computed"."h_margin" >= 0.42
ORDER BY
  "computed"."k1" ASC
