WITH "b1" /* orders: current rows of orders */ AS (
  SELECT
    "customers"."customer" AS "k1",
    COUNT(*) AS "a1"
  FROM (
    SELECT
      "s"."customer_id"
    FROM "orders" AS "s"
  ) AS "orders"
  LEFT JOIN (
    SELECT
      "s"."customer",
      "s"."customer_id"
    FROM "customers" AS "s"
  ) AS "customers"
    ON "orders"."customer_id" = "customers"."customer_id"
  GROUP BY
    1
), "computed" /* metrics from their parts */ AS (
  SELECT
    "k1",
    COALESCE("a1", 0) AS "m1"
  FROM "b1"
)
SELECT
  "places"."k1" AS "customer",
  "places"."m1" AS "orders"
FROM (
  SELECT
    *,
    RANK() OVER (ORDER BY "computed"."m1" DESC NULLS LAST) AS "place"
  FROM "computed"
) AS "places"
WHERE
  "places"."place" <= 2
ORDER BY
  "places"."m1" DESC NULLS LAST,
  "places"."k1" ASC
