"""Goods that waited for an online payment long enough."""

import logging
from datetime import datetime, timedelta
from uuid import UUID

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from orders import services as orders
from orders.models import Order, OrderQuerySet, OrderStatusChange
from payments.models import Payment
from payments.services.asking import ask_provider

logger = logging.getLogger(__name__)


def expire_orders() -> int:
    """Orders whose ORDER_RESERVATION_MINUTES ran out are canceled, their stock is back.

    A payment that its provider already has counts instead, also when its message was
    lost. One order's trouble does not keep the others waiting. Returns how many
    orders were canceled.
    """
    cutoff = timezone.now() - timedelta(minutes=settings.ORDER_RESERVATION_MINUTES)
    waiting = _expired(Order.objects.all(), cutoff).order_by("created_at")
    canceled = 0
    for order_id in list(waiting.values_list("pk", flat=True)):
        try:
            canceled += _expire(order_id, cutoff)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            logger.exception("order %s could not be expired", order_id)
    return canceled


def _expire(order_id: UUID, cutoff: datetime) -> bool:
    open_payments = Payment.objects.filter(
        order=order_id, status=Payment.Status.PENDING
    )
    for payment in open_payments:
        ask_provider(payment)
    with transaction.atomic():
        # A payment that arrives now has this lock before us, or waits and comes late.
        order = orders.lock_order(order_id)
        if not _expired(Order.objects.filter(pk=order_id), cutoff).exists():
            return False
        orders.cancel_order(order.pk, reason=OrderStatusChange.Reason.EXPIRED)
    return True


def _expired(found: OrderQuerySet, cutoff: datetime) -> OrderQuerySet:
    began = Q(reserved_at=None) | Q(reserved_at__lte=cutoff)
    return found.filter(
        began,
        status=Order.Status.PENDING,
        payment_method__in=Order.ONLINE,
        created_at__lte=cutoff,
    )
