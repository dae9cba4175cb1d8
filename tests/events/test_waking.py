"""Whoever commits an event wakes the relay, and has nothing else to do with it."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import MagicMock, patch
from uuid import uuid4

import pytest
from django.db import OperationalError, transaction

from events import waking
from events.models import Delivery, OutboxMessage
from events.services import emit, relaying
from events.tasks import publish_outbox_messages
from events.waking import Waker
from tests.events.says import say, state
from tests.events.subscribing import note, noted, subscribed
from tests.faults.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _awake(settings: Any) -> None:
    settings.OUTBOX_WAKE = True


def refuse(message: OutboxMessage) -> None:
    raise ValueError("never")


# --- Without a broker: where the change was made --------------------------------------


def test_an_event_is_answered_as_soon_as_it_is_committed() -> None:
    with subscribed(note):
        with transaction.atomic():
            event = say(n=1)
            assert noted() == []
        assert noted() == [1]
    assert state(event) == ("sent", 1, 0)


def take_back(n: int) -> None:
    """An event that is rolled back with its change."""
    with transaction.atomic():
        say(n=n)
        transaction.set_rollback(True)


@pytest.fixture
def woken() -> Iterator[MagicMock]:
    with patch("events.services.relay") as relay:
        yield relay


def test_what_is_rolled_back_wakes_nobody(woken: MagicMock) -> None:
    take_back(1)
    with transaction.atomic():
        take_back(2)
    woken.assert_not_called()


def test_a_transaction_wakes_the_relay_once(woken: MagicMock) -> None:
    with transaction.atomic():
        for n in range(3):
            say(n=n)
            take_back(n)
        woken.assert_not_called()
    woken.assert_called_once_with(limit=waking.INLINE)


def test_an_event_that_stays_wakes_the_relay(woken: MagicMock) -> None:
    with transaction.atomic():
        take_back(1)
        for n in range(3):
            emit("thing_changed", uuid4(), {"n": n})
        assert len(transaction.get_connection().run_on_commit) == 1
    woken.assert_called_once_with(limit=waking.INLINE)


def test_a_relay_that_fails_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with patch("events.services.relay", side_effect=OperationalError("gone")):
        event = say(n=1)
    assert state(event) == ("pending", 0, 0)
    (record,) = caplog.records
    assert record.message == "the outbox could not be carried out"


def test_a_subscriber_that_fails_harms_nobody(caplog: pytest.LogCaptureFixture) -> None:
    with subscribed(refuse):
        event = say(n=1)
    assert state(event) == ("sent", 1, 0)
    assert Delivery.objects.get().last_error == "ValueError: never"
    assert [record.levelname for record in caplog.records] == ["ERROR"]


def test_an_event_of_a_subscriber_is_answered_too() -> None:
    def tell_more(message: OutboxMessage) -> None:
        note(message)
        if message.payload["n"] < 5:
            say(n=message.payload["n"] + 1)

    with subscribed(tell_more):
        say(n=1)
    assert noted() == [1, 2, 3, 4, 5]
    assert not OutboxMessage.objects.pending().exists()


def test_a_backlog_is_left_to_the_schedule(settings: Any) -> None:
    settings.OUTBOX_WAKE = False
    with transaction.atomic():
        for n in range(150):
            say(n=n)
    settings.OUTBOX_WAKE = True
    say(n=150)
    assert OutboxMessage.objects.pending().count() == 51
    publish_outbox_messages.delay()
    assert OutboxMessage.objects.pending().count() == 0


# --- With a broker: a thread of the process -------------------------------------------


class Broker:
    """Takes the relay's tasks, when it is told to."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.asked = threading.Semaphore(0)
        self.broken = 0
        self.tasks = 0

    def __call__(self, **options: Any) -> None:
        self.asked.release()
        assert self.open.wait(60)
        if self.broken:
            self.broken -= 1
            raise ConnectionError("refused")
        self.tasks += 1


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    made = Broker()
    monkeypatch.setattr(publish_outbox_messages, "apply_async", made)
    monkeypatch.setattr(waking, "SHORTEST_WAIT", 0.01)
    yield made
    made.open.set()


def test_with_a_broker_a_thread_is_woken(settings: Any) -> None:
    settings.RABBITMQ_URL = "amqp://nowhere.example"
    with (
        patch.object(waking, "_waker") as waker,
        patch("events.services.relay") as here,
    ):
        say(n=1)
    waker.wake.assert_called_once_with()
    here.assert_not_called()


def test_wishes_that_come_meanwhile_are_one_task(broker: Broker) -> None:
    waker = Waker()
    waker.wake()
    assert broker.asked.acquire(timeout=60)
    # The broker does not answer, and nobody waits for it.
    for _ in range(5):
        waker.wake()
    assert broker.tasks == 0
    broker.open.set()
    wait_until(lambda: broker.tasks == 2, "one for the first, one for the others")
    waker.wake()
    wait_until(lambda: broker.tasks == 3, "the thread goes on")


def test_a_broker_that_is_down_is_asked_again(
    broker: Broker, caplog: pytest.LogCaptureFixture
) -> None:
    broker.broken = 3
    broker.open.set()
    Waker().wake()
    wait_until(lambda: broker.tasks == 1, "the broker is back")
    assert [record.message for record in caplog.records] == [
        "the relay could not be woken: refused"
    ] * 3


@contextmanager
def forked(child: Callable[[], None]) -> Iterator[int]:
    """Reads what the child wrote; the child has no other way out."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            child()
            os.write(writing, b"done")
        finally:
            os._exit(0)
    os.close(writing)
    try:
        yield reading
    finally:
        os.close(reading)
        os.waitpid(pid, 0)


def test_a_forked_child_has_a_thread_of_its_own(broker: Broker) -> None:
    waker = Waker()
    broker.open.set()
    waker.wake()
    wait_until(lambda: broker.tasks == 1, "the parent's thread has sent")

    def in_the_child() -> None:
        waker.wake()
        wait_until(lambda: broker.tasks == 2, "the child's thread has sent")

    with forked(in_the_child) as said:
        assert os.read(said, 4) == b"done"


def test_a_wish_that_found_the_lock_taken_is_granted() -> None:
    """Somebody commits after the relay has read the outbox, and before it is done."""
    carry = relaying._carry
    came: list[OutboxMessage] = []

    def carry_as_somebody_commits(*args: Any) -> Any:
        if not came:
            came.append(say(n=2))
            assert state(came[0]) == ("pending", 0, 0)
        return carry(*args)

    with (
        subscribed(note),
        patch.object(relaying, "_carry", carry_as_somebody_commits),
    ):
        say(n=1)
    assert noted() == [1, 2]
    assert not OutboxMessage.objects.pending().exists()
