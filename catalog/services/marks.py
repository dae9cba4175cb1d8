"""What staff can edit of a thing, in one word: the same for the same state only.

A sale, which moves the stock, is no edit.
"""

from typing import Any

from catalog.models import TEXT_LANGUAGES, Category, Product
from shop.seen import mark_of

_TEXTS = [
    f"{text}_{language}"
    for text in ("name", "description")
    for language in TEXT_LANGUAGES
]
_PLAIN = ("sku", "barcode", "price", "compare_at_price", "is_active", "template_id")


def product_mark(product: Product) -> str:
    """Of a product with its attributes, categories and pictures; up to two queries."""
    state = [str(getattr(product, name) or "") for name in (*_TEXTS, *_PLAIN)]
    categories = product.categories.order_by("pk").values_list("pk", flat=True)
    return mark_of(
        [
            state,
            product.attributes,
            list(map(str, categories)),
            pictures_of(product),
        ]
    )


def pictures_of(product: Product) -> list[list[str]]:
    return [[image.address, image.alt] for image in product.images.all()]


def category_mark(category: Category, parent: Category | None) -> str:
    """Of a category's names, place and visibility."""
    names: list[Any] = [
        getattr(category, f"name_{language}") or "" for language in TEXT_LANGUAGES
    ]
    return mark_of([names, category.is_active, str(parent.pk if parent else "")])
