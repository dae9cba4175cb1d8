"""Each update is answered once; one whose answer died on the way, again."""

import logging

from django.db.models import F
from django.utils import timezone

from telegram_bot.incoming import Incoming
from telegram_bot.models import Update

logger = logging.getLogger(__name__)

# Deaths after which an update is left alone: it may be what kills.
MAX_ATTEMPTS = 10


def take_update(incoming: Incoming) -> bool:
    """Whether it is still to be answered. The caller holds the chat."""
    update, _created = Update.objects.get_or_create(
        update_id=incoming.update_id, defaults={"chat_id": incoming.chat_id}
    )
    if update.handled_at is not None:
        return False
    if update.attempts >= MAX_ATTEMPTS:
        logger.error("Telegram update %s is given up", update.pk)
        finish_update(incoming)
        return False
    Update.objects.filter(pk=update.pk).update(attempts=F("attempts") + 1)
    return True


def finish_update(incoming: Incoming) -> None:
    """It is not answered again."""
    answered = Update.objects.filter(pk=incoming.update_id)
    answered.update(handled_at=timezone.now())
