from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, NullIf

# The prefix indexes that Django adds to unique texts on PostgreSQL. Nobody asks for
# the beginning of a SKU or of an address, and each of them was written by every sale.
PREFIXES = {
    "catalog_product_sku_5c54c070_like": "sku",
    "catalog_product_slug_f37848b0_like": "slug",
}


def drop_prefixes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name in PREFIXES:
            schema_editor.execute(f'DROP INDEX IF EXISTS "{name}"')


def make_prefixes(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        for name, column in PREFIXES.items():
            schema_editor.execute(
                f'CREATE INDEX "{name}" ON catalog_product ("{column}" varchar_pattern_ops)'
            )


def shown_name(language):
    """As the model has it: the default language is a setting of the shop."""
    default = F(f"name_{settings.LANGUAGE_CODE}")
    if language == settings.LANGUAGE_CODE:
        return default
    return Coalesce(NullIf(F(f"name_{language}"), Value("")), default)


class Migration(migrations.Migration):

    dependencies = [
        ('catalog', '0004_product_image_thumbnails'),
    ]

    operations = [
        migrations.RemoveIndex(model_name='product', name='product_newest'),
        migrations.RemoveIndex(model_name='product', name='product_price'),
        migrations.RemoveIndex(model_name='product', name='product_popular'),
        migrations.AlterField(
            model_name='product',
            name='barcode',
            field=models.CharField(blank=True, default='', max_length=64, verbose_name='barcode'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(fields=['-created_at', '-number', 'is_active', 'stock', 'price'], name='product_newest'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(fields=['price', 'number', 'is_active', 'stock'], name='product_price'),
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(fields=['-sold', '-number', 'is_active', 'stock', 'price'], name='product_popular'),
        ),
        *(
            migrations.AddIndex(
                model_name='product',
                index=models.Index(
                    shown_name(language),
                    F('number').desc(),
                    condition=Q(is_active=True),
                    name=f'product_name_{language}',
                ),
            )
            for language in ('ru', 'kk', 'en')
        ),
        migrations.AddIndex(
            model_name='product',
            index=models.Index(fields=['barcode'], condition=~Q(barcode=''), name='product_barcode'),
        ),
        migrations.RunPython(drop_prefixes, make_prefixes),
    ]
