"""Events for tests, emitted the way the shop does, and what has become of them."""

from typing import Any
from uuid import UUID, uuid4

from django.db import connection, transaction

from events.models import OutboxMessage
from events.services import emit

# One byte more than RabbitMQ takes.
TOO_LARGE = 128 * 1024**2 + 1


def say(
    event_type: str = "thing_changed", about: UUID | None = None, **payload: Any
) -> OutboxMessage:
    """An event that waits in the outbox."""
    with transaction.atomic():
        return emit(event_type, about or uuid4(), payload)


def say_too_much(about: UUID | None = None) -> OutboxMessage:
    """An event that RabbitMQ refuses, whatever else happens. On PostgreSQL."""
    message = say(about=about)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE outbox_messages"
            " SET payload = jsonb_build_object('x', repeat('x', %s)) WHERE id = %s",
            [TOO_LARGE, message.pk],
        )
    return message


def unsayable(about: UUID | None = None) -> OutboxMessage:
    """An event that cannot even be written down for RabbitMQ: its key is too long."""
    return say("😀" * 64, about)


def state(message: OutboxMessage) -> tuple[str, int, int]:
    """Status, attempts, refusals."""
    message.refresh_from_db(fields=["status", "attempts", "refusals", "last_error"])
    return message.status, message.attempts, message.refusals
