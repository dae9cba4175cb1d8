"""The door to RabbitMQ: events go to a durable topic exchange and are confirmed there.

Confirms come for many messages at a time, so a batch costs about one round trip. No
message is `mandatory`: RabbitMQ confirms also what no queue is bound for, and so an
event that nobody waits for is sent all the same.
"""

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from amqp.exceptions import AMQPError
from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from kombu import Connection, Exchange

from events.models import OutboxMessage
from shop.broker import connect_to_broker

# Seconds.
CONFIRM_TIMEOUT = 10
# What RabbitMQ closes a channel with when a message itself is at fault: too large.
OWN_FAULTS = {311, 406}
LONGEST_KEY = 255
PERSISTENT = 2

# A message and its body.
Parcel = tuple[OutboxMessage, bytes]


@dataclass
class Round:
    """What became of the messages that were published together.

    Those in neither set are unknown: `failure` says why. With `own_fault` one of them
    is to blame, and the broker itself is well; with `lost` the connection was not, and
    a new one may be.
    """

    confirmed: set[UUID] = field(default_factory=set)
    nacked: set[UUID] = field(default_factory=set)
    failure: str = ""
    own_fault: bool = False
    lost: bool = False


def body_of(message: OutboxMessage) -> bytes:
    """What travels, of a message read `with_body`; ValueError if it cannot."""
    if len(message.routing_key.encode()) > LONGEST_KEY:
        raise ValueError("The routing key is longer than 255 bytes.")
    return message.body.encode()


class Publisher:
    """A connection that is opened when needed, and dropped after any trouble."""

    def __init__(self) -> None:
        self.url = settings.RABBITMQ_URL
        self._process = os.getpid()
        self._connection: Connection | None = None
        self._channel: Any = None
        # Of this channel: the number of the last message, and whose confirm is due.
        self._tag = 0
        self._due: dict[int, UUID] = {}
        self._round = Round()

    def publish(self, messages: Sequence[Parcel]) -> Round:
        """Send them in this order and wait until each is confirmed or refused.

        Never raises for the broker's sake. A connection that turns out to have been
        lost while nobody used it is opened anew, once.
        """
        reused = self._channel is not None
        first = self._publish(messages)
        if not (reused and first.lost):
            return first
        settled = first.confirmed | first.nacked
        again = self._publish([pair for pair in messages if pair[0].pk not in settled])
        again.confirmed |= first.confirmed
        again.nacked |= first.nacked
        return again

    def is_mine(self) -> bool:
        """Not in a forked child: it must leave its parent's connection alone."""
        return self._process == os.getpid()

    def __del__(self) -> None:
        """The thread has ended."""
        if self.is_mine():
            self._drop()

    def close(self) -> None:
        """The broker is told that this was all."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            connection.release()

    def _drop(self) -> None:
        """Nothing is said to the broker, which may be half dead."""
        connection, self._connection, self._channel = self._connection, None, None
        if connection is not None:
            connection.collect()

    def _publish(self, messages: Sequence[Parcel]) -> Round:
        self._round = result = Round()
        try:
            channel = self._open_channel()
            for message, body in messages:
                self._send(channel, message, body)
            self._wait_for_confirms(channel)
        except SoftTimeLimitExceeded:
            self._drop()
            raise
        except Exception as error:  # whatever a driver raises, the connection is done
            self._drop()
            result.failure = f"{type(error).__name__}: {error}"
            code = error.reply_code if isinstance(error, AMQPError) else None
            result.own_fault = code in OWN_FAULTS and self._tag > 0
            # Who does not answer on one connection does not answer on another.
            result.lost = not (result.own_fault or isinstance(error, TimeoutError))
        return result

    def _open_channel(self) -> Any:
        if self._channel is not None:
            return self._channel
        self._tag, self._due = 0, {}
        connection = connect_to_broker()
        try:
            channel = connection.channel()
            exchange_of(channel).declare()
            channel.confirm_select()
        except BaseException:
            connection.collect()
            raise
        channel.events["basic_ack"].add(self._on_ack)
        channel.events["basic_nack"].add(self._on_nack)
        self._connection, self._channel = connection, channel
        return channel

    def _send(self, channel: Any, message: OutboxMessage, body: bytes) -> None:
        self._tag += 1
        self._due[self._tag] = message.pk
        channel.basic_publish(
            channel.prepare_message(
                body,
                content_type="application/json",
                content_encoding="utf-8",
                headers={"aggregate": message.aggregate},
                properties={
                    "delivery_mode": PERSISTENT,
                    "message_id": str(message.pk),
                    "type": message.event_type,
                    "timestamp": int(message.created_at.timestamp()),
                },
            ),
            exchange=settings.OUTBOX_EXCHANGE,
            routing_key=message.routing_key,
        )

    def _wait_for_confirms(self, channel: Any) -> None:
        deadline = time.monotonic() + CONFIRM_TIMEOUT
        while self._due:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError(f"no confirm within {CONFIRM_TIMEOUT} s")
            channel.connection.drain_events(timeout=left)

    def _on_ack(self, tag: int, multiple: bool) -> None:
        self._round.confirmed.update(self._settle(tag, multiple))

    def _on_nack(self, tag: int, multiple: bool) -> None:
        self._round.nacked.update(self._settle(tag, multiple))

    def _settle(self, tag: int, multiple: bool) -> list[UUID]:
        """The messages that the broker speaks of: this one, or all up to it."""
        tags = [due for due in self._due if due <= tag] if multiple else [tag]
        return [self._due.pop(one) for one in tags if one in self._due]


def exchange_of(channel: Any) -> Exchange:
    """`shop_events`, where every event goes."""
    return Exchange(
        settings.OUTBOX_EXCHANGE, type="topic", durable=True, channel=channel
    )


_own = threading.local()


def publisher() -> Publisher:
    """This thread's own."""
    found: Publisher | None = getattr(_own, "publisher", None)
    if found is None or not found.is_mine() or found.url != settings.RABBITMQ_URL:
        found = _own.publisher = Publisher()
    return found


def close_publisher() -> None:
    """This thread's connection is closed, if it has one."""
    found: Publisher | None = _own.__dict__.pop("publisher", None)
    if found is not None and found.is_mine():
        found.close()
