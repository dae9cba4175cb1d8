"""The one door through which an event leaves."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from events.models import OutboxMessage
from events.waking import wake_relay
from shop.bulk import create_objects

_told: ContextVar[bool] = ContextVar("already_told", default=False)


def emit(event_type: str, aggregate: UUID, payload: dict[str, Any]) -> OutboxMessage:
    """Write the event into the caller's transaction: it leaves if the change stays."""
    return emit_many(event_type, [(aggregate, payload)])[0]


def emit_many(
    event_type: str, events: Iterable[tuple[UUID, dict[str, Any]]]
) -> list[OutboxMessage]:
    """The same for many things at once, in one statement."""
    if not transaction.get_connection().in_atomic_block:
        # Outside of one, the event could stay while the change is lost.
        raise RuntimeError(f"{event_type} must be emitted inside a transaction")
    told = _told.get()
    told_as = {"status": OutboxMessage.Status.SENT, "sent_at": timezone.now()}
    messages = [
        OutboxMessage(
            event_type=event_type,
            aggregate=str(aggregate),
            payload={key: _plain(value) for key, value in payload.items()},
            **(told_as if told else {}),
        )
        for aggregate, payload in events
    ]
    create_objects(OutboxMessage, messages)
    if messages and not told:
        wake_relay()
    return messages


@contextmanager
def already_told() -> Iterator[None]:
    """What happens inside is nobody's news: its events count as sent.

    For demo data, whose customers must get no letters.
    """
    token = _told.set(True)
    try:
        yield
    finally:
        _told.reset(token)


def _plain(value: Any) -> Any:
    """Ids and money travel as strings: JSON numbers would round the money."""
    return str(value) if isinstance(value, UUID | Decimal) else value
