"""From the outbox to the broker and to the subscribers."""

from django.utils import timezone

from events.models import OutboxMessage
from events.services.delivering import hand_over

BATCH = 100


def relay() -> int:
    """Carry out what is pending; how many messages were sent."""
    sent = 0
    while batch := list(OutboxMessage.objects.pending().in_order()[:BATCH]):
        hand_over(batch, sent_at=timezone.now())
        sent += len(batch)
    return sent
