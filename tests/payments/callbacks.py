"""Speaking as a provider would."""

import hashlib
import hmac
import json
from decimal import Decimal
from typing import Any
from uuid import uuid4

from rest_framework.test import APIClient

from accounts.models import User
from catalog.models import Product
from orders.models import Order
from payments import services
from payments.models import Payment
from payments.providers import Notice
from tests.factories import make_order

SECRET = "between the two of us"
ADDRESS = "/api/payments/callback/emulator"


def signature(body: bytes, secret: str = SECRET) -> str:
    """Written out here: the shop's own function may not vouch for itself."""
    return "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def message(payment: Payment, status: str = "succeeded", **fields: Any) -> bytes:
    """What the provider says of the payment, as it goes over the wire."""
    told = {
        "payment_id": str(payment.pk),
        "event_id": uuid4().hex,
        "status": status,
        "amount": str(payment.amount),
        "currency": payment.currency,
        **fields,
    }
    return json.dumps(told).encode()


def send(body: bytes, signed: str | None = None, address: str = ADDRESS) -> Any:
    """Post the body as it is; `signed` "" sends no signature."""
    signed = signature(body) if signed is None else signed
    headers = {"X-Signature": signed} if signed else {}
    return APIClient(enforce_csrf_checks=True).generic(
        "POST", address, body, content_type="application/json", headers=headers
    )


def tell(payment: Payment, status: str = "succeeded", **fields: Any) -> Any:
    return send(message(payment, status, **fields))


def notice(payment: Payment, said: str = "succeeded", **fields: Any) -> Notice:
    told: dict[str, Any] = {
        "payment_id": payment.pk,
        "event_id": uuid4().hex,
        "said": said,
        "amount": Decimal(payment.amount),
        "currency": payment.currency,
        **fields,
    }
    return Notice(**told)


def online_order(user: User | None = None, *lines: tuple[Product, int]) -> Order:
    return make_order(user, *lines, payment_method="emulator")


def waiting_payment(user: User | None = None, *lines: tuple[Product, int]) -> Payment:
    """A payment of a new online order, which waits at the emulator."""
    return services.start_payment(online_order(user, *lines).pk)


def paid_order(user: User | None = None, *lines: tuple[Product, int]) -> Order:
    payment = waiting_payment(user, *lines)
    services.take_notice("emulator", notice(payment), "{}")
    return Order.objects.get(pk=payment.order_id)
