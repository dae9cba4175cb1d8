"""The statement that counts, in pieces. Every SELECT has the same columns:

place, kind, name, value, n, low, high

`{place}` is the number of the question; nothing that a visitor sent is put in here.
"""

# The products of a question, counted by what else is counted: three parts read these
# few rows. `{source}` has the columns id, template_id, price and attributes_key (the
# digest or the document).
SOURCE = """asked{place} AS MATERIALIZED (
SELECT template_id, attributes_key, count(*) AS products,
       min(price) AS low, max(price) AS high
  FROM ({source}) AS source GROUP BY template_id, attributes_key)
"""
# For categories: the products themselves. They are read once, in the order of an index
# that is the order of the links; written down they would have to be sorted first.
PRODUCTS = "asked{place} AS NOT MATERIALIZED ({source})"

ALL = """
SELECT {place}, 'all', CAST(NULL AS text), CAST(NULL AS text),
       CAST(coalesce(sum(products), 0) AS bigint),
       CAST(min(low) AS text), CAST(max(high) AS text)
  FROM asked{place}
"""

TEMPLATES = """
SELECT {place}, 'template', CAST(NULL AS text), CAST(template_id AS text),
       CAST(sum(products) AS bigint), CAST(NULL AS text), CAST(NULL AS text)
  FROM asked{place} WHERE template_id IS NOT NULL GROUP BY template_id
"""

# One row for each set of categories: a product that stands in two of them is counted
# once for what is above both.
_CATEGORIES = """
SELECT {{place}}, 'category', CAST(NULL AS text), CAST(together AS text), count(*),
       CAST(NULL AS text), CAST(NULL AS text)
  FROM (SELECT {aggregate}(category_id) AS together
          FROM asked{{place}} JOIN catalog_product_categories
            ON product_id = asked{{place}}.id
         GROUP BY product_id) AS by_product
 GROUP BY together
"""

CATEGORIES = {
    "postgresql": _CATEGORIES.format(aggregate="array_agg"),
    "sqlite": _CATEGORIES.format(aggregate="group_concat"),
}

# Parameters: keys, longest text, most values of a key, rare texts, rare numbers.
_VALUES_POSTGRESQL = """
SELECT {place}, kind, name, value, n, CAST(low AS text), CAST(high AS text)
  FROM (SELECT kind, name, value, n, number,
               min(number) OVER same_name AS low, max(number) OVER same_name AS high,
               row_number() OVER (PARTITION BY name ORDER BY n DESC, value) AS place
          FROM (SELECT name, kind, value, n,
                       CASE WHEN kind = 'number' THEN CAST(value AS numeric) END
                         AS number
                  FROM (SELECT each.key AS name, jsonb_typeof(each.value) AS kind,
                               each.value #>> '{{}}' AS value,
                               CAST(sum(n) AS bigint) AS n
                          FROM (SELECT attributes_key AS digest, sum(products) AS n
                                  FROM asked{place} GROUP BY 1) AS counted
                          JOIN catalog_attributeset USING (digest),
                               jsonb_each(catalog_attributeset.attributes) AS each
                         WHERE each.key = ANY(%s::text[])
                           AND jsonb_typeof(each.value)
                               IN ('string', 'number', 'boolean')
                           AND length(each.value #>> '{{}}') <= %s
                         GROUP BY 1, 2, 3) AS found) AS numbered
        WINDOW same_name AS (PARTITION BY name)) AS ranked
 WHERE place <= %s OR value = ANY(%s::text[]) OR number = ANY(%s::float[])
"""

# Parameters: keys, longest text, most values of a key, rare texts and numbers.
_VALUES_SQLITE = """
SELECT {place}, kind, name, value, n, low, high
  FROM (SELECT kind, name, value, n,
               min(number) OVER same_name AS low, max(number) OVER same_name AS high,
               row_number() OVER (PARTITION BY name ORDER BY n DESC, value) AS place
          FROM (SELECT each.key AS name, each.type AS kind, each.atom AS value,
                       CASE WHEN each.type IN ('integer', 'real') THEN each.atom END
                         AS number,
                       sum(n) AS n
                  FROM (SELECT attributes_key, sum(products) AS n
                          FROM asked{place} GROUP BY 1) AS counted,
                       json_each(counted.attributes_key) AS each
                 WHERE each.key IN (SELECT value FROM json_each(%s))
                   AND each.type IN ('text', 'integer', 'real', 'true', 'false')
                   AND length(each.atom) <= %s
                 GROUP BY 1, 2, 3) AS found
        WINDOW same_name AS (PARTITION BY name)) AS ranked
 WHERE place <= %s OR value IN (SELECT value FROM json_each(%s))
"""

VALUES = {"postgresql": _VALUES_POSTGRESQL, "sqlite": _VALUES_SQLITE}
