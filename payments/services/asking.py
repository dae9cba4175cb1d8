"""Asking providers what their messages have not told."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from celery.exceptions import SoftTimeLimitExceeded
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from orders.models import Order
from payments.models import Payment, PaymentEvent, Refund
from payments.providers import Notice, get_provider
from payments.services.paying import take_notice
from payments.services.refunding import send_refund
from shop.exceptions import DomainError, Unavailable
from shop.repair import Finding

logger = logging.getLogger(__name__)
# How long a payment that was declined or withdrawn is still asked about.
MEMORY = timedelta(days=30)
Status = Payment.Status


def ask_provider(payment: Payment) -> bool:
    """What the provider knows of the payment is applied (False: nothing was new).

    What it says against our books is logged for people, and changes nothing.
    """
    try:
        notice = get_provider(payment.provider).fetch_status(payment)
        if notice is None or not _is_news(payment, notice):
            return False
        take_notice(payment.provider, notice, "asked")
    except Unavailable:
        return False
    except DomainError as refusal:
        logger.error("payment %s: %s", payment.pk, refusal)
        return False
    return True


def reconcile(
    *, fix: bool = False, refused: bool = True, memory: timedelta = MEMORY
) -> Iterator[Finding]:
    """Payments of which a provider knows more than the shop, and refunds not done.

    With `fix`, what the provider says is applied and the refunds are sent again; those
    that it has refused wait for people unless `refused`. Refunds come first; payments
    that were declined or withdrawn are asked about for so long as `memory` says. One
    payment's trouble does not keep the others waiting.
    """
    states = [Refund.Status.PENDING]
    if refused:
        states.append(Refund.Status.FAILED)
    undone = Refund.objects.filter(status__in=states)
    for refund in list(undone.select_related("order")):
        text = _("Order %(number)s: %(amount)s are still to be given back")
        words = {"number": refund.order.number, "amount": refund}
        yield Finding(text % words, fixed=fix and _send(refund))
    for payment in list(_open_payments(memory)):
        yield from _compare(payment, fix)


def _open_payments(memory: timedelta) -> QuerySet[Payment]:
    """Those whose money may still come; what waits for people is not asked about."""
    ended = Q(status__in=[Status.FAILED, Status.CANCELED])
    recent = ended & Q(updated_at__gte=timezone.now() - memory)
    online = Payment.objects.filter(provider__in=Order.ONLINE)
    return online.filter(Q(status=Status.PENDING) | recent).select_related("order")


def _compare(payment: Payment, fix: bool) -> Iterator[Finding]:
    words: dict[str, Any] = {
        "number": payment.order.number,
        "payment": payment.pk,
        "ours": payment.get_status_display(),
    }
    try:
        notice = get_provider(payment.provider).fetch_status(payment)
        if notice is None or not _is_news(payment, notice):
            return
        words["theirs"] = PaymentEvent.Said(notice.said).label
        text = _(
            "Order %(number)s, payment %(payment)s: %(ours)s here, %(theirs)s there"
        )
        fixed = False
        if fix:
            taken = take_notice(payment.provider, notice, "asked")
            # An event that was taken before and did nothing does nothing now.
            fixed = not _is_news(taken, notice)
        finding = Finding(text % words, fixed=fixed)
    except DomainError as refusal:
        finding = _trouble(words, str(refusal))
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        logger.exception("payment %s could not be compared", payment.pk)
        finding = _trouble(words, _("something broke, and the log says what"))
    yield finding


def _trouble(words: dict[str, Any], why: str) -> Finding:
    text = _("Order %(number)s, payment %(payment)s: %(why)s")
    return Finding(text % {**words, "why": why})


def _send(refund: Refund) -> bool:
    try:
        return send_refund(refund.pk).status == Refund.Status.SUCCEEDED
    except SoftTimeLimitExceeded:
        raise
    except Exception:
        logger.exception("refund %s could not be sent", refund.pk)
        return False


def _is_news(payment: Payment, notice: Notice) -> bool:
    if notice.said == PaymentEvent.Said.FAILED:
        return payment.status == Status.PENDING
    return payment.status in {Status.PENDING, Status.FAILED, Status.CANCELED}
