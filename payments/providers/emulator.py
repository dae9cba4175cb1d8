"""A provider to try the shop with: its page asks for Pay or Decline.

It behaves as the real ones do: it keeps books of its own, tells the shop by a signed
message, and can be asked again when that message was lost. No money moves.
"""

import json
import logging
from typing import Any, cast

import httpx
from django.conf import settings
from django.core.handlers.base import BaseHandler
from django.core.handlers.wsgi import WSGIRequest
from django.db import transaction
from django.http import HttpResponse
from django.urls import reverse
from django.utils import translation

from orders.models import Order
from payments.exceptions import (
    PaymentNotFound,
    ProviderRefused,
    ProviderUnavailable,
    UnknownProvider,
)
from payments.models import EmulatedCharge, Payment, Refund
from payments.providers import signing
from payments.providers.base import Notice, Provider, Started

logger = logging.getLogger(__name__)
# Seconds.
TIMEOUT = 10


class EmulatorProvider(Provider):
    code = Order.PaymentMethod.EMULATOR

    def create(self, payment: Payment) -> Started:
        charge, _created = EmulatedCharge.objects.get_or_create(
            payment_id=payment.pk,
            defaults={"amount": payment.amount, "currency": payment.currency},
        )
        return Started(
            external_id=str(charge.pk),
            redirect_url=reverse("payments:payment", args=[payment.pk]),
        )

    def parse_callback(self, body: bytes, signature: str) -> Notice:
        if not settings.PAYMENT_EMULATOR:
            raise UnknownProvider
        signing.check(body, signature)
        return signing.read(body)

    def fetch_status(self, payment: Payment) -> Notice | None:
        charge = EmulatedCharge.objects.filter(payment_id=payment.pk).first()
        if charge is None or charge.status == EmulatedCharge.Status.OPEN:
            return None
        return _notice(charge)

    def refund(self, payment: Payment, refund: Refund) -> None:
        with transaction.atomic():
            charges = EmulatedCharge.objects.select_for_update()
            charge = charges.filter(payment_id=payment.pk).first()
            # Its page need not have been used: whoever has the secret may speak for it.
            if charge is None:
                raise ProviderRefused("This payment is not known here.")
            charge.refunds.setdefault(str(refund.pk), str(refund.amount))
            charge.save(update_fields=["refunds"])


def answer(payment: Payment, said: str) -> None:
    """The payer has pressed a button: it is in the books, and the shop is told.

    A second press changes nothing; the shop is told the same again. Raises
    PaymentNotFound; ProviderUnavailable when the shop could not be told, which the
    books make up for later.
    """
    with transaction.atomic():
        charges = EmulatedCharge.objects.select_for_update()
        charge = charges.filter(payment_id=payment.pk).first()
        if charge is None:
            raise PaymentNotFound
        if charge.status == EmulatedCharge.Status.OPEN:
            charge.status = said
            charge.save(update_fields=["status"])
    _post(_notice(charge))


def _notice(charge: EmulatedCharge) -> Notice:
    return Notice(
        payment_id=charge.payment_id,
        event_id=f"{charge.pk}:{charge.status}",
        said=charge.status,
        amount=charge.amount,
        currency=charge.currency,
    )


def _post(notice: Notice) -> None:
    """Send the signed message to the shop's callback address."""
    body = json.dumps(
        {
            "payment_id": str(notice.payment_id),
            "event_id": notice.event_id,
            "status": notice.said,
            "amount": str(notice.amount),
            "currency": notice.currency,
        }
    ).encode()
    headers = {
        "Content-Type": "application/json",
        "X-Signature": signing.sign(body),
    }
    path = reverse("api:payment-callback", args=[EmulatorProvider.code])
    try:
        # The shop answers in its own language: this thread's is kept for the payer.
        with _client() as client, translation.override(translation.get_language()):
            client.post(path, content=body, headers=headers).raise_for_status()
    except httpx.HTTPError as error:
        logger.warning("the emulator could not tell the shop: %s", error)
        raise ProviderUnavailable from error


def _front_door(environ: dict[str, Any], start_response: Any) -> list[bytes]:
    """The shop as a WSGI application, called in the middle of another request.

    WSGIHandler would say that a request has ended, and the payer's, which has not,
    would lose its database connection.
    """
    handler = BaseHandler()
    handler.load_middleware()
    response = cast(HttpResponse, handler.get_response(WSGIRequest(environ)))
    start_response(f"{response.status_code} {response.reason_phrase}", [])
    return [response.content]


def _client() -> httpx.Client:
    """To PAYMENT_EMULATOR_URL, or else through this process' own front door.

    A server with a single worker could not answer a call to itself, and behind a proxy
    it may not know the name that it is called by.
    """
    if url := settings.PAYMENT_EMULATOR_URL:
        return httpx.Client(base_url=url, timeout=TIMEOUT, trust_env=False)
    names = (name.lstrip(".") for name in settings.ALLOWED_HOSTS if "*" not in name)
    host = next(names, "localhost")
    scheme = "https" if settings.SECURE_SSL_REDIRECT else "http"
    transport = httpx.WSGITransport(app=_front_door)
    return httpx.Client(base_url=f"{scheme}://{host}", transport=transport)
