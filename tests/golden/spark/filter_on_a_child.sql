WITH `b1` /* freight: current rows of orders */ AS (
  SELECT
    SUM(`orders`.`freight`) AS `a1`
  FROM (
    SELECT
      `s`.`freight`,
      `s`.`order_id`
    FROM `orders` AS `s`
  ) AS `orders`
  WHERE
    (
      EXISTS(
        SELECT
          1
        FROM (
          SELECT
            `s`.`order_id`,
            `s`.`product_id`
          FROM `lines` AS `s`
        ) AS `any_lines`
        LEFT JOIN (
          SELECT
            `s`.`category`,
            `s`.`product_id`
          FROM `products` AS `s`
        ) AS `any_products`
          ON `any_lines`.`product_id` = `any_products`.`product_id`
        WHERE
          `any_lines`.`order_id` = `orders`.`order_id`
          AND (
            NOT COALESCE(`any_products`.`category` = 'Promo', FALSE)
          )
      )
      OR (
        NOT EXISTS(
          SELECT
            1
          FROM (
            SELECT
              `s`.`order_id`,
              `s`.`product_id`
            FROM `lines` AS `s`
          ) AS `any_lines`
          WHERE
            `any_lines`.`order_id` = `orders`.`order_id`
        )
        AND (
          (
            NOT COALESCE(NULL = 'Promo', FALSE)
          )
        )
      )
    )
), `computed` /* metrics from their parts */ AS (
  SELECT
    `a1` AS `m1`
  FROM `b1`
)
SELECT
  `computed`.`m1` AS `freight`
FROM `computed`
