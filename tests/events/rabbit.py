"""What arrives at RabbitMQ, as a consumer sees it."""

from contextlib import suppress
from itertools import count
from typing import Any

from amqp.exceptions import AMQPError
from django.conf import settings
from kombu import Connection, Exchange, Queue
from kombu.message import Message

from tests.faults.database import own_name

_numbers = count(1)


class Inbox:
    """A queue of this test alone, bound to the events before they are sent."""

    def __init__(self, url: str, key: str = "#", **arguments: Any) -> None:
        self._connection = Connection(url, connect_timeout=5)
        exchange = Exchange(settings.OUTBOX_EXCHANGE, type="topic", durable=True)
        self._queue = Queue(
            own_name(f"inbox{next(_numbers)}"),
            exchange,
            routing_key=key,
            queue_arguments=arguments,
        )(self._connection.default_channel)
        self._queue.declare()

    def messages(self) -> list[Message]:
        """All that is there: what was confirmed has arrived."""
        found = []
        while message := self._queue.get(no_ack=True):
            found.append(message)
        return found

    def ids(self) -> list[str]:
        return [message.properties["message_id"] for message in self.messages()]

    def close(self) -> None:
        with suppress(AMQPError):
            self._queue.delete()
        self._connection.release()


def delete_exchange(url: str) -> None:
    """What the shop declared is gone, as if somebody had cleared the broker."""
    with Connection(url, connect_timeout=5) as broker:
        Exchange(settings.OUTBOX_EXCHANGE, channel=broker.default_channel).delete()
