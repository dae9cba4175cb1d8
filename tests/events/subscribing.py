"""Subscribers for tests, and what they have done."""

from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from django.contrib.auth.models import Group

from events import subscribers
from events.models import OutboxMessage
from events.subscribers import Handler, subscriber

# Ends the name of a file (see in_worker.py).
REACHED = ".reached"


@contextmanager
def subscribed(handle: Handler, name: str = "tests.note") -> Iterator[None]:
    """The handler alone answers to `thing_changed` meanwhile."""
    before = dict(subscribers._subscribers)
    subscribers._subscribers.clear()
    try:
        subscriber(name, "thing_changed")(handle)
        yield
    finally:
        subscribers._subscribers.clear()
        subscribers._subscribers.update(before)


def note(message: OutboxMessage) -> None:
    """Write down the message's number: twice, if it comes twice."""
    Group.objects.create(name=f"{message.payload['n']} {uuid4()}")


def noted() -> list[int]:
    """The numbers that are written down, in that order."""
    # Roles have groups of their own.
    notes = Group.objects.filter(role_group=None)
    names = notes.order_by("id").values_list("name", flat=True)
    return [int(name.split()[0]) for name in names]
