"""Lists that stay quick at a million rows: an index for each of their questions."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('orders', '0005_lists_of_any_length'),
        ('payments', '0003_refund_fingerprint_refund_key_refund_refund_key_once'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['-created_at', '-id'], name='payment_newest'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['status', '-created_at'], name='payment_by_status'),
        ),
        migrations.AddIndex(
            model_name='payment',
            index=models.Index(fields=['provider', '-created_at'], name='payment_by_provider'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(fields=['-created_at', '-id'], name='refund_newest'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(fields=['status', '-created_at'], name='refund_by_status'),
        ),
        migrations.AddIndex(
            model_name='refund',
            index=models.Index(fields=['stock', '-created_at'], name='refund_by_stock'),
        ),
    ]
