"""Who answers to which event, inside the shop.

    @subscriber("notifications.mail_customer", "order_created", "order_paid")
    def mail_customer(message: OutboxMessage) -> None: ...

in an app's `subscribers.py`. A handler only writes to the database: it runs in the
transaction that marks its delivery done, so what it writes is there exactly once
however often workers die. What goes out into the world (a letter, a push) is a row
that it writes, and a task that carries it out.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from events.models import OutboxMessage

LONGEST_NAME = 64
Handler = Callable[[OutboxMessage], None]


@dataclass(frozen=True)
class Subscriber:
    """`name` is what deliveries are stored by: it must not change."""

    name: str
    events: frozenset[str]
    handle: Handler


_subscribers: dict[str, Subscriber] = {}


def subscriber(name: str, *events: str) -> Callable[[Handler], Handler]:
    """The function answers to these events, one at a time and in order per thing.

    The name is at most 64 letters and stays for good.
    """
    if len(name) > LONGEST_NAME:
        raise ValueError(f"The name of a subscriber is too long: {name}")

    def register(handle: Handler) -> Handler:
        known = _subscribers.get(name)
        if known and known.handle.__qualname__ != handle.__qualname__:
            raise ValueError(f"There are two subscribers named {name}.")
        _subscribers[name] = Subscriber(name, frozenset(events), handle)
        return handle

    return register


def get_subscriber(name: str) -> Subscriber | None:
    return _subscribers.get(name)


def subscribers_of(event_type: str) -> Iterable[Subscriber]:
    return [who for who in _subscribers.values() if event_type in who.events]


def all_subscribers() -> list[Subscriber]:
    return list(_subscribers.values())
