WITH "b1" /* revenue: current rows of lines */ AS (
  SELECT
    "products"."category" AS "k1",
    "products"."product" AS "k2",
    SUM("lines"."amount") AS "a1"
  FROM (
    SELECT
      "s"."amount",
      "s"."product_id"
    FROM "lines" AS "s"
  ) AS "lines"
  LEFT JOIN (
    SELECT
      "s"."category",
      "s"."product",
      "s"."product_id"
    FROM "products" AS "s"
  ) AS "products"
    ON "lines"."product_id" = "products"."product_id"
  GROUP BY
    1,
    2
), "computed" /* metrics from their parts */ AS (
  SELECT
    "k1",
    "k2",
    "a1" AS "m1"
  FROM "b1"
)
SELECT
  "places"."k1" AS "category",
  "places"."k2" AS "product",
  "places"."m1" AS "revenue"
FROM (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY "computed"."k1"
      ORDER BY "computed"."m1" DESC NULLS LAST, "computed"."k1" ASC, "computed"."k2" ASC
    ) AS "place"
  FROM "computed"
) AS "places"
WHERE
  "places"."place" <= 1
ORDER BY
  "places"."k1" ASC,
  "places"."m1" DESC NULLS LAST,
  "places"."k2" ASC
