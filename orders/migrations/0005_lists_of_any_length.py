"""Lists that stay quick at a million rows: an index for each of their questions."""

import django.db.models.deletion
import django.db.models.functions.text
from django.conf import settings
from django.db import migrations, models

# People are found by any part of what is known of them. The expression is that of
# `shop.finding.PersonText`: a change of it needs a new index.
PERSON = """
CREATE INDEX order_person ON orders_order USING gin ((replace(lower(
    ' ' || email || ' ' || full_name || ' ' || translate(phone, '+ ()-./', '')
), 'ё', 'е')) gin_trgm_ops)
"""


def on_postgresql(*statements):
    def run(apps, schema_editor):
        if schema_editor.connection.vendor == "postgresql":
            for statement in statements:
                schema_editor.execute(statement)

    return run


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0004_parts_of_rights'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='order',
            name='order_by_email',
        ),
        migrations.AlterField(
            model_name='order',
            name='delivery_method',
            field=models.ForeignKey(blank=True, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='orders.deliverymethod', verbose_name='delivery method'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['payment_method', '-created_at'], name='order_by_payment'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(fields=['delivery_method', '-created_at'], name='order_by_delivery'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('status__in', ['pending', 'paid', 'processing'])), fields=['number'], name='order_open'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(django.db.models.functions.text.Upper('email'), name='order_by_email_any_case'),
        ),
        migrations.RunPython(
            on_postgresql(PERSON), on_postgresql("DROP INDEX order_person")
        ),
    ]
