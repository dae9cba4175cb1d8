"""What nobody needs any more."""

from datetime import timedelta

from django.utils import timezone

from telegram_bot.models import Chat, Push, Update, UsedCode

# Telegram keeps an update for a day; after a week without any, numbers begin anew.
UPDATES = timedelta(days=3)
CODES = timedelta(days=1)
# Messages that were sent, and those that could not be.
SENT, FAILED = timedelta(days=7), timedelta(days=30)
DRAFTS = timedelta(days=1)


def forget_old() -> None:
    """Taken updates, used codes, messages and begun checkouts of long ago are gone."""
    now = timezone.now()
    Update.objects.filter(created_at__lt=now - UPDATES).delete()
    UsedCode.objects.filter(used_at__lt=now - CODES).delete()
    done = Push.objects.exclude(status=Push.Status.PENDING)
    done.filter(status=Push.Status.SENT, created_at__lt=now - SENT).delete()
    done.filter(created_at__lt=now - FAILED).delete()
    left = Chat.objects.exclude(draft={}).filter(seen_at__lt=now - DRAFTS)
    left.update(draft={})
