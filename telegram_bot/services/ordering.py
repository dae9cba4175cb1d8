"""Orders placed and canceled in a chat: its pushes do not repeat what it knows."""

import re

from django.db import transaction

from accounts.models import User
from orders import services as orders
from orders.models import Order
from telegram_bot.models import Chat
from telegram_bot.services.pushing import note_told

_KEY = re.compile(r"telegram-([0-9]{1,18})-\w+", re.ASCII)


def order_key(chat: Chat, purchase: object) -> str:
    """The idempotency key of one purchase in this chat."""
    return f"telegram-{chat.pk}-{purchase}"


def chats_that_ordered(order: Order) -> set[int]:
    """The rows of chats in which it was placed: they have been answered."""
    # Any client may send a key that looks like one of ours.
    found = (_KEY.fullmatch(key) for key in orders.keys_of(order))
    return {int(match[1]) for match in found if match}


def cancel_from(chat: Chat, order: Order, user: User) -> Order:
    """The order is canceled, once, and the chat is not told of it by a push."""
    with transaction.atomic():
        canceled = orders.cancel_order(order.pk, actor=user)
        note_told(chat, f"order_canceled:{order.pk}")
    return canceled
