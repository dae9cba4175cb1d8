"""Several relays: one at a time has the outbox, and whoever is left goes on."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest

from events.models import OutboxMessage
from events.services import publishing, relay, relaying
from tests.concurrency.helpers import Meeting, run_together
from tests.events.conftest import Inboxes
from tests.events.processes import a_holder_of_the_lock, a_relay
from tests.events.rabbit import Inbox
from tests.events.says import say
from tests.faults.processes import wait_until

pytestmark = [pytest.mark.rabbitmq, pytest.mark.django_db(transaction=True)]

_numbers = count()


def nothing_is_pending() -> bool:
    return not OutboxMessage.objects.pending().exists()


def say_much(things: list[UUID], number: int) -> None:
    for _ in range(number):
        say(about=random.choice(things), n=next(_numbers))


def heard(inbox: Inbox) -> tuple[list[str], dict[str, list[int]]]:
    """Ids as they came, and the numbers of each thing at their first coming."""
    ids: list[str] = []
    numbers: dict[str, list[int]] = {}
    for message in inbox.messages():
        if message.properties["message_id"] not in ids:
            thing = message.headers["aggregate"]
            numbers.setdefault(thing, []).append(message.payload["n"])
        ids.append(message.properties["message_id"])
    return ids, numbers


def test_two_relays_send_each_event_once_and_in_order(inbox: Inboxes) -> None:
    everything = inbox()
    things = [uuid4() for _ in range(10)]
    with a_relay(), a_relay():
        say_much(things, 300)
        wait_until(nothing_is_pending, "all is sent")
    ids, numbers = heard(everything)
    assert len(ids) == len(set(ids)) == 300
    assert all(sent == sorted(sent) for sent in numbers.values())


def test_the_second_takes_over_when_the_first_is_killed(inbox: Inboxes) -> None:
    everything = inbox()
    with a_holder_of_the_lock() as first, a_relay():
        event = say()
        assert relay().had_it is False
        assert everything.ids() == []
        first.stop()
        wait_until(nothing_is_pending, "the second has sent it")
    assert everything.ids() == [str(event.pk)]


def test_relays_that_are_killed_lose_nothing_and_keep_the_order(inbox: Inboxes) -> None:
    everything = inbox()
    things = [uuid4() for _ in range(10)]
    with a_relay():
        for _ in range(3):
            with a_relay():
                say_much(things, 100)
    # The first went on alone, until it was killed too. Its session is still ending.
    wait_until(lambda: relay().had_it, "the lock is free")
    assert nothing_is_pending()
    ids, numbers = heard(everything)
    assert len(set(ids)) == 300
    assert all(sent == sorted(sent) for sent in numbers.values())


# --- With and without the lock --------------------------------------------------------


@contextmanager
def everybody_has_the_lock(name: str) -> Iterator[Callable[[], None]]:
    """The twin of try_lock."""
    yield lambda: None


def relay_twice_at_once() -> list[Any]:
    """Both have read the outbox before either publishes, if both may."""
    meeting = Meeting(2)

    def meet_and_publish(batch: list[OutboxMessage]) -> publishing.Outcome:
        meeting.wait()
        return publishing.publish(batch)

    with patch.object(relaying, "publish", meet_and_publish):
        return run_together(lambda _: relay(), [1, 2])


def test_two_relays_at_the_same_moment_are_one(inbox: Inboxes) -> None:
    everything = inbox()
    said = [say() for _ in range(3)]
    turns = relay_twice_at_once()
    assert sorted((turn.had_it, turn.sent) for turn in turns) == [(False, 0), (True, 3)]
    assert everything.ids() == [str(event.pk) for event in said]


def test_without_the_lock_each_event_is_sent_twice(inbox: Inboxes) -> None:
    everything = inbox()
    said = [say() for _ in range(3)]
    with patch.object(relaying, "try_lock", everybody_has_the_lock):
        relay_twice_at_once()
    assert sorted(everything.ids()) == sorted(2 * [str(event.pk) for event in said])
