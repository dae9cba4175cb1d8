"""Every product that is there gets its search entry."""

from django.db import migrations

from catalog.search.index import index_products

BATCH = 1000


def fill(apps, schema_editor):
    using = schema_editor.connection.alias
    products = apps.get_model("catalog", "Product").objects.using(using)
    last = 0
    while batch := list(products.filter(number__gt=last).order_by("number")[:BATCH]):
        index_products(batch, using=using)
        last = batch[-1].number


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0008_search_entries"),
    ]

    operations = [
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
