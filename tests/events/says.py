"""Events for tests, emitted the way the shop does."""

from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from events.models import OutboxMessage
from events.services import emit


def say(
    event_type: str = "order_paid", about: UUID | None = None, **payload: Any
) -> OutboxMessage:
    """An event that waits in the outbox."""
    with transaction.atomic():
        return emit(event_type, about or uuid4(), payload)
