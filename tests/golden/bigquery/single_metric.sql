WITH `b1` /* revenue: current rows of lines */ AS (
  SELECT
    SUM(`lines`.`amount`) AS `a1`
  FROM (
    SELECT
      `s`.`amount`,
      `s`.`order_id`
    FROM `lines` AS `s`
  ) AS `lines`
  LEFT JOIN (
    SELECT
      `s`.`order_date`,
      `s`.`order_id`
    FROM `orders` AS `s`
  ) AS `orders`
    ON `lines`.`order_id` = `orders`.`order_id`
  WHERE
    `orders`.`order_date` >= CAST('2024-01-01' AS DATE)
    AND `orders`.`order_date` < CAST('2025-01-01' AS DATE)
), `computed` /* metrics from their parts */ AS (
  SELECT
    `a1` AS `m1`
  FROM `b1`
)
SELECT
  `computed`.`m1` AS `revenue`
FROM `computed`
