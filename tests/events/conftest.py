"""An exchange of each test's own, and queues that are bound to it."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.utils import timezone

from events import subscribers
from events.broker import close_publisher
from tests.events.rabbit import Inbox, delete_exchange
from tests.faults.database import own_name

_numbers = count(1)
Inboxes = Callable[..., Inbox]


@pytest.fixture(autouse=True)
def nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """The shop's own subscribers are away: these events are of nothing real."""
    monkeypatch.setattr(subscribers, "_subscribers", {})


@pytest.fixture
def broker(rabbitmq_url: str, settings: Any) -> Iterator[str]:
    """The shop's relay speaks to RabbitMQ; the address is the value."""
    settings.RABBITMQ_URL = rabbitmq_url
    settings.OUTBOX_EXCHANGE = own_name(f"events{next(_numbers)}")
    yield rabbitmq_url
    close_publisher()
    delete_exchange(rabbitmq_url)


@pytest.fixture
def inbox(broker: str) -> Iterator[Inboxes]:
    """Makes queues that hear of events, from now on."""
    with ExitStack() as ends:

        def open_one(key: str = "#", **arguments: Any) -> Inbox:
            made = Inbox(broker, key, **arguments)
            ends.callback(made.close)
            return made

        yield open_one


class Clock:
    """The time of the process, which passes when the test says so."""

    def __init__(self) -> None:
        self.now = timezone.now()

    def tick(self, **time: float) -> None:
        """Whatever waits for another attempt has waited long enough, or so long."""
        self.now += timedelta(**time) if time else timedelta(hours=1)


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(timezone, "now", lambda: made.now)
    return made
