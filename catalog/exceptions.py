"""Rules of the catalog that can say no."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _

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


class ImportNotReady(DomainError):
    code = "import_not_ready"

    def __init__(self) -> None:
        super().__init__(_("This file cannot be imported as it is."))
