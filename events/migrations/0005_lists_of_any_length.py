"""Lists that stay quick at a million rows: an index for each of their questions."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('events', '0004_archive'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='archivedmessage',
            index=models.Index(fields=['event_type', '-id'], name='archive_by_type'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(condition=models.Q(('status', 'parked')), fields=['-id'], name='delivery_parked'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['aggregate'], name='delivery_by_aggregate'),
        ),
        migrations.AddIndex(
            model_name='delivery',
            index=models.Index(fields=['subscriber', '-id'], name='delivery_by_subscriber'),
        ),
        migrations.AddIndex(
            model_name='outboxmessage',
            index=models.Index(condition=models.Q(('status', 'parked')), fields=['-id'], name='outbox_parked'),
        ),
        migrations.AddIndex(
            model_name='outboxmessage',
            index=models.Index(fields=['event_type', '-id'], name='outbox_by_type'),
        ),
        migrations.AddIndex(
            model_name='outboxmessage',
            index=models.Index(fields=['aggregate'], name='outbox_by_aggregate'),
        ),
    ]
