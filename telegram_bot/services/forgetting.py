"""What nobody needs any more, and who wants to be forgotten."""

from collections.abc import Iterable
from datetime import timedelta
from uuid import UUID

from django.utils import timezone

from accounts.models import User
from cart.services import forget_cart
from shop import audit
from telegram_bot.models import Chat, Push, Update, UsedCode

# Telegram keeps an update for a day; after a week without any, numbers begin anew.
UPDATES = timedelta(days=3)
CODES = timedelta(days=1)
# Messages that were sent, and those that could not be.
SENT, FAILED = timedelta(days=7), timedelta(days=30)
DRAFTS = timedelta(days=1)
# Messages that are deleted in one statement.
MANY = 500


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


def forget_user(user: User) -> None:
    """The chats that the user is signed in to are as if they had never been.

    With what was sent there, and the cart that was filled before signing in. A chat of
    staff comes back, without a user, with the next message to it.
    """
    from telegram_bot.services.signing_in import visitor_key

    chats = list(Chat.objects.filter(user=user).order_by("pk"))
    for chat in chats:
        forget_cart(f"anon:{visitor_key(chat)}")
    audit.forget_row_names(Chat, [chat.pk for chat in chats])
    # Their numbers go on to say that an update was taken, and not by whom.
    numbers = [chat.chat_id for chat in chats]
    Update.objects.filter(chat_id__in=numbers).update(chat_id=0)
    Chat.objects.filter(pk__in=[chat.pk for chat in chats]).delete()


def forget_orders(ids: Iterable[UUID], events: Iterable[UUID]) -> None:
    """What chats, of staff too, were told of these orders and by these events."""
    kinds = ("created", "paid", "shipped", "completed", "canceled", "refunded")
    about = [f"order_{kind}:{pk}" for pk in ids for kind in kinds]
    about += [f"new_order:{pk}" for pk in events]
    for start in range(0, len(about), MANY):
        Push.objects.filter(about__in=about[start : start + MANY]).delete()
