"""Rules of the cart that can say no."""

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from shop.exceptions import DomainError


class ProductNotFound(DomainError):
    code = "product_not_found"
    status = 404

    def __init__(self) -> None:
        super().__init__(_("There is no such product."))


class NotAvailable(DomainError):
    code = "not_available"

    def __init__(self, name: str) -> None:
        super().__init__(_("%(name)s is not on sale any more.") % {"name": name})

    @classmethod
    def of_cart(cls, notices: list[dict[str, str]]) -> "NotAvailable":
        """What left the cart just now, told before anything is ordered."""
        error = cls("")
        error.message = " ".join(notice["message"] for notice in notices)
        error.extra = {"notices": notices}
        return error


class NotEnoughStock(DomainError):
    """`available` is the whole stock, pieces."""

    code = "out_of_stock"

    def __init__(self, name: str, available: int) -> None:
        if available:
            message = ngettext_lazy(
                "Only %(n)d piece of %(name)s is left.",
                "Only %(n)d pieces of %(name)s are left.",
                available,
            )
            text = message % {"n": available, "name": name}
        else:
            text = _("%(name)s is out of stock.") % {"name": name}
        super().__init__(text, available=available)


class CartFull(DomainError):
    code = "cart_full"

    def __init__(self, limit: int) -> None:
        super().__init__(
            _("A cart holds %(n)s different products at most.") % {"n": limit}
        )


class EmptyCart(DomainError):
    code = "cart_empty"
    status = 400

    def __init__(self) -> None:
        super().__init__(_("The cart is empty."))
