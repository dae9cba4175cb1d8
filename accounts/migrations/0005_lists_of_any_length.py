"""Lists that stay quick at a million rows: an index for each of their questions."""

from django.db import migrations, models

# People are found by any part of what is known of them. The expression is that of
# `shop.finding.PersonText`: a change of it needs a new index.
PERSON = """
CREATE INDEX user_person ON accounts_user USING gin ((replace(lower(
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
        ('accounts', '0004_role_groups'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='user',
            index=models.Index(fields=['-created_at', '-id'], name='user_newest'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('is_staff', True)), fields=['-created_at'], name='user_staff'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('is_superuser', True)), fields=['-created_at'], name='user_superusers'),
        ),
        migrations.AddIndex(
            model_name='user',
            index=models.Index(condition=models.Q(('is_active', False)), fields=['-created_at'], name='user_inactive'),
        ),
        migrations.RunPython(
            on_postgresql("CREATE EXTENSION IF NOT EXISTS pg_trgm", PERSON), on_postgresql("DROP INDEX user_person")
        ),
    ]
