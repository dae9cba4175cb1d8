"""Old events move to the archive, whole, and nothing that somebody still needs."""

from datetime import timedelta
from typing import Any

import pytest
from celery import current_app
from django.utils import timezone

from events.models import ArchivedMessage, Delivery, OutboxMessage
from events.services import archive, archiving, relay
from events.tasks import archive_events
from tests.events.says import say
from tests.events.subscribing import note, subscribed

pytestmark = pytest.mark.django_db(transaction=True)


def age(message: OutboxMessage, days: float) -> None:
    OutboxMessage.objects.filter(pk=message.pk).update(
        sent_at=timezone.now() - timedelta(days=days)
    )


def sent(days: float, **payload: Any) -> OutboxMessage:
    message = say(**payload)
    relay()
    age(message, days)
    return message


def test_an_old_event_is_moved_as_it_is() -> None:
    with subscribed(note):
        old, new = sent(30.01, n=1, й="ё"), sent(29.99, n=2)
    OutboxMessage.objects.filter(pk=old.pk).update(last_error="once", attempts=3)
    before = OutboxMessage.objects.filter(pk=old.pk).values().get()
    assert archive() == 1
    after = ArchivedMessage.objects.values().get()
    gone = {"status": "sent", "refusals": 0, "next_attempt_at": None}
    assert after | gone == before
    assert OutboxMessage.objects.get() == new
    assert Delivery.objects.get().message == new
    assert archive() == 0


@pytest.mark.parametrize("status", ["pending", "parked"])
def test_what_is_not_answered_stays(status: str) -> None:
    with subscribed(note):
        old = sent(365, n=1)
    Delivery.objects.update(status=status)
    assert archive() == 0
    assert OutboxMessage.objects.get() == old
    Delivery.objects.update(status="done")
    assert archive() == 1
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("status", ["pending", "parked"])
def test_what_is_not_sent_stays(status: str) -> None:
    old = sent(365)
    OutboxMessage.objects.update(status=status)
    assert archive() == 0
    assert OutboxMessage.objects.get() == old


def test_batches(monkeypatch: pytest.MonkeyPatch, settings: Any) -> None:
    monkeypatch.setattr(archiving, "BATCH", 2)
    settings.OUTBOX_KEEP_DAYS = 1
    for _ in range(5):
        sent(1.01)
    new = sent(0.99)
    assert archive() == 5
    assert ArchivedMessage.objects.count() == 5
    assert OutboxMessage.objects.get() == new


def test_the_order_goes_on_counting_after_an_archive() -> None:
    """SQLite numbers its rows itself, and the next comes after all that are left."""
    waiting = say(n=1)
    OutboxMessage.objects.update(status="parked")
    sent(365, n=2)
    archive()
    OutboxMessage.objects.update(status="pending")
    last = say(n=3)
    assert list(OutboxMessage.objects.pending().in_order()) == [waiting, last]


def test_the_schedule_archives() -> None:
    sent(365)
    archive_events.delay()
    assert ArchivedMessage.objects.count() == 1
    entry = current_app.conf.beat_schedule["archive-events"]
    assert (entry["task"], entry["schedule"]) == (
        archive_events.name,
        timedelta(hours=6),
    )
