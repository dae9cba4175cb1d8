"""The products' own search text has no reader any more."""

from django.db import migrations, models
from django.db.models import OuterRef, Subquery, Value
from django.db.models.functions import Concat


def fill(apps, schema_editor):
    """Back again: folded texts, which is what the entries have."""
    using = schema_editor.connection.alias
    entry = apps.get_model("catalog", "SearchEntry").objects.using(using).filter(
        product=OuterRef("pk")
    )
    parts = ("keys", Value(" "), "names", Value(" "), "texts")
    text = Concat(*parts, output_field=models.TextField())
    products = apps.get_model("catalog", "Product").objects.using(using)
    products.filter(search_entry__isnull=False).update(
        search_text=Subquery(entry.values_list(text))
    )


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0009_fill_search_entries"),
    ]

    operations = [
        migrations.RunPython(migrations.RunPython.noop, fill),
        migrations.RemoveField(model_name="product", name="search_text"),
    ]
