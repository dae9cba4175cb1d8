"""From a sent event to its subscribers: each answers once, and in order."""

import logging
from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from celery.exceptions import SoftTimeLimitExceeded
from django.db import OperationalError
from django.db.models import QuerySet

from events.models import Delivery, OutboxMessage
from events.services import (
    deliver,
    deliver_due,
    delivering,
    hand_over,
    relay,
    relaying,
)
from events.subscribers import subscriber
from tests.concurrency.helpers import Meeting, run_together
from tests.events.conftest import Clock
from tests.events.says import say
from tests.events.subscribing import note, noted, subscribed

pytestmark = pytest.mark.django_db(transaction=True)
Status = Delivery.Status


class Moody:
    """Notes every number but one, which it cannot bear; until it feels well."""

    def __init__(self, number: int, error: Exception | None = None) -> None:
        self.number = number
        self.error = error or ValueError("not this one")
        self.well = False

    def __call__(self, message: OutboxMessage) -> None:
        note(message)
        if message.payload["n"] == self.number and not self.well:
            raise self.error


@pytest.fixture
def _noting() -> Iterator[None]:
    with subscribed(note):
        yield


def nobody_starts() -> Any:
    """What is handed over waits."""
    return patch.object(relaying, "start")


@pytest.fixture
def silent() -> Iterator[None]:
    """Nobody starts what waits: the test does."""
    with nobody_starts():
        yield


def states() -> list[tuple[int, str, int]]:
    """The number, status and attempts of each delivery."""
    return [
        (delivery.message.payload["n"], delivery.status, delivery.attempts)
        for delivery in Delivery.objects.order_by("id").select_related("message")
    ]


def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "events.services.delivering")


# --- What is handed over --------------------------------------------------------------


@pytest.mark.usefixtures("_noting")
def test_a_sent_event_has_been_answered() -> None:
    event, other = say(n=1), say("user_created", n=2)
    assert relay().sent == 2
    assert noted() == [1]
    (delivery,) = Delivery.objects.all()
    assert (delivery.message, delivery.subscriber) == (event, "tests.note")
    assert delivery.aggregate == event.aggregate
    assert (delivery.status, delivery.attempts, delivery.last_error) == ("done", 1, "")
    assert delivery.done_at is not None
    assert not other.deliveries.exists()


@pytest.mark.usefixtures("_noting")
def test_what_is_handed_over_twice_is_answered_once(clock: Clock) -> None:
    event = say(n=1)
    for _ in range(2):
        pairs = hand_over([event], sent_at=clock.now)
        assert pairs == [("tests.note", event.aggregate)]
        delivering.start(pairs)
    assert noted() == [1]
    assert states() == [(1, "done", 1)]


def test_a_name_that_cannot_be_stored_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match="too long"):
        subscriber("x" * 65, "thing_changed")


@pytest.mark.usefixtures("silent")
def test_every_subscriber_has_its_own_delivery() -> None:
    with subscribed(note):
        subscriber("tests.other", "thing_changed", "order_shipped")(Moody(1))
        say(n=1)
        say("order_shipped", n=2)
        relay()
    told = Delivery.objects.values_list("subscriber", "message__event_type")
    assert sorted(told) == [
        ("tests.note", "thing_changed"),
        ("tests.other", "order_shipped"),
        ("tests.other", "thing_changed"),
    ]


@pytest.mark.usefixtures("_noting")
def test_a_death_before_the_answer_delays_it_only(clock: Clock) -> None:
    with patch.object(relaying, "start", side_effect=KeyboardInterrupt):
        say(n=1)
        with pytest.raises(KeyboardInterrupt):
            relay()
    assert states() == [(1, "pending", 0)]
    deliver_due()
    assert noted() == []  # its task may still be on its way
    clock.tick(seconds=31)
    deliver_due()
    assert noted() == [1]


# --- Failures -------------------------------------------------------------------------


def test_what_a_failing_subscriber_wrote_is_gone_and_it_is_asked_again(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    quiet(caplog)
    moody = Moody(1)
    thing = uuid4()
    with subscribed(moody):
        for n in (1, 2):
            say(about=thing, n=n)
        say(n=3)
        assert relay().sent == 3
        assert noted() == [3]
        assert states() == [(1, "pending", 1), (2, "pending", 0), (3, "done", 1)]
        first = Delivery.objects.earliest("id")
        assert first.last_error == "ValueError: not this one"
        assert first.next_attempt_at == clock.now + timedelta(seconds=2)
        deliver("tests.note", str(thing))
        deliver_due()
        assert states()[0] == (1, "pending", 1)  # not due
        moody.well = True
        clock.tick(seconds=2)
        deliver_due()
    assert noted() == [3, 1, 2]
    assert states() == [(1, "done", 2), (2, "done", 1), (3, "done", 1)]
    first.refresh_from_db()
    assert first.next_attempt_at is None


def test_after_many_failures_it_is_parked_and_the_next_has_its_turn(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    quiet(caplog)
    thing = uuid4()
    waits = []
    with subscribed(Moody(1)):
        say(about=thing, n=1)
        say(about=thing, n=2)
        relay()
        while due := Delivery.objects.earliest("id").next_attempt_at:
            assert noted() == []
            waits.append((due - clock.now).total_seconds())
            clock.tick()
            deliver_due()
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512]
    assert states() == [(1, "parked", 10), (2, "done", 1)]
    assert noted() == [2]


def test_an_unknown_subscriber_is_no_answer(
    clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """A worker of an older release must not answer for what only the new one knows."""
    quiet(caplog)
    with nobody_starts(), subscribed(note, "tests.new"):
        event = say(n=1)
        relay()
    deliver("tests.new", event.aggregate)
    (delivery,) = Delivery.objects.all()
    assert (delivery.status, delivery.attempts) == ("pending", 1)
    assert delivery.last_error == "LookupError: There is no subscriber tests.new."
    clock.tick()
    with subscribed(note, "tests.new"):
        deliver_due()
    assert noted() == [1]


def test_a_subscriber_that_takes_too_long_fails_and_ends_the_task(
    caplog: pytest.LogCaptureFixture,
) -> None:
    quiet(caplog)
    slow, next_one = uuid4(), uuid4()
    with (
        nobody_starts(),
        subscribed(Moody(1, SoftTimeLimitExceeded())),
    ):
        say(about=slow, n=1)
        say(about=next_one, n=2)
        relay()
        pairs = [("tests.note", str(about)) for about in (slow, next_one)]
        with pytest.raises(SoftTimeLimitExceeded):
            delivering.deliver_all(pairs)
    assert states() == [(1, "pending", 1), (2, "pending", 0)]
    assert noted() == []


@pytest.mark.usefixtures("_noting")
def test_one_pair_in_trouble_does_not_keep_the_others_waiting(
    caplog: pytest.LogCaptureFixture,
) -> None:
    quiet(caplog)
    with nobody_starts():
        first, second = say(n=1), say(n=2)
        relay()
    deliver_one = delivering.deliver

    def deliver_but_the_first(name: str, aggregate: str) -> None:
        if aggregate == first.aggregate:
            raise OperationalError("the connection is lost")
        deliver_one(name, aggregate)

    with patch.object(delivering, "deliver", deliver_but_the_first):
        delivering.deliver_all(
            [("tests.note", event.aggregate) for event in (first, second)]
        )
    assert states() == [(1, "pending", 0), (2, "done", 1)]


# --- What is due ----------------------------------------------------------------------


@pytest.mark.usefixtures("silent", "_noting")
def test_only_the_oldest_of_a_thing_is_due(clock: Clock) -> None:
    waiting, due = say(n=1), say(n=2)
    for event in (waiting, due):
        say(about=UUID(event.aggregate), n=3)
    relay()
    clock.tick(minutes=1)
    Delivery.objects.filter(message=waiting).update(
        next_attempt_at=clock.now + timedelta(seconds=1)
    )
    with patch.object(delivering, "start") as start:
        deliver_due()
    assert list(start.call_args.args[0]) == [("tests.note", due.aggregate)]


@pytest.mark.usefixtures("silent", "_noting")
def test_one_look_starts_the_oldest_so_many(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(delivering, "DUE", 2)
    said = [say(n=n) for n in range(3)]
    relay()
    clock.tick(minutes=1)
    with patch.object(delivering, "start") as start:
        deliver_due()
    expected = [("tests.note", event.aggregate) for event in said[:2]]
    assert list(start.call_args.args[0]) == expected


# --- At once --------------------------------------------------------------------------


@pytest.mark.usefixtures("_noting")
def test_ten_workers_answer_once_and_in_order() -> None:
    things = [uuid4() for _ in range(3)]
    with nobody_starts():
        for n in range(30):
            say(about=things[n % 3], n=n)
        relay()
    pairs = [("tests.note", str(thing)) for thing in things]
    results = run_together(
        lambda *mine: delivering.deliver_all(mine), [tuple(pairs)] * 10
    )
    assert results == [None] * 10
    numbers = noted()
    assert sorted(numbers) == list(range(30))
    for place in range(3):
        own = [n for n in numbers if n % 3 == place]
        assert own == sorted(own)
    assert {state[1:] for state in states()} == {("done", 1)}


def two_workers_meet() -> list[int]:
    """What is noted when both have read the delivery before either answers."""
    meeting = Meeting(2)

    def meet_and_note(message: OutboxMessage) -> None:
        meeting.wait()
        note(message)

    with subscribed(meet_and_note):
        with nobody_starts():
            event = say(n=1)
            relay()
        run_together(lambda _: deliver("tests.note", event.aggregate), range(2))
    return noted()


@pytest.mark.postgres
def test_two_workers_that_meet_answer_once() -> None:
    assert two_workers_meet() == [1]


@pytest.mark.postgres
def test_without_the_row_lock_both_answer() -> None:
    with patch.object(QuerySet, "select_for_update", lambda found, **_: found):
        assert two_workers_meet() == [1, 1]
