WITH "b1" /* margin: current rows of lines */ AS (
  SELECT
    "products"."category" AS "k1",
    SUM("lines"."amount") AS "a1",
    SUM("lines"."cost") AS "a2"
  FROM (
    SELECT
      "s"."amount",
      "s"."cost",
      "s"."product_id"
    FROM "lines" AS "s"
  ) AS "lines"
  LEFT JOIN (
    SELECT
      "s"."category",
      "s"."product_id"
    FROM "products" AS "s"
  ) AS "products"
    ON "lines"."product_id" = "products"."product_id"
  GROUP BY
    1
), "computed" /* metrics from their parts */ AS (
  SELECT
    "k1",
    CAST("a1" - "a2" AS DOUBLE) / NULLIF("a1", 0) AS "m1"
  FROM "b1"
)
SELECT
  "computed"."k1" AS "category",
  "computed"."m1" AS "margin"
FROM "computed"
ORDER BY
  "computed"."k1" ASC
