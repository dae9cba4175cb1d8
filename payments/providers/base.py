"""What every way to pay can do.

A provider talks to the outside and never to an order: what it learns goes through
`payments.services`. Its calls are never made inside a transaction.
"""

from abc import ABC, abstractmethod
from dataclasses import dataclass
from decimal import Decimal
from typing import ClassVar
from uuid import UUID

from payments.exceptions import UnknownProvider
from payments.models import Payment, Refund


@dataclass(frozen=True)
class Started:
    """The provider waits for the money: its own number, and where to send the payer."""

    external_id: str
    redirect_url: str


@dataclass(frozen=True)
class Notice:
    """What a provider says of a payment; each `event_id` counts once."""

    payment_id: UUID
    event_id: str
    # One of PaymentEvent.Said.
    said: str
    amount: Decimal
    currency: str


class Provider(ABC):
    code: ClassVar[str]

    @abstractmethod
    def create(self, payment: Payment) -> Started:
        """The payment is known there; the same payment again answers the same.

        Raises ProviderUnavailable.
        """

    def parse_callback(self, body: bytes, signature: str) -> Notice:
        """What a signed message says. Raises BadSignature, BadCallback.

        Who is paid without a provider's page gets no messages.
        """
        raise UnknownProvider

    def fetch_status(self, payment: Payment) -> Notice | None:
        """What the provider knows of the payment; None: it still waits.

        Raises ProviderUnavailable.
        """
        return None

    @abstractmethod
    def refund(self, payment: Payment, refund: Refund) -> None:
        """The money is on its way back; the same refund again sends nothing twice.

        Raises ProviderUnavailable, ProviderRefused.
        """
