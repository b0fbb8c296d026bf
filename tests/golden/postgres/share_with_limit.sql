WITH "b1" /* revenue: current rows of lines */ AS (
  SELECT
    "products"."product" AS "k1",
    SUM("lines"."amount") AS "a1"
  FROM (
    SELECT
      "s"."amount",
      "s"."product_id"
    FROM "lines" AS "s"
  ) AS "lines"
  LEFT JOIN (
    SELECT
      "s"."product",
      "s"."product_id"
    FROM "products" AS "s"
  ) AS "products"
    ON "lines"."product_id" = "products"."product_id"
  GROUP BY
    1
), "computed" /* metrics from their parts */ AS (
  SELECT
    "k1",
    "a1" AS "m1"
  FROM "b1"
), "across" /* shares and ranks over all rows, before any cut */ AS (
  SELECT
    "computed".*,
    CAST("computed"."m1" AS DOUBLE PRECISION) / NULLIF(SUM("computed"."m1") OVER (), 0) AS "m2"
  FROM "computed"
)
SELECT
  "across"."k1" AS "product",
  "across"."m1" AS "revenue",
  "across"."m2" AS "revenue_share",
  COUNT(*) OVER (ORDER BY "across"."m1" DESC NULLS LAST) AS "_peers"
FROM "across"
ORDER BY
  "across"."m1" DESC NULLS LAST,
  "across"."k1" ASC
LIMIT 2
