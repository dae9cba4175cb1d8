"""What of a product somebody may change: all of it, or a part.

`change_product` is all of it, as it always was. Who needs less is given a part: texts,
prices or stock. Whoever puts a product into the catalog (`add_product`) says all of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from catalog.models import TEXT_LANGUAGES, Product
from shop.api import may
from shop.exceptions import DomainError

WHOLE = "catalog.change_product"
TEXTS = "catalog.change_product_texts"
PRICES = "catalog.change_price"
STOCK = "catalog.move_stock"
PARTS = (TEXTS, PRICES, STOCK)

_TEXT_FIELDS = [
    *(f"{text}{language}" for text in ("name", "description")
      for language in ("", *(f"_{code}" for code in TEXT_LANGUAGES))),
    "categories", "images", "template", "attributes",
]  # fmt: skip
# What stands in none of the parts (the SKU, whether it is on sale) needs the whole.
PART_OF = {
    **dict.fromkeys(_TEXT_FIELDS, TEXTS),
    **dict.fromkeys(("price", "compare_at_price"), PRICES),
    "stock": STOCK,
}
_REFUSALS = {
    TEXTS: _(
        "You may not change texts, pictures, categories and attributes of products."
    ),
    PRICES: _("You may not change prices."),
    STOCK: _("You may not change the stock."),
    WHOLE: _("You may not change SKUs, barcodes and what is on sale."),
}


class MayNot(DomainError):
    """Somebody has no right to this part of a product."""

    code = "permission_denied"
    status = 403

    def __init__(self, part: str) -> None:
        super().__init__(_REFUSALS[part])


@dataclass(frozen=True)
class Rights:
    """The permissions on products that somebody holds, asked for once."""

    held: frozenset[str]

    @classmethod
    def of(cls, user: Any) -> Self:
        """Those of a user; who is not there any more (None) has none."""
        asked = (WHOLE, *PARTS, "catalog.add_product", "catalog.add_category")
        held = (name for name in asked if user is not None and may(user, name))
        return cls(frozenset(held))

    @property
    def may_change(self) -> bool:
        """Something, at least."""
        return not self.held.isdisjoint((WHOLE, *PARTS))

    def may(self, part: str) -> bool:
        return WHOLE in self.held or part in self.held

    def may_set(self, field: str) -> bool:
        return self.may(PART_OF.get(field, WHOLE))


def allowed_changes(
    rights: Rights, product: Product, changes: Mapping[str, Any]
) -> dict[str, Any]:
    """The changes without those that change nothing and are none of the writer's.

    A client that sends a whole product back may send what it has no right to, as long
    as it is what is there. Raises MayNot for the first field that differs.
    """
    allowed = {}
    for field, value in changes.items():
        if rights.may_set(field):
            allowed[field] = value
        elif not _is_same(product, field, value):
            raise MayNot(PART_OF.get(field, WHOLE))
    return allowed


def _is_same(product: Product, field: str, value: Any) -> bool:
    if field == "images":
        return list(value) == product.image_urls
    if field == "categories":
        return set(value) == set(product.categories.all())
    if field in {"name", "description"}:
        # The default language is meant, whatever the reader's is.
        field = f"{field}_{settings.LANGUAGE_CODE}"
    return bool(getattr(product, field) == value)
