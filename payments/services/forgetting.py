"""Payments of somebody who is to be forgotten: the money stays, their words do not."""

import json
from collections.abc import Iterable
from uuid import UUID

from payments.models import Payment, PaymentEvent, Refund

# What the contract lets a provider say. Whatever else it said may be about a person.
SAID = ("payment_id", "event_id", "status", "amount", "currency")


def forget_payers(order_ids: Iterable[UUID]) -> None:
    """Sums, dates and providers' numbers stay. The caller holds the orders."""
    orders = list(order_ids)
    Payment.objects.filter(order__in=orders).update(redirect_url="")
    Refund.objects.filter(order__in=orders).update(note="", key="", last_error="")
    events = PaymentEvent.objects.filter(payment__order__in=orders)
    for pk, raw in events.values_list("pk", "raw"):
        PaymentEvent.objects.filter(pk=pk).update(raw=_reduced(raw))


def _reduced(raw: str) -> str:
    try:
        said = json.loads(raw)
    except ValueError:
        return ""
    if not isinstance(said, dict):
        return ""
    return json.dumps({key: said[key] for key in SAID if key in said})
