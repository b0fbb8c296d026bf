WITH "b1" /* orders, web_orders: current rows of orders */ AS (
  SELECT
    COUNT(*) AS "a1",
    COUNT(CASE WHEN "orders"."channel" = 'web' THEN 1 END) AS "a2"
  FROM (
    SELECT
      "s"."channel",
      "s"."customer_id",
      "s"."placed"
    FROM "orders" AS "s"
  ) AS "orders"
  LEFT JOIN (
    SELECT
      "s"."customer_id",
      "s"."segment"
    FROM "customers" AS "s"
  ) AS "customers"
    ON "orders"."customer_id" = "customers"."customer_id"
  WHERE
    (
      NOT COALESCE("customers"."segment" = 'ENT', FALSE)
      OR (
        "orders"."placed" >= CAST('2024-01-01' AS DATE)
        AND "orders"."placed" < CAST('2024-02-01' AS DATE)
      )
    )
), "computed" /* metrics from their parts */ AS (
  SELECT
    COALESCE("a1", 0) AS "m1",
    COALESCE("a2", 0) AS "m2"
  FROM "b1"
)
SELECT
  "computed"."m1" AS "orders",
  "computed"."m2" AS "web_orders"
FROM "computed"
