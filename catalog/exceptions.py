"""Rules of the catalog that can say no."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from shop.exceptions import DomainError

if TYPE_CHECKING:
    from catalog.models import Product


class SkuTaken(DomainError):
    code = "sku_taken"

    def __init__(self, sku: str) -> None:
        super().__init__(
            _("There is already a product with SKU %(sku)s.") % {"sku": sku}
        )


class TemplateNameTaken(DomainError):
    code = "template_exists"

    def __init__(self, name: str) -> None:
        super().__init__(
            _("There is already a template named %(name)s.") % {"name": name}
        )


class TemplateInUse(DomainError):
    code = "template_in_use"

    def __init__(self) -> None:
        super().__init__(_("Products use this template, so it cannot be deleted."))


class TemplateChanged(DomainError):
    """Somebody else was quicker: what was decided on is not what is stored."""

    code = "template_changed"

    def __init__(self) -> None:
        super().__init__(
            _(
                "Somebody has changed this template meanwhile. Nothing has been saved: "
                "open it again, and repeat your changes there."
            )
        )


class ChangedMeanwhile(DomainError):
    """Somebody else was quicker: what was decided on is not what is stored."""

    code = "changed_meanwhile"

    def __init__(self) -> None:
        super().__init__(
            _(
                "Somebody has changed this at the very same moment. Nothing has been "
                "saved: look at it once more, and save again."
            )
        )


class CategoryExists(DomainError):
    code = "category_exists"

    def __init__(self, name: str) -> None:
        super().__init__(
            _("There is already a category %(name)s here.") % {"name": name}
        )


class CategoryCycle(DomainError):
    code = "category_cycle"

    def __init__(self) -> None:
        super().__init__(_("A category cannot be moved below itself."))


class CategoryTooDeep(DomainError):
    code = "category_too_deep"

    def __init__(self) -> None:
        super().__init__(_("Categories cannot be nested deeper than this."))


class CategoryNotEmpty(DomainError):
    code = "category_not_empty"

    def __init__(self) -> None:
        super().__init__(_("The category still has products or categories below it."))


class OutOfStock(DomainError):
    """Not enough is left of one or more products; `items` says of which."""

    code = "out_of_stock"

    def __init__(self, short: "Iterable[tuple[Product, int]]") -> None:
        items: list[dict[str, Any]] = [
            {
                "product_id": str(product.pk),
                "sku": product.sku,
                "name": product.name,
                "requested": requested,
                "available": product.stock,
            }
            for product, requested in short
        ]
        names = ", ".join(item["name"] for item in items)
        super().__init__(
            _("There is not enough left of: %(names)s.") % {"names": names}, items=items
        )


class GoodsGone(DomainError):
    """Products of a delivery have been deleted while its list was made."""

    code = "goods_gone"

    def __init__(self, count: int) -> None:
        super().__init__(
            ngettext_lazy(
                "%(n)d product has been deleted meanwhile. Nothing was received.",
                "%(n)d products have been deleted meanwhile. Nothing was received.",
                "n",
            )
            % {"n": count}
        )


class StockTooLarge(DomainError):
    code = "stock_too_large"

    def __init__(self, products: "Iterable[Product]") -> None:
        names = ", ".join(product.sku for product in products)
        super().__init__(
            _("So many pieces cannot be counted: %(names)s. Nothing was received.")
            % {"names": names}
        )


class NothingToChange(DomainError):
    code = "nothing_to_change"

    def __init__(self) -> None:
        super().__init__(_("No price would change."))


class TooManyPrices(DomainError):
    code = "too_many_prices"

    def __init__(self, most: int) -> None:
        super().__init__(
            _("At most %(n)s prices can be changed at once: narrow the list.")
            % {"n": most}
        )


class ImportNotReady(DomainError):
    code = "import_not_ready"

    def __init__(self) -> None:
        super().__init__(_("This file cannot be imported as it is."))
