WITH "b1" /* margin: current rows of lines */ AS (
  SELECT
    "products"."product" AS "k1",
    SUM("lines"."amount") AS "a1",
    SUM("lines"."cost") AS "a2"
  FROM (
    SELECT
      "s"."amount",
      "s"."cost",
      "s"."product_id"
    FROM "lines" AS "s"
  ) AS "lines"
  LEFT JOIN (
    SELECT
      "s"."product",
      "s"."product_id"
    FROM "products" AS "s"
  ) AS "products"
    ON "lines"."product_id" = "products"."product_id"
  GROUP BY
    1
), "computed" /* metrics from their parts */ AS (
  SELECT
    "k1",
    CAST("a1" - "a2" AS DOUBLE) / NULLIF("a1", 0) AS "m1",
    "a1" AS "h_revenue"
  FROM "b1"
), "kept" /* the members above the cut */ AS (
  SELECT
    "top_rows"."product" AS "member"
  FROM (
    SELECT
      "computed"."k1" AS "product",
      "computed"."m1" AS "margin",
      COUNT(*) OVER (ORDER BY "computed"."h_revenue" DESC NULLS LAST) AS "_peers"
    FROM "computed"
    ORDER BY
      "computed"."h_revenue" DESC NULLS LAST,
      "computed"."k1" ASC
    LIMIT 1
  ) AS "top_rows"
), "o_b1" /* margin: current rows of lines */ AS (
  SELECT
    SUM("lines"."amount") AS "a1",
    SUM("lines"."cost") AS "a2"
  FROM (
    SELECT
      "s"."amount",
      "s"."cost",
      "s"."product_id"
    FROM "lines" AS "s"
  ) AS "lines"
  LEFT JOIN (
    SELECT
      "s"."product",
      "s"."product_id"
    FROM "products" AS "s"
  ) AS "products"
    ON "lines"."product_id" = "products"."product_id"
  WHERE
    NOT EXISTS(
      SELECT
        1
      FROM "kept"
      WHERE
        "kept"."member" IS NOT DISTINCT FROM "products"."product"
    )
), "o_computed" /* metrics from their parts */ AS (
  SELECT
    CAST("a1" - "a2" AS DOUBLE) / NULLIF("a1", 0) AS "m1"
  FROM "o_b1"
), "t_b1" /* margin: current rows of lines */ AS (
  SELECT
    SUM("lines"."amount") AS "a1",
    SUM("lines"."cost") AS "a2"
  FROM (
    SELECT
      "s"."amount",
      "s"."cost"
    FROM "lines" AS "s"
  ) AS "lines"
), "t_computed" /* metrics from their parts */ AS (
  SELECT
    CAST("a1" - "a2" AS DOUBLE) / NULLIF("a1", 0) AS "m1"
  FROM "t_b1"
)
SELECT
  "product",
  "margin",
  "_peers",
  "_kind"
FROM (
  SELECT
    *,
    0 AS "_kind"
  FROM (
    SELECT
      "computed"."k1" AS "product",
      "computed"."m1" AS "margin",
      COUNT(*) OVER (ORDER BY "computed"."h_revenue" DESC NULLS LAST) AS "_peers",
      ROW_NUMBER() OVER (ORDER BY "computed"."h_revenue" DESC NULLS LAST, "computed"."k1" ASC) AS "_place"
    FROM "computed"
    ORDER BY
      "computed"."h_revenue" DESC NULLS LAST,
      "computed"."k1" ASC
    LIMIT 1
  ) AS "detail_rows"
  UNION ALL
  SELECT
    CAST(NULL AS VARCHAR) AS "product",
    "o_computed"."m1" AS "margin",
    0 AS "_peers",
    0 AS "_place",
    1 AS "_kind"
  FROM "o_computed"
  WHERE
    EXISTS(
      SELECT
        1
      FROM "computed"
      WHERE
        NOT EXISTS(
          SELECT
            1
          FROM "kept"
          WHERE
            "kept"."member" IS NOT DISTINCT FROM "computed"."k1"
        )
    )
  UNION ALL
  SELECT
    CAST(NULL AS VARCHAR) AS "product",
    "t_computed"."m1" AS "margin",
    0 AS "_peers",
    0 AS "_place",
    2 AS "_kind"
  FROM "t_computed"
) AS "all_rows"
ORDER BY
  "all_rows"."_kind" ASC,
  "all_rows"."_place" ASC
