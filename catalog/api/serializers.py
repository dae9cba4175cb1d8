"""The catalog's shapes in the API."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.utils.html import is_html_input

from catalog.api.fields import ImagesField, JSONField, SpecsField
from catalog.models import TEXT_LANGUAGES, Category, Product, SpecTemplate
from catalog.services.stock import MAX_STOCK
from shop.money import format_price, to_money

CATEGORY_TEXTS = [f"name_{language}" for language in TEXT_LANGUAGES]
PRODUCT_TEXTS = [
    *CATEGORY_TEXTS,
    *(f"description_{language}" for language in TEXT_LANGUAGES),
]

_OFTEN_LEFT_OUT = {"is_active": "is_active", "category_ids": "categories"}


_MOMENT = serializers.DateTimeField()


class CategoryLinkSerializer(serializers.ModelSerializer):
    name = serializers.CharField()

    class Meta:
        model = Category
        fields = ["id", "name", "slug"]


class ProductSerializer(serializers.ModelSerializer):
    """A product as everybody reads it; texts are in the reader's language."""

    price_display = serializers.SerializerMethodField()
    compare_at_price_display = serializers.SerializerMethodField()
    images = ImagesField(read_only=True)
    attributes = JSONField(read_only=True)
    template_id = serializers.UUIDField(read_only=True, allow_null=True)
    categories = CategoryLinkSerializer(many=True, read_only=True)

    class Meta:
        model = Product
        fields = [
            "id",
            "number",
            "sku",
            "barcode",
            "name",
            "slug",
            "description",
            "price",
            "price_display",
            "compare_at_price",
            "compare_at_price_display",
            "stock",
            "is_active",
            "images",
            "attributes",
            "template_id",
            "categories",
            "created_at",
            "updated_at",
        ]

    def to_representation(self, instance: Product) -> dict[str, Any]:
        """What the fields above say, written down at once.

        A list of 24 takes a tenth of the time; a test compares it with the fields.
        """
        compared = instance.compare_at_price
        return {
            "id": str(instance.pk),
            "number": instance.number,
            "sku": instance.sku,
            "barcode": instance.barcode,
            "name": instance.name,
            "slug": instance.slug,
            "description": instance.description,
            "price": str(to_money(instance.price)),
            "price_display": self.get_price_display(instance),
            "compare_at_price": None if compared is None else str(to_money(compared)),
            "compare_at_price_display": self.get_compare_at_price_display(instance),
            "stock": instance.stock,
            "is_active": instance.is_active,
            "images": [image.address for image in instance.images.all()],
            "attributes": instance.attributes,
            "template_id": instance.template_id and str(instance.template_id),
            "categories": [
                {"id": str(category.pk), "name": category.name, "slug": category.slug}
                for category in instance.categories.all()
            ],
            "created_at": _MOMENT.to_representation(instance.created_at),
            "updated_at": _MOMENT.to_representation(instance.updated_at),
        }

    def get_price_display(self, product: Product) -> str:
        return format_price(product.price)

    def get_compare_at_price_display(self, product: Product) -> str | None:
        """What to strike through: nothing unless the price is lower by now."""
        if not product.is_on_sale:
            return None
        return format_price(product.compare_at_price or 0)


class StaffProductSerializer(ProductSerializer):
    """The same, with the texts of every language."""

    class Meta(ProductSerializer.Meta):
        fields = [*ProductSerializer.Meta.fields, *PRODUCT_TEXTS]

    def to_representation(self, instance: Product) -> dict[str, Any]:
        texts = {name: getattr(instance, name) for name in PRODUCT_TEXTS}
        return {**super().to_representation(instance), **texts}


class ProductWriteSerializer(serializers.ModelSerializer):
    """What writers send. `name` and `description` are the default language's."""

    sku = serializers.CharField(max_length=64)
    name = serializers.CharField(max_length=255)
    description = serializers.CharField(
        max_length=20_000, allow_blank=True, required=False
    )
    stock = serializers.IntegerField(min_value=0, max_value=MAX_STOCK, required=False)
    images = ImagesField(required=False)
    attributes = JSONField(required=False)
    template_id = serializers.PrimaryKeyRelatedField(
        source="template",
        queryset=SpecTemplate.objects.all(),
        allow_null=True,
        required=False,
    )
    category_ids = serializers.PrimaryKeyRelatedField(
        source="categories", queryset=Category.objects.all(), many=True, required=False
    )

    class Meta:
        model = Product
        fields = [
            "sku",
            "barcode",
            "name",
            "description",
            "price",
            "compare_at_price",
            "stock",
            "is_active",
            "images",
            "attributes",
            "template_id",
            "category_ids",
            *PRODUCT_TEXTS,
        ]
        extra_kwargs = {
            **{name: {"required": False} for name in PRODUCT_TEXTS},
            f"name_{settings.LANGUAGE_CODE}": {
                "required": False,
                "allow_null": False,
                "allow_blank": False,
            },
        }

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if is_html_input(data):
            # DRF takes a box and a choice that a form does not name for unticked and
            # empty. Here a form comes from a program, which says nothing of them.
            for name, source in _OFTEN_LEFT_OUT.items():
                if name not in data:
                    values.pop(source, None)
        return values

    def validate_attributes(self, value: Any) -> Any:
        if not isinstance(value, dict):
            raise serializers.ValidationError(_("Attributes are a map."))
        return value


class CategorySerializer(serializers.ModelSerializer):
    """A node of the tree; `path` is its names from the root, `A > B > C`."""

    name = serializers.CharField()
    parent_id = serializers.SerializerMethodField()
    level = serializers.IntegerField()
    path = serializers.SerializerMethodField()

    class Meta:
        model = Category
        fields = ["id", "name", "slug", "parent_id", "level", "path"]

    # The context's `nodes` maps a materialized path to its category: the whole tree
    # for a list, the ancestors for one category. No query a row.

    @extend_schema_field({"type": "string", "format": "uuid", "nullable": True})
    def get_parent_id(self, category: Category) -> str | None:
        parent = self.context["nodes"].get(category.parent_path)
        return str(parent.pk) if parent else None

    def get_path(self, category: Category) -> str:
        step, nodes = category.steplen, self.context["nodes"]
        ends = range(step, len(category.path) + 1, step)
        return " > ".join(str(nodes[category.path[:end]].name) for end in ends)


class CategoryNodeSerializer(CategorySerializer):
    """For the schema: what stands below a category is told with `?tree=true`."""

    children = serializers.ListField(child=serializers.DictField(), required=False)

    class Meta(CategorySerializer.Meta):
        fields = [*CategorySerializer.Meta.fields, "children"]


class CategoryWriteSerializer(serializers.ModelSerializer):
    name = serializers.CharField(max_length=255)
    parent_id = serializers.UUIDField(required=False, allow_null=True)

    class Meta:
        model = Category
        fields = ["name", "parent_id", "is_active", *CATEGORY_TEXTS]
        extra_kwargs = {
            name: {"required": False} for name in ("is_active", *CATEGORY_TEXTS)
        }

    def to_internal_value(self, data: Any) -> Any:
        values = super().to_internal_value(data)
        if is_html_input(data) and "is_active" not in data:
            values.pop("is_active", None)
        return values


class TemplateSerializer(serializers.ModelSerializer):
    """A spec template. Uniqueness of the name is answered with 409, not here."""

    name = serializers.CharField(max_length=120)
    schema = SpecsField()

    class Meta:
        model = SpecTemplate
        fields = ["id", "name", "schema", "created_at"]
