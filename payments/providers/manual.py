"""Money that people hand over and staff confirm."""

from orders.models import Order
from payments.models import Payment, Refund
from payments.providers.base import Provider, Started


class ManualProvider(Provider):
    """Nothing to call: staff say in the back office when the money is here."""

    def create(self, payment: Payment) -> Started:
        return Started(external_id="", redirect_url=payment.order.get_absolute_url())

    def refund(self, payment: Payment, refund: Refund) -> None:
        """Whoever writes the refund down hands the money over."""


class CashProvider(ManualProvider):
    """Paid when the goods are handed over."""

    code = Order.PaymentMethod.CASH


class TransferProvider(ManualProvider):
    """Paid when the transfer is seen in the shop's bank account."""

    code = Order.PaymentMethod.TRANSFER
