"""Rules of orders that can say no."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from shop.exceptions import DomainError
from shop.money import format_price

if TYPE_CHECKING:
    from catalog.models import Product
    from orders.models import Order


class InvalidTransition(DomainError):
    code = "invalid_transition"

    def __init__(self, order: "Order", status: str) -> None:
        super().__init__(
            _("Order %(number)s is %(now)s and cannot become %(wanted)s.")
            % {
                "number": order.number,
                "now": order.get_status_display(),
                "wanted": dict(order.Status.choices).get(status, status),
            }
        )


class NotPending(DomainError):
    code = "invalid_transition"

    def __init__(self, order: "Order") -> None:
        super().__init__(
            _("Order %(number)s is %(now)s and can no longer be changed.")
            % {"number": order.number, "now": order.get_status_display()}
        )


class OrderChanged(DomainError):
    """The order is not what its page showed when somebody decided."""

    code = "order_changed"

    def __init__(self, order: "Order") -> None:
        super().__init__(
            _(
                "Order %(number)s has changed since you opened it and is %(now)s now. "
                "Nothing was changed: please look again."
            )
            % {"number": order.number, "now": order.get_status_display()}
        )


class LastLine(DomainError):
    code = "last_line"

    def __init__(self) -> None:
        super().__init__(
            _("This is the last product of the order. Cancel the order instead.")
        )


class NotInOrder(DomainError):
    code = "product_not_found"
    status = 404

    def __init__(self) -> None:
        super().__init__(_("The order does not contain this product."))


class RefundTooLarge(DomainError):
    code = "refund_too_large"

    def __init__(self) -> None:
        super().__init__(
            _("That is more than was paid and has not been given back yet.")
        )


class PriceChanged(DomainError):
    code = "price_changed"

    def __init__(self, product: "Product", seen: Decimal) -> None:
        super().__init__(
            _("The price of %(name)s is %(now)s now, not %(seen)s.")
            % {
                "name": product.name,
                "now": format_price(product.price),
                "seen": format_price(seen),
            },
            items=[
                {
                    "product_id": str(product.pk),
                    "sku": product.sku,
                    "name": product.name,
                    "price": str(product.price),
                }
            ],
        )


class TotalChanged(DomainError):
    """Prices, or the cart, are not what the buyer saw when deciding."""

    code = "total_changed"

    def __init__(self, now: Decimal, seen: Decimal) -> None:
        super().__init__(
            _("The goods cost %(now)s now, not %(seen)s. Please look again.")
            % {"now": format_price(now), "seen": format_price(seen)}
        )


class AlreadyOrdered(DomainError):
    """Part of the cart is an earlier order; the rest still waits to be ordered."""

    code = "already_ordered"

    def __init__(self, order: "Order") -> None:
        super().__init__(
            _("Part of this cart became order %(number)s. Please look at the rest.")
            % {"number": order.number}
        )


class AccountGone(DomainError):
    code = "not_authenticated"
    status = 401

    def __init__(self) -> None:
        super().__init__(_("This account does not exist any more."))


class IdempotencyKeyReused(DomainError):
    code = "idempotency_key_reused"

    def __init__(self) -> None:
        super().__init__(_("This key was already used for a different order."))


class TotalTooLarge(DomainError):
    code = "total_too_large"

    def __init__(self) -> None:
        super().__init__(_("The total of this order is too large to be processed."))


class OrdersInProgress(DomainError):
    """Somebody is to be forgotten whose goods are still on their way."""

    code = "orders_in_progress"

    def __init__(self, numbers: list[int]) -> None:
        super().__init__(
            ngettext_lazy(
                "Order %(numbers)s is not completed yet. We need its name and address"
                " until then.",
                "Orders %(numbers)s are not completed yet. We need their names and"
                " addresses until then.",
                len(numbers),
            )
            % {"numbers": ", ".join(map(str, numbers))},
            orders=numbers,
        )
