"""What was given up is tried again, because somebody says so."""

from typing import TypeVar

from django.db import transaction
from django.db.models import Q, QuerySet

from events.models import Delivery, OutboxMessage
from events.services.delivering import start
from events.waking import wake_relay

Row = TypeVar("Row", OutboxMessage, Delivery)


@transaction.atomic
def send_again(messages: QuerySet[OutboxMessage]) -> list[OutboxMessage]:
    """Those of them that are parked or wait are due now; the relay is woken.

    A message that was parked comes after later ones of its aggregate that were sent.
    """
    found = _given_up(messages)
    OutboxMessage.objects.filter(pk__in=[message.pk for message in found]).update(
        status=OutboxMessage.Status.PENDING, refusals=0, next_attempt_at=None
    )
    if found:
        wake_relay()
    return found


@transaction.atomic
def deliver_again(deliveries: QuerySet[Delivery]) -> list[Delivery]:
    """The same for answers of subscribers, which begin once this is committed."""
    found = _given_up(deliveries)
    Delivery.objects.filter(pk__in=[delivery.pk for delivery in found]).update(
        status=Delivery.Status.PENDING, attempts=0, next_attempt_at=None
    )
    pairs = {(delivery.subscriber, delivery.aggregate) for delivery in found}
    transaction.on_commit(lambda: start(pairs), robust=True)
    return found


def _given_up(rows: QuerySet[Row]) -> list[Row]:
    """Both models name their statuses alike; the rows are locked."""
    waiting = Q(status="pending", next_attempt_at__isnull=False)
    wanted = rows.filter(Q(status="parked") | waiting)
    return list(wanted.select_for_update(of=("self",)))
