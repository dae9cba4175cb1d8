"""Rules of payments that can say no."""

from decimal import Decimal
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from shop.exceptions import DomainError, Unavailable

if TYPE_CHECKING:
    from orders.models import Order


class UnknownProvider(DomainError):
    code = "unknown_provider"
    status = 404

    def __init__(self) -> None:
        super().__init__(_("There is no such way to pay."))


class PaymentNotFound(DomainError):
    code = "payment_not_found"
    status = 404

    def __init__(self) -> None:
        super().__init__(_("There is no such payment."))


class AlreadyPaid(DomainError):
    code = "already_paid"

    def __init__(self, order: "Order") -> None:
        super().__init__(
            _("Order %(number)s is paid already.") % {"number": order.number}
        )


class NotPayable(DomainError):
    code = "not_payable"

    def __init__(self, order: "Order") -> None:
        super().__init__(
            _("Order %(number)s is %(now)s and cannot be paid now.")
            % {"number": order.number, "now": order.get_status_display()}
        )


class NothingPaid(DomainError):
    code = "nothing_paid"

    def __init__(self) -> None:
        super().__init__(
            _("Nothing was paid yet: only the whole order can be taken back.")
        )


class NoRefundDue(DomainError):
    code = "no_refund_due"

    def __init__(self) -> None:
        super().__init__(_("This payment does not wait to be given back."))


class BadSignature(DomainError):
    code = "bad_signature"
    status = 403

    def __init__(self) -> None:
        super().__init__(_("The signature is missing or wrong."))


class BadCallback(DomainError):
    """The body is signed, and still not what a provider may say."""

    code = "invalid_callback"
    status = 400

    def __init__(self, problem: object) -> None:
        super().__init__(problem)


class AmountMismatch(DomainError):
    code = "amount_mismatch"

    def __init__(self, asked: Decimal) -> None:
        super().__init__(
            _("The amount is not the one that was asked for."), amount=str(asked)
        )


class CurrencyMismatch(DomainError):
    code = "currency_mismatch"

    def __init__(self, asked: str) -> None:
        super().__init__(
            _("The currency is not the one that was asked for."), currency=asked
        )


class EventIdReused(DomainError):
    """A provider's event number that stood for something else before."""

    code = "event_id_reused"

    def __init__(self) -> None:
        super().__init__(_("This event has already meant something else."))


class ProviderRefused(Exception):
    """The provider has answered, and its answer is no."""


class ProviderUnavailable(Unavailable):
    """The provider does not answer; trying again may help."""

    def __init__(self) -> None:
        super().__init__(
            _("The payment service does not answer. Please try again in a minute.")
        )


class MoneyUnderWay(DomainError):
    """Somebody is to be forgotten who is still to get money back."""

    code = "money_under_way"

    def __init__(self, numbers: list[int]) -> None:
        super().__init__(
            _(
                "Money for these orders is still to be given back: %(numbers)s. We need"
                " to know until then to whom."
            )
            % {"numbers": ", ".join(map(str, numbers))},
            orders=numbers,
        )
