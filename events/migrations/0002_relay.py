"""What the relay needs: an order that does not depend on clocks, attempts, deliveries."""

from typing import Any

from django.db import migrations

# SQLite numbers its rows by itself (rowid); there is one writer at a time.
FORWARD = [
    "ALTER TABLE outbox_messages ADD COLUMN position bigint GENERATED ALWAYS AS IDENTITY",
    "CREATE INDEX outbox_pending_position ON outbox_messages (position)"
    " WHERE status = 'pending'",
]
BACKWARD = ["ALTER TABLE outbox_messages DROP COLUMN position"]


def forward(apps: Any, schema_editor: Any) -> None:
    _on_postgresql(schema_editor, FORWARD)


def backward(apps: Any, schema_editor: Any) -> None:
    _on_postgresql(schema_editor, BACKWARD)


def _on_postgresql(schema_editor: Any, statements: list[str]) -> None:
    if schema_editor.connection.vendor == "postgresql":
        for statement in statements:
            schema_editor.execute(statement)


class Migration(migrations.Migration):
    dependencies = [("events", "0001_initial")]

    operations = [
        migrations.RunPython(forward, backward),
    ]
