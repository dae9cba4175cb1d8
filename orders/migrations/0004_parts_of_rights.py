from django.conf import settings
from django.db import migrations

from shop.permissions import give_to_holders

STATS = ("view_stats", "Can view the shop's figures")


def keep_the_figures(apps, schema_editor):
    """Until now, whoever saw orders saw the figures."""
    give_to_holders(apps, "orders.order", STATS, held="view_order")


class Migration(migrations.Migration):

    dependencies = [
        ('auth', '0012_alter_user_first_name_max_length'),
        ('contenttypes', '0002_remove_content_type_name'),
        ('orders', '0003_order_language'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AlterModelOptions(
            name='order',
            options={'ordering': ['-created_at', '-number'], 'permissions': [('ship_order', 'Can start processing, ship and complete orders'), ('view_stats', "Can view the shop's figures")], 'verbose_name': 'order', 'verbose_name_plural': 'orders'},
        ),
        # Going back, the permission stays: it means nothing there.
        migrations.RunPython(keep_the_figures, migrations.RunPython.noop, elidable=True),
    ]
