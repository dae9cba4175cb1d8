"""What counts products by their attributes without reading them: ADR 0011."""

from typing import Any

from django.db import migrations

# Rows of the same attributes have the same digest, so counting them reads an index
# instead of 100,000 documents. The digest's document is written down once, by whoever
# first stores it, and never changes or leaves: it is true for ever.
FORWARD = [
    "ALTER TABLE catalog_product ADD COLUMN attributes_digest uuid"
    " GENERATED ALWAYS AS (md5(attributes::text)::uuid) STORED",
    "CREATE INDEX product_digest ON catalog_product (attributes_digest)",
    "CREATE INDEX product_view ON catalog_product"
    " (is_active, id, template_id, price, stock, attributes_digest)",
    "CREATE TABLE catalog_attributeset"
    " (digest uuid PRIMARY KEY, attributes jsonb NOT NULL)",
    "INSERT INTO catalog_attributeset"
    " SELECT DISTINCT attributes_digest, attributes FROM catalog_product",
    "CREATE INDEX attributeset_attributes ON catalog_attributeset"
    " USING gin (attributes jsonb_path_ops)",
    "CREATE FUNCTION catalog_note_attributes() RETURNS trigger LANGUAGE plpgsql AS $$"
    " BEGIN"
    "  INSERT INTO catalog_attributeset (digest, attributes)"
    "  VALUES (NEW.attributes_digest, NEW.attributes) ON CONFLICT DO NOTHING;"
    "  RETURN NULL;"
    " END $$",
    "CREATE TRIGGER product_attributes AFTER INSERT OR UPDATE OF attributes"
    " ON catalog_product FOR EACH ROW EXECUTE FUNCTION catalog_note_attributes()",
]
BACKWARD = [
    "DROP TRIGGER product_attributes ON catalog_product",
    "DROP FUNCTION catalog_note_attributes",
    "DROP TABLE catalog_attributeset",
    "DROP INDEX product_view",
    "DROP INDEX product_digest",
    "ALTER TABLE catalog_product DROP COLUMN attributes_digest",
]


def forward(apps: Any, schema_editor: Any) -> None:
    _on_postgresql(schema_editor, FORWARD)


def backward(apps: Any, schema_editor: Any) -> None:
    _on_postgresql(schema_editor, BACKWARD)


def _on_postgresql(schema_editor: Any, statements: list[str]) -> None:
    """SQLite counts the documents themselves: it has no such shops to serve."""
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("catalog", "0005_product_indexes")]

    operations = [migrations.RunPython(forward, backward)]
