"""The tables of the search, and on PostgreSQL the functions and indexes it needs."""

import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models

# Kazakh has a dictionary where the server's owner has installed one. A copy, so that
# texts and queries are read alike: `manage.py index_products` after a change of it.
KAZAKH = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_ts_config
               WHERE cfgname = 'kazakh' AND pg_ts_config_is_visible(oid)) THEN
        CREATE TEXT SEARCH CONFIGURATION catalog_kazakh (COPY = kazakh);
    ELSE
        CREATE TEXT SEARCH CONFIGURATION catalog_kazakh (COPY = pg_catalog.simple);
    END IF;
END $$
"""
# The stems of words in three languages, marked. The Russian configuration knows
# English endings too.
STEMS = """
CREATE FUNCTION catalog_search_stems(mark text, ru text, kk text, en text)
RETURNS text[] LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT array_agg(mark || lexeme) FROM unnest(
        to_tsvector('pg_catalog.russian', ru)
        || to_tsvector('catalog_kazakh', kk)
        || to_tsvector('pg_catalog.english', en)
    )
$$
"""
# All of the words, each in one of the places (see catalog/search/postgresql.py) and in
# any form, or one of the keys, which are a query already. A word of one letter and a
# number are whole, others may be the beginning of one. What Russian and English call
# stop words (для, for) only counts if there is nothing else. STABLE, not IMMUTABLE:
# the planner shall not see through it, nor work out what is never asked.
QUERY = """
CREATE FUNCTION catalog_search_query(words text[], places text, keys text)
RETURNS tsquery LANGUAGE plpgsql STABLE PARALLEL SAFE AS $$
DECLARE
    word text;
    place text;
    stem text;
    stems text[];
    ending text;
    forms text[];
    wanted text[] := '{}';
    stops text[] := '{}';
BEGIN
    FOREACH word IN ARRAY COALESCE(words, '{}') LOOP
        stems := tsvector_to_array(to_tsvector('pg_catalog.russian', word));
        ending := CASE WHEN word ~ '^(.|[0-9]+)$' THEN '' ELSE ':*' END;
        forms := '{}';
        FOREACH place IN ARRAY regexp_split_to_array(places, '') LOOP
            forms := forms || (quote_literal(place || word) || ending);
            FOREACH stem IN ARRAY stems || tsvector_to_array(
                to_tsvector('catalog_kazakh', word)
                || to_tsvector('pg_catalog.english', word)
            ) LOOP
                forms := forms || quote_literal(place || stem);
            END LOOP;
        END LOOP;
        IF stems = '{}' THEN
            stops := stops || ('(' || array_to_string(forms, '|') || ')');
        ELSE
            wanted := wanted || ('(' || array_to_string(forms, '|') || ')');
        END IF;
    END LOOP;
    IF wanted = '{}' THEN
        wanted := stops;
    END IF;
    RETURN NULLIF(concat_ws(
        '|', NULLIF(keys, ''), '(' || NULLIF(array_to_string(wanted, '&'), '') || ')'
    ), '')::tsquery;
END
$$
"""
FORWARD = [
    # Not Django's operation: on the way back it asks SQLite for its extensions. It stays
    # then, because somebody else may use it. The owner of a database may create it.
    "CREATE EXTENSION IF NOT EXISTS pg_trgm",
    KAZAKH,
    STEMS,
    QUERY,
    # Texts and vectors stand beside the table and not in it: counting what was found
    # reads the table, and is quick while its rows are short.
    "ALTER TABLE catalog_searchentry SET (toast_tuple_target = 400)",
    # A short list of what is not in the index yet: each search reads it.
    "CREATE INDEX catalog_search_vector ON catalog_searchentry"
    " USING gin (vector) WITH (gin_pending_list_limit = 1024)",
    "CREATE INDEX catalog_search_parts ON catalog_searchentry"
    " USING gin ((names || ' ' || keys) gin_trgm_ops)"
    " WITH (gin_pending_list_limit = 1024)",
    "CREATE INDEX catalog_search_words ON catalog_searchword"
    " USING gin (word gin_trgm_ops) WITH (gin_pending_list_limit = 1024)",
]
BACKWARD = [
    "DROP INDEX catalog_search_words",
    "DROP INDEX catalog_search_parts",
    "DROP INDEX catalog_search_vector",
    "DROP FUNCTION catalog_search_query",
    "DROP FUNCTION catalog_search_stems",
    "DROP TEXT SEARCH CONFIGURATION catalog_kazakh",
]


def on_postgresql(statements):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0007_import_runs"),
    ]

    operations = [
        migrations.CreateModel(
            name="SearchWord",
            fields=[
                ("word", models.CharField(max_length=32, primary_key=True, serialize=False)),
            ],
            options={
                "verbose_name": "search word",
                "verbose_name_plural": "search words",
            },
        ),
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                ("product", models.OneToOneField(on_delete=django.db.models.deletion.CASCADE, primary_key=True, related_name="search_entry", serialize=False, to="catalog.product")),
                ("is_active", models.BooleanField()),
                ("names", models.TextField()),
                ("keys", models.TextField()),
                ("facts", models.TextField()),
                ("texts", models.TextField()),
                ("vector", django.contrib.postgres.search.SearchVectorField(null=True)),
            ],
            options={
                "verbose_name": "search entry",
                "verbose_name_plural": "search entries",
            },
        ),
        migrations.RunPython(on_postgresql(FORWARD), on_postgresql(BACKWARD)),
    ]
