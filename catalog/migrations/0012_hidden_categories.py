"""Categories can be hidden; every index of shoppers' lists knows what that hides."""

from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q, Value
from django.db.models.functions import Coalesce, NullIf

_VIEW = (
    "CREATE INDEX product_view ON catalog_product"
    " (is_active, {}id, template_id, price, stock, attributes_digest)"
)


def shown_name(language):
    """As the model has it: the default language is a setting of the shop."""
    default = F(f"name_{settings.LANGUAGE_CODE}")
    if language == settings.LANGUAGE_CODE:
        return default
    return Coalesce(NullIf(F(f"name_{language}"), Value("")), default)


def with_hidden(apps, schema_editor):
    _view(schema_editor, "is_hidden, ")


def without_hidden(apps, schema_editor):
    _view(schema_editor, "")


def _view(schema_editor, column):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX product_view")
        schema_editor.execute(_VIEW.format(column))


class Migration(migrations.Migration):

    dependencies = [
        ("catalog", "0011_parts_of_rights"),
    ]

    operations = [
        *(
            migrations.RemoveIndex(model_name="product", name=name)
            for name in (
                "product_newest", "product_price", "product_popular",
                "product_name_ru", "product_name_kk", "product_name_en",
            )
        ),
        migrations.AddField(
            model_name="category",
            name="is_active",
            field=models.BooleanField(
                default=True,
                help_text=(
                    "A hidden category takes all below it out of the shop, and the products "
                    "that stand in hidden categories alone."
                ),
                verbose_name="shown in the shop",
            ),
        ),
        migrations.AddField(
            model_name="category",
            name="is_visible",
            field=models.BooleanField(default=True, editable=False),
        ),
        migrations.AddField(
            model_name="product",
            name="is_hidden",
            field=models.BooleanField(default=False, editable=False),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                fields=["-created_at", "-number", "is_active", "is_hidden", "stock", "price"],
                name="product_newest",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                fields=["-sold", "-number", "is_active", "is_hidden", "stock", "price"],
                name="product_popular",
            ),
        ),
        migrations.AddIndex(
            model_name="product",
            index=models.Index(
                fields=["price", "number", "is_active", "is_hidden", "stock"],
                name="product_price",
            ),
        ),
        *(
            migrations.AddIndex(
                model_name="product",
                index=models.Index(
                    shown_name(language),
                    F("number").desc(),
                    condition=Q(is_active=True, is_hidden=False),
                    name=f"product_name_{language}",
                ),
            )
            for language in ("ru", "kk", "en")
        ),
        migrations.RunPython(with_hidden, without_hidden),
    ]
