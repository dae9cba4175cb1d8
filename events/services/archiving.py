"""Old events leave the outbox, which stays small."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from events.models import ArchivedMessage, Delivery, OutboxMessage

BATCH = 1000
_KEPT = [field.attname for field in ArchivedMessage._meta.concrete_fields]


def archive() -> int:
    """What was sent more than OUTBOX_KEEP_DAYS ago is in the archive; how many moved.

    Whatever is parked stays, and so does what a subscriber has not answered. Each
    batch moves in one transaction.
    """
    before = timezone.now() - timedelta(days=settings.OUTBOX_KEEP_DAYS)
    moved = 0
    while batch := _move(before):
        moved += batch
    return moved


@transaction.atomic
def _move(before: datetime) -> int:
    unanswered = Delivery.objects.filter(message=OuterRef("pk")).exclude(
        status=Delivery.Status.DONE
    )
    # By their keys, which are times: the old ones are found without reading the new.
    old = (
        OutboxMessage.objects.filter(
            status=OutboxMessage.Status.SENT, sent_at__lt=before
        )
        .exclude(Exists(unanswered))
        .order_by("pk")
        .select_for_update(of=("self",), skip_locked=True)
    )
    messages = list(old[:BATCH])
    ArchivedMessage.objects.bulk_create(
        ArchivedMessage(**{name: getattr(message, name) for name in _KEPT})
        for message in messages
    )
    found = OutboxMessage.objects.filter(pk__in=[message.pk for message in messages])
    found.delete()
    return len(messages)
