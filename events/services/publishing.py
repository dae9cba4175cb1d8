"""A batch of events on its way to the broker, and what becomes of each."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from events.broker import Parcel, body_of, publisher
from events.models import OutboxMessage

# Bytes. What is larger travels alone: it may be too large for the broker, which then
# drops whatever else is on its way just then.
LARGE = 1_000_000
FULL = "RabbitMQ did not take it (nack): a queue that it goes to is full."


@dataclass
class Outcome:
    """Messages that are in none of these were not tried, or nobody knows."""

    sent: list[OutboxMessage] = field(default_factory=list)
    # Refused for its own reason, which is given.
    refused: list[tuple[OutboxMessage, str]] = field(default_factory=list)
    # A queue had no room for it: no fault of the message.
    nacked: list[OutboxMessage] = field(default_factory=list)
    # Why the broker takes nothing at all.
    trouble: str = ""

    def held_up(self) -> set[str]:
        """Aggregates with a message that did not get through: what follows waits."""
        return {
            message.aggregate
            for message in [*self.nacked, *(one for one, _ in self.refused)]
        }


def publish(batch: Sequence[OutboxMessage]) -> Outcome:
    """Publish in waves: what follows in an aggregate goes once the earlier is in.

    A full queue could otherwise refuse the first and have room for the second.
    """
    outcome, left = Outcome(), list(batch)
    while left and not outcome.trouble:
        wave, left = _next_wave(left, outcome.held_up())
        for group in _groups(wave, outcome):
            _publish(group, outcome)
    return outcome


def _next_wave(
    left: list[OutboxMessage], held_up: set[str]
) -> tuple[list[OutboxMessage], list[OutboxMessage]]:
    """The first message of each aggregate, and what comes after those."""
    first: dict[str, OutboxMessage] = {}
    later = []
    for message in left:
        if message.aggregate in first:
            later.append(message)
        elif message.aggregate not in held_up:
            first[message.aggregate] = message
    return list(first.values()), later


def _groups(wave: list[OutboxMessage], outcome: Outcome) -> list[list[Parcel]]:
    """What travels together, and then each that could harm the others."""
    together: list[Parcel] = []
    alone: list[list[Parcel]] = []
    for message in wave:
        try:
            body = body_of(message)
        except ValueError as error:
            outcome.refused.append((message, f"{type(error).__name__}: {error}"))
            continue
        if message.refusals or len(body) > LARGE:
            alone.append([(message, body)])
        else:
            together.append((message, body))
    return [together, *alone] if together else alone


def _publish(parcels: list[Parcel], outcome: Outcome) -> None:
    if outcome.trouble:
        return
    result = publisher().publish(parcels)
    unknown = []
    for parcel in parcels:
        message = parcel[0]
        if message.pk in result.confirmed:
            outcome.sent.append(message)
        elif message.pk in result.nacked:
            outcome.nacked.append(message)
        else:
            unknown.append(parcel)
    if result.failure and not result.own_fault:
        outcome.trouble = result.failure
    elif result.failure and len(parcels) == 1 and unknown:
        outcome.refused.append((parcels[0][0], result.failure))
    else:
        # One of them is to blame: each by itself, to see which.
        for parcel in unknown:
            _publish([parcel], outcome)
