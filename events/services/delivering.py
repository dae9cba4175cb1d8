"""From a sent event to the answers of its subscribers, each exactly once."""

import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from celery import current_app
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils import timezone

from events.models import Delivery, OutboxMessage
from events.subscribers import get_subscriber, subscribers_of
from shop.watching.context import about_event

logger = logging.getLogger(__name__)

# A subscriber's name and an aggregate.
Pair = tuple[str, str]

# Failures after which somebody has to look; the last wait is `LONGEST_WAIT`.
MAX_ATTEMPTS = 10
LONGEST_WAIT = timedelta(minutes=10)
# Pairs of subscriber and aggregate that one task answers: sending a task for each
# would take longer than sending the events.
TASK = 20
# Seconds.
CONFIRM_TIMEOUT = 5
# By then a task that was sent has been taken, or was lost with the broker.
LOST_AFTER = timedelta(seconds=30)
# Pairs that one look at what is due starts.
DUE = 1000
LONGEST_ERROR = 2000
WRITTEN = ["status", "attempts", "last_error", "next_attempt_at", "done_at"]


def hand_over(messages: Sequence[OutboxMessage], sent_at: datetime) -> list[Pair]:
    """The messages are sent, and each of their subscribers has a delivery waiting.

    In one transaction. Returns what to `start` now.
    """
    deliveries = [
        Delivery(message=message, subscriber=who.name, aggregate=message.aggregate)
        for message in messages
        for who in subscribers_of(message.event_type)
    ]
    with transaction.atomic(durable=True):
        OutboxMessage.objects.filter(pk__in=[m.pk for m in messages]).update(
            status=OutboxMessage.Status.SENT,
            sent_at=sent_at,
            next_attempt_at=None,
            attempts=F("attempts") + 1,
        )
        Delivery.objects.bulk_create(deliveries, ignore_conflicts=True)
    return [(delivery.subscriber, delivery.aggregate) for delivery in deliveries]


def deliver(subscriber: str, aggregate: str) -> None:
    """Give the subscriber what waits for it about this thing, oldest first.

    Ends at the first failure: that one is tried again later, and what follows waits.
    """
    while _deliver_next(subscriber, aggregate):
        pass


def deliver_all(pairs: Iterable[Pair]) -> None:
    """The same for many; trouble with one does not keep the others waiting."""
    for subscriber, aggregate in pairs:
        try:
            deliver(subscriber, aggregate)
        except SoftTimeLimitExceeded:
            raise
        except Exception:
            logger.exception("%s could not be told of %s", subscriber, aggregate)


def deliver_due() -> None:
    """Whatever waits and was lost on its way, or failed and is due again.

    The oldest of each subscriber and aggregate, since the others wait for it.
    """
    now = timezone.now()
    pending = Delivery.objects.filter(status=Delivery.Status.PENDING)
    earlier = pending.filter(
        subscriber=OuterRef("subscriber"),
        aggregate=OuterRef("aggregate"),
        id__lt=OuterRef("id"),
    )
    due = pending.filter(
        Q(next_attempt_at=None, created_at__lt=now - LOST_AFTER)
        | Q(next_attempt_at__lte=now),
    ).exclude(Exists(earlier))
    start(due.order_by("id").values_list("subscriber", "aggregate")[:DUE])


def start(pairs: Iterable[Pair]) -> None:
    """Tasks that answer are on their way; what does not get there is found later.

    Without a broker the answers are given here and now.
    """
    from events.tasks import deliver_waiting

    found = list(dict.fromkeys(pairs))
    if current_app.conf.task_always_eager:
        deliver_all(found)
        return
    tasks = [found[first : first + TASK] for first in range(0, len(found), TASK)]
    if not tasks:
        return
    try:
        with current_app.producer_or_acquire() as producer:
            for task in tasks:
                deliver_waiting.apply_async(
                    [task], producer=producer, confirm_timeout=CONFIRM_TIMEOUT
                )
    except SoftTimeLimitExceeded:
        raise
    except Exception as error:  # whatever a driver raises, the broker is down
        logger.warning("deliveries will be started by their schedule: %s", error)


def _deliver_next(subscriber: str, aggregate: str) -> bool:
    """Whether one was answered or given up, so that there may be another."""
    pending = Delivery.objects.filter(
        subscriber=subscriber, aggregate=aggregate, status=Delivery.Status.PENDING
    ).order_by("id")
    with transaction.atomic():
        # Two workers: the second waits for the first's row, and finds it done.
        locked = pending.select_related("message").select_for_update(of=("self",))
        delivery = locked.first()
        if delivery is None:
            return False
        now = timezone.now()
        if delivery.next_attempt_at and delivery.next_attempt_at > now:
            return False
        error = _answer(delivery)
        delivery.attempts += 1
        delivery.next_attempt_at = None
        if error is None:
            delivery.status, delivery.done_at = Delivery.Status.DONE, now
        else:
            _note_failure(delivery, error)
        delivery.save(update_fields=WRITTEN)
    if isinstance(error, SoftTimeLimitExceeded):
        raise error
    return delivery.status != Delivery.Status.PENDING


def _answer(delivery: Delivery) -> Exception | None:
    """What the subscriber raised; then nothing of what it wrote is left."""
    try:
        with transaction.atomic():
            who = get_subscriber(delivery.subscriber)
            if who is None:
                # A worker of an older release than the relay's, or an app that has
                # left the shop: the first is better tried again, the second seen.
                raise LookupError(f"There is no subscriber {delivery.subscriber}.")
            with about_event(delivery.message_id, delivery.aggregate):
                who.handle(delivery.message)
    except Exception as error:
        logger.exception("%s failed on %s", delivery.subscriber, delivery.message_id)
        return error
    return None


def _note_failure(delivery: Delivery, error: Exception) -> None:
    delivery.last_error = f"{type(error).__name__}: {error}"[:LONGEST_ERROR]
    if delivery.attempts >= MAX_ATTEMPTS:
        delivery.status = Delivery.Status.PARKED
        return
    wait = min(timedelta(seconds=2**delivery.attempts), LONGEST_WAIT)
    delivery.next_attempt_at = timezone.now() + wait
