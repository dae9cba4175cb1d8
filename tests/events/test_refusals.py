"""What the broker does not take: for its own reasons, or for those of a message."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from kombu import Connection

from events.models import OutboxMessage
from events.services import publishing, relay, relaying
from tests.events.conftest import Clock, Inboxes
from tests.events.says import say, say_too_much, state, unsayable

pytestmark = [pytest.mark.rabbitmq, pytest.mark.django_db(transaction=True)]
NOBODY = "amqp://guest:wrong-password@127.0.0.1:1//"
FULL = {"x-max-length": 1, "x-overflow": "reject-publish"}


# --- The broker -----------------------------------------------------------------------


def test_a_broker_that_is_down_parks_nothing(settings: Any) -> None:
    settings.RABBITMQ_URL = NOBODY
    said = [say() for _ in range(3)]
    for attempt in range(1, 8):
        turn = relay()
        assert (turn.sent, turn.refused, turn.parked) == (0, 0, 0)
        assert "Connection refused" in turn.trouble
        assert [state(each) for each in said] == [("pending", attempt, 0)] * 3
    for each in said:
        assert "Connection refused" in each.last_error
        assert "wrong-password" not in each.last_error
        assert each.next_attempt_at is None


def test_only_the_batch_that_was_tried_counts_an_attempt(settings: Any) -> None:
    settings.RABBITMQ_URL = NOBODY
    said = [say() for _ in range(relaying.BATCH + 1)]
    relay()
    assert state(said[-2]) == ("pending", 1, 0)
    assert state(said[-1]) == ("pending", 0, 0)


def test_all_is_sent_once_the_broker_is_back(
    broker: str, inbox: Inboxes, settings: Any
) -> None:
    everything = inbox()
    said = [say() for _ in range(3)]
    settings.RABBITMQ_URL = NOBODY
    assert relay().sent == 0
    settings.RABBITMQ_URL = broker
    assert relay().sent == 3
    assert everything.ids() == [str(each.pk) for each in said]
    assert [state(each) for each in said] == [("sent", 2, 0)] * 3


def test_an_exchange_of_another_kind_is_trouble_and_no_refusal(broker: str) -> None:
    """Somebody else declared it first; the same code, 406, means "too large" later."""
    with Connection(broker, connect_timeout=5) as connection:
        channel = connection.default_channel
        channel.exchange_declare(settings.OUTBOX_EXCHANGE, "fanout", durable=True)
    event = say()
    turn = relay()
    assert (turn.sent, turn.refused, state(event)) == (0, 0, ("pending", 1, 0))
    assert "inequivalent arg 'type'" in turn.trouble


def test_a_full_queue_makes_an_event_wait_and_parks_nothing(
    inbox: Inboxes, clock: Clock
) -> None:
    small = inbox("thing.changed", **FULL)
    thing = uuid4()
    first, second, third = (say(about=thing) for _ in range(3))
    assert relay().sent == 1
    for _ in range(12):
        clock.tick()
        turn = relay()
        assert (turn.sent, turn.refused, turn.parked) == (0, 1, 0)
        assert turn.trouble == publishing.FULL
    assert state(second) == ("pending", 13, 0)
    assert second.last_error == publishing.FULL
    second.refresh_from_db()
    assert second.next_attempt_at == clock.now + relaying.LONGEST_WAIT
    assert state(third) == ("pending", 0, 0)
    assert small.ids() == [str(first.pk)]
    assert relay().sent == 0  # not due
    clock.tick()
    assert relay().sent == 1
    assert small.ids() == [str(second.pk)]
    clock.tick()
    assert relay().sent == 1
    assert small.ids() == [str(third.pk)]


def test_others_go_on_while_one_queue_is_full(inbox: Inboxes) -> None:
    small, paid = inbox("order.shipped", **FULL), inbox("thing.changed")
    say("order_shipped")
    relay()
    held, free = say("order_shipped"), say("thing_changed")
    turn = relay()
    assert (turn.sent, turn.refused, turn.trouble) == (1, 1, "")
    assert (state(held)[0], state(free)[0]) == ("pending", "sent")
    assert len(small.ids()) == 1
    assert paid.ids() == [str(free.pk)]


def test_what_follows_a_nacked_event_waits_with_it(inbox: Inboxes) -> None:
    """A queue that has room only for the second would turn them round."""
    inbox("order.shipped", **FULL)
    say("order_shipped")
    relay()
    everything = inbox("thing.changed")
    thing = uuid4()
    held, behind = say("order_shipped", thing), say("thing_changed", thing)
    other = say("thing_changed")
    relay()
    assert everything.ids() == [str(other.pk)]
    assert (state(held)[0], state(behind)) == ("pending", ("pending", 0, 0))
    assert relay().sent == 0
    assert everything.ids() == []


# --- The message ----------------------------------------------------------------------


def test_an_event_that_cannot_be_written_is_parked_and_others_go_on(
    inbox: Inboxes, clock: Clock
) -> None:
    everything = inbox()
    thing = uuid4()
    poison, behind, other = unsayable(thing), say(about=thing), say()
    for refusals in range(1, relaying.MAX_REFUSALS):
        turn = relay()
        assert (turn.sent, turn.refused, turn.parked) == (refusals == 1, 1, 0)
        assert state(poison) == ("pending", refusals, refusals)
        assert (
            poison.last_error == "ValueError: The routing key is longer than 255 bytes."
        )
        poison.refresh_from_db()
        assert poison.next_attempt_at == clock.now + timedelta(seconds=2**refusals)
        assert state(behind) == ("pending", 0, 0)
        assert relay().refused == 0  # not due
        clock.tick()
    assert everything.ids() == [str(other.pk)]
    turn = relay()
    assert (turn.sent, turn.refused, turn.parked) == (1, 1, 1)
    assert state(poison) == ("parked", 5, 5)
    assert OutboxMessage.objects.get(pk=poison.pk).next_attempt_at is None
    assert everything.ids() == [str(behind.pk)]
    clock.tick()
    assert relay().refused == 0


def test_an_event_too_large_for_the_broker_harms_no_other(inbox: Inboxes) -> None:
    everything = inbox()
    first, large, last = say(), say_too_much(), say()
    turn = relay()
    assert (turn.sent, turn.refused, turn.trouble) == (2, 1, "")
    assert everything.ids() == [str(first.pk), str(last.pk)]
    assert state(large) == ("pending", 1, 1)
    assert large.last_error.startswith("PreconditionFailed: ")
    assert "larger than" in large.last_error


def test_the_one_to_blame_is_found_among_many(
    inbox: Inboxes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The broker takes less than the shop thinks: the whole batch fails first."""
    monkeypatch.setattr(publishing, "LARGE", 10**9)
    everything = inbox()
    thing = uuid4()
    before = [say() for _ in range(3)]
    large, behind = say_too_much(thing), say(about=thing)
    after = [say() for _ in range(3)]
    turn = relay()
    assert (turn.sent, turn.refused, turn.trouble) == (6, 1, "")
    assert state(large) == ("pending", 1, 1)
    assert state(behind) == ("pending", 0, 0)
    # What was on its way with it may come twice, under the same id.
    assert list(dict.fromkeys(everything.ids())) == [
        str(each.pk) for each in [*before, *after]
    ]
    large.refresh_from_db()
    OutboxMessage.objects.filter(pk=large.pk).update(status="parked")
    assert relay().sent == 1
    assert everything.ids() == [str(behind.pk)]
