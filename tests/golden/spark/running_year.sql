WITH `b1` /* revenue: current window rows of lines */ AS (
  SELECT
    `read`.`k1`,
    `spine`.`bucket` AS `k2`,
    SUM(`read`.`a1`) AS `a1`
  FROM (
    SELECT
      `products`.`category` AS `k1`,
      CAST(DATE_TRUNC('MONTH', `orders`.`order_date`) AS DATE) AS `period`,
      SUM(`lines`.`amount`) AS `a1`
    FROM (
      SELECT
        `s`.`amount`,
        `s`.`order_id`,
        `s`.`product_id`
      FROM `lines` AS `s`
    ) AS `lines`
    LEFT JOIN (
      SELECT
        `s`.`order_date`,
        `s`.`order_id`
      FROM `orders` AS `s`
    ) AS `orders`
      ON `lines`.`order_id` = `orders`.`order_id`
    LEFT JOIN (
      SELECT
        `s`.`category`,
        `s`.`product_id`
      FROM `products` AS `s`
    ) AS `products`
      ON `lines`.`product_id` = `products`.`product_id`
    WHERE
      `orders`.`order_date` >= CAST('2023-01-01' AS DATE)
      AND `orders`.`order_date` < CAST('2024-03-01' AS DATE)
    GROUP BY
      1,
      2
  ) AS `read`
  INNER JOIN VALUES
    (
      CAST('2023-12-01' AS DATE),
      CAST('2023-01-01' AS DATE),
      CAST('2024-01-01' AS DATE),
      1
    ),
    (
      CAST('2024-01-01' AS DATE),
      CAST('2024-01-01' AS DATE),
      CAST('2024-02-01' AS DATE),
      1
    ),
    (
      CAST('2024-02-01' AS DATE),
      CAST('2024-01-01' AS DATE),
      CAST('2024-03-01' AS DATE),
      1
    ) AS `spine`(`bucket`, `first_day`, `day_after`, `parts`)
    ON `read`.`period` >= `spine`.`first_day` AND `read`.`period` < `spine`.`day_after`
  GROUP BY
    1,
    2
), `computed` /* metrics from their parts */ AS (
  SELECT
    `k1`,
    `k2`,
    `a1` AS `m1`
  FROM `b1`
)
SELECT
  `computed`.`k1` AS `category`,
  `computed`.`k2` AS `month`,
  `computed`.`m1` AS `revenue_cumulative`
FROM `computed`
ORDER BY
  `computed`.`k1` ASC NULLS LAST,
  `computed`.`k2` ASC NULLS LAST
