WITH `b1` /* revenue: current rows of lines */ AS (
  SELECT
    `products`.`product` AS `k1`,
    SUM(`lines`.`amount`) AS `a1`
  FROM (
    SELECT
      `s`.`amount`,
      `s`.`product_id`
    FROM `lines` AS `s`
  ) AS `lines`
  LEFT JOIN (
    SELECT
      `s`.`product`,
      `s`.`product_id`
    FROM `products` AS `s`
  ) AS `products`
    ON `lines`.`product_id` = `products`.`product_id`
  GROUP BY
    1
), `computed` /* metrics from their parts */ AS (
  SELECT
    `k1`,
    `a1` AS `h_revenue`
  FROM `b1`
), `across` /* shares and ranks over all rows, before any cut */ AS (
  SELECT
    `computed`.*,
    CAST(SUM(`computed`.`h_revenue`) OVER (
      ORDER BY `computed`.`h_revenue` DESC, `computed`.`k1` NULLS LAST
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW
    ) AS DOUBLE) / NULLIF(SUM(`computed`.`h_revenue`) OVER (), 0) AS `m1`
  FROM `computed`
)
SELECT
  `across`.`k1` AS `product`,
  `across`.`m1` AS `revenue_cumulative_share`,
  COUNT(*) OVER (ORDER BY `across`.`h_revenue` DESC) AS `_peers`
FROM `across`
ORDER BY
  `across`.`h_revenue` DESC,
  `across`.`k1` ASC NULLS LAST
LIMIT 2
