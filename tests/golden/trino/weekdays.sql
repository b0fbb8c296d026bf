WITH "b1" /* orders: current rows of orders */ AS (
  SELECT
    DAY_OF_WEEK("orders"."order_date") AS "k1",
    COUNT(*) AS "a1"
  FROM (
    SELECT
      "s"."order_date"
    FROM "orders" AS "s"
  ) AS "orders"
  WHERE
    MONTH("orders"."order_date") <= 6
  GROUP BY
    1
), "computed" /* metrics from their parts */ AS (
  SELECT
    "k1",
    COALESCE("a1", 0) AS "m1"
  FROM "b1"
)
SELECT
  "computed"."k1" AS "day_of_week",
  "computed"."m1" AS "orders"
FROM "computed"
ORDER BY
  "computed"."k1" ASC
