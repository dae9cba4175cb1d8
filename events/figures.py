"""What the outbox tells at /metrics."""

import uuid
from datetime import datetime
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from events.models import Delivery, OutboxMessage
from shop.watching.figures import figure

# A longer backlog is told as this many: counting it would take longer than it helps.
MOST = 10_000


def _count(rows: QuerySet[Any]) -> int:
    return rows.order_by()[:MOST].count()


def age_of(moment: datetime | None) -> float:
    """Seconds since then; 0: there is nothing."""
    if moment is None:
        return 0
    return max((timezone.now() - moment).total_seconds(), 0)


@figure("shop_outbox_pending", "Events that are to be sent, 10,000 at most")
def outbox_pending() -> int:
    return _count(OutboxMessage.objects.pending())


@figure("shop_outbox_lag_seconds", "Age of the oldest event that is to be sent")
def outbox_lag() -> float:
    pending = OutboxMessage.objects.pending().in_order()
    return age_of(pending.values_list("created_at", flat=True).first())


@figure("shop_parked", "What was given up and waits for a person", label="kind")
def parked() -> dict[str, int]:
    return {
        "event": _count(
            OutboxMessage.objects.filter(status=OutboxMessage.Status.PARKED)
        ),
        "delivery": _count(Delivery.objects.filter(status=Delivery.Status.PARKED)),
    }


@figure("shop_deliveries_pending", "Answers to events that are still to be given")
def deliveries_pending() -> int:
    return _count(Delivery.objects.filter(status=Delivery.Status.PENDING))


def told_today(event_type: str) -> QuerySet[OutboxMessage]:
    """Events of this kind since the shop's midnight, by an index on kind and id.

    Ids begin with the time. Events are written with the change that they report, by
    whatever process made it, and never change: so their number only grows all day.
    """
    midnight = timezone.localtime(timezone=timezone.get_default_timezone()).replace(
        hour=0, minute=0, second=0, microsecond=0
    )
    first = int(midnight.timestamp() * 1000) << 80
    return OutboxMessage.objects.filter(
        event_type=event_type, pk__gte=uuid.UUID(int=first | 0x7 << 76)
    ).order_by()
