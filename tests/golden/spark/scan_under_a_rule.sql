WITH `b1` /* revenue: current rows of lines */ AS (
  SELECT
    `customers`.`customer` AS `k1`,
    SUM(`lines`.`amount`) AS `a1`
  FROM (
    SELECT
      `s`.`amount`,
      `s`.`order_id`
    FROM `lines` AS `s`
    WHERE
      EXISTS(
        SELECT
          1
        FROM (
          SELECT
            `s`.`customer_id`,
            `s`.`order_id`
          FROM `orders` AS `s`
        ) AS `orders`
        JOIN (
          SELECT
            `s`.`customer_id`,
            `s`.`segment`
          FROM `customers` AS `s`
        ) AS `customers`
          ON `orders`.`customer_id` = `customers`.`customer_id`
        WHERE
          `s`.`order_id` = `orders`.`order_id` AND `customers`.`segment` = 'ENT'
      )
  ) AS `lines`
  LEFT JOIN (
    SELECT
      `s`.`customer_id`,
      `s`.`order_id`
    FROM `orders` AS `s`
    WHERE
      EXISTS(
        SELECT
          1
        FROM (
          SELECT
            `s`.`customer_id`,
            `s`.`segment`
          FROM `customers` AS `s`
        ) AS `customers`
        WHERE
          `s`.`customer_id` = `customers`.`customer_id` AND `customers`.`segment` = 'ENT'
      )
  ) AS `orders`
    ON `lines`.`order_id` = `orders`.`order_id`
  LEFT JOIN (
    SELECT
      `s`.`customer`,
      `s`.`customer_id`
    FROM `customers` AS `s`
    WHERE
      `s`.`segment` = 'ENT'
  ) AS `customers`
    ON `orders`.`customer_id` = `customers`.`customer_id`
  GROUP BY
    1
), `computed` /* metrics from their parts */ AS (
  SELECT
    `k1`,
    `a1` AS `m1`
  FROM `b1`
)
SELECT
  `computed`.`k1` AS `customer`,
  `computed`.`m1` AS `revenue`
FROM `computed`
ORDER BY
  `computed`.`k1` ASC NULLS LAST
