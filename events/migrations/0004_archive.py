"""The archive, and indexes that keep the relay quick beside a month of sent events."""

from typing import Any

from django.db import migrations, models

# Below each value of an index SQLite keeps the rows by their number: that is the order.
PENDING_ROWS = (
    "CREATE INDEX outbox_pending_rows ON outbox_messages (status) WHERE status = 'pending'"
)


def forward(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute(PENDING_ROWS)


def backward(apps: Any, schema_editor: Any) -> None:
    if schema_editor.connection.vendor == "sqlite":
        schema_editor.execute("DROP INDEX IF EXISTS outbox_pending_rows")


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0003_deliveries'),
    ]

    operations = [
        migrations.CreateModel(
            name='ArchivedMessage',
            fields=[
                ('id', models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ('event_type', models.CharField(max_length=64, verbose_name='event')),
                ('aggregate', models.CharField(db_index=True, max_length=64, verbose_name='about')),
                ('payload', models.JSONField(verbose_name='payload')),
                ('attempts', models.PositiveIntegerField(verbose_name='attempts')),
                ('last_error', models.TextField(blank=True, verbose_name='last error')),
                ('created_at', models.DateTimeField(verbose_name='created')),
                ('sent_at', models.DateTimeField(verbose_name='sent')),
            ],
            options={
                'verbose_name': 'archived event',
                'verbose_name_plural': 'archived events',
                'db_table': 'outbox_archive',
                'ordering': ['-id'],
            },
        ),
        migrations.RemoveIndex(
            model_name='outboxmessage',
            name='outbox_pending',
        ),
        migrations.AddIndex(
            model_name='outboxmessage',
            index=models.Index(condition=models.Q(('next_attempt_at__isnull', False), ('status', 'pending')), fields=['aggregate'], name='outbox_waiting'),
        ),
        migrations.RunPython(forward, backward),
        migrations.AlterModelOptions(
            name='delivery',
            options={'ordering': ['-id'], 'verbose_name': 'event delivery', 'verbose_name_plural': 'event deliveries'},
        ),
    ]
