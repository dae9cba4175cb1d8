"""Lists that stay quick at a million rows: an index for each of their questions."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('notifications', '0001_initial'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='letter',
            index=models.Index(fields=['status', '-id'], name='letter_by_status'),
        ),
        migrations.AddIndex(
            model_name='letter',
            index=models.Index(fields=['kind', '-id'], name='letter_by_kind'),
        ),
        migrations.AddIndex(
            model_name='letter',
            index=models.Index(django.db.models.functions.text.Upper('recipient'), name='letter_by_recipient'),
        ),
        migrations.AddIndex(
            model_name='letter',
            index=models.Index(fields=['about'], name='letter_by_about'),
        ),
    ]
