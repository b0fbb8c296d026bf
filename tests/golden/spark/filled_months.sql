WITH `b1` /* revenue: current rows of lines */ AS (
  SELECT
    CAST(DATE_TRUNC('MONTH', `orders`.`order_date`) AS DATE) AS `k1`,
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
    AND `orders`.`order_date` < CAST('2024-05-01' AS DATE)
  GROUP BY
    1
), `stitched` /* one row per group, whichever fact has it */ AS (
  SELECT
    `k1`,
    MAX(`parts`.`a1`) AS `a1`
  FROM (
    SELECT
      `k1`,
      `a1`
    FROM `b1`
    UNION ALL
    SELECT
      `spine`.`bucket` AS `k1`,
      CAST(NULL AS SMALLINT) AS `a1`
    FROM VALUES
      (CAST('2024-01-01' AS DATE)),
      (CAST('2024-02-01' AS DATE)),
      (CAST('2024-03-01' AS DATE)),
      (CAST('2024-04-01' AS DATE)) AS `spine`(`bucket`)
  ) AS `parts`
  GROUP BY
    1
), `computed` /* metrics from their parts */ AS (
  SELECT
    `k1`,
    COALESCE(`a1`, 0) AS `m1`
  FROM `stitched`
)
SELECT
  `computed`.`k1` AS `month`,
  `computed`.`m1` AS `revenue`
FROM `computed`
ORDER BY
  `computed`.`k1` ASC NULLS LAST
