"""Lists that stay quick at a million rows: an index for each of their questions."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('telegram_bot', '0001_initial'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='push',
            index=models.Index(condition=models.Q(('status', 'failed')), fields=['-id'], name='push_failed'),
        ),
    ]
