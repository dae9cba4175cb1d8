"""Whatever goes wrong on the way, all events of a thing arrive, and in order."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from events.broker import Parcel, Round
from events.models import OutboxMessage
from events.services import publishing, relay, relaying
from shop.locks import LockLost
from tests.events.conftest import Clock
from tests.events.says import say

pytestmark = pytest.mark.django_db(transaction=True)
THINGS = [uuid4() for _ in range(3)]


@dataclass
class Accident:
    """What happens to one publishing: so many arrive, so many of them are confirmed.

    Those that the broker nacks are counted from the first. With `killed` the relay dies
    before it writes anything down.
    """

    arrive: int
    confirmed: int
    nacked: int
    killed: bool


@dataclass
class Broker:
    """Keeps what arrives, and looks whether it may arrive yet."""

    said: list[OutboxMessage]
    poison: set[UUID]
    accidents: list[Accident]
    arrived: list[UUID] = field(default_factory=list)
    killed: bool = False

    def publish(self, parcels: Sequence[Parcel]) -> Round:
        if not self.accidents:
            accident = Accident(len(parcels), len(parcels), 0, killed=False)
        else:
            accident = self.accidents.pop()
        result = Round()
        self.killed = accident.killed
        for place, (message, _) in enumerate(parcels):
            if place >= accident.arrive:
                result.failure = "the connection is lost"
                break
            if message.pk in self.poison:
                result.failure, result.own_fault = "too large", True
                break
            if place < accident.nacked:
                result.nacked.add(message.pk)
                continue
            self._take(message)
            if place < accident.confirmed:
                result.confirmed.add(message.pk)
            else:
                result.failure = "the connection is lost"
        return result

    def _take(self, message: OutboxMessage) -> None:
        for earlier in self.said:
            if earlier.pk == message.pk:
                break
            if (
                earlier.aggregate == message.aggregate
                and earlier.pk not in self.arrived
            ):
                earlier.refresh_from_db(fields=["status"])
                assert earlier.status == "parked", "it came before an earlier one"
        self.arrived.append(message.pk)

    def check_lock(self) -> None:
        if self.killed:
            self.killed = False
            raise LockLost


accidents = st.builds(
    Accident,
    arrive=st.integers(0, 6),
    confirmed=st.integers(0, 6),
    nacked=st.integers(0, 3),
    killed=st.booleans(),
)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    about=st.lists(st.integers(0, 2), min_size=1, max_size=10),
    poison=st.sets(st.integers(0, 9), max_size=2),
    accidents=st.lists(accidents, max_size=12),
)
def test_order_and_completeness(
    about: list[int],
    poison: set[int],
    accidents: list[Accident],
    clock: Clock,
    settings: Any,
) -> None:
    OutboxMessage.objects.all().delete()
    settings.RABBITMQ_URL = "amqp://fake"
    said = [say(about=THINGS[which]) for which in about]
    bad = {message.pk for place, message in enumerate(said) if place in poison}
    broker = Broker(said, bad, accidents)
    carry = relaying._carry

    def carry_and_perhaps_die(
        batch: list[OutboxMessage], turn: relaying.Turn, _: object
    ) -> Any:
        return carry(batch, turn, broker.check_lock)

    with (
        patch.object(publishing, "publisher", lambda: broker),
        patch.object(relaying, "_carry", carry_and_perhaps_die),
    ):
        for _ in range(60):
            if not OutboxMessage.objects.pending().exists():
                break
            clock.tick()
            with suppress(LockLost):
                relay()
    ends = dict(OutboxMessage.objects.values_list("pk", "status"))
    assert ends == {
        message.pk: "parked" if message.pk in bad else "sent" for message in said
    }
    for thing in THINGS:
        own = [m.pk for m in said if m.aggregate == str(thing) and m.pk not in bad]
        came = [pk for pk in dict.fromkeys(broker.arrived) if pk in own]
        assert came == own
