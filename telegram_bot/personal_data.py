"""Somebody's chats with the bot."""

from typing import Any

from accounts.personal import Person, PersonalData, register
from events.models import ArchivedMessage, OutboxMessage
from orders.personal_data import orders_of
from telegram_bot import services
from telegram_bot.models import Chat


@register
class Chats(PersonalData):
    name = "telegram"
    lets_go_of = (Chat,)

    def collect(self, person: Person) -> Any:
        if person.user is None:
            return None
        return [
            {
                "chat": chat.chat_id,
                "name": chat.name,
                "language": chat.language or chat.client_language,
                "signed_in_at": chat.linked_at,
                "first_message_at": chat.created_at,
                "last_message_at": chat.seen_at,
                "last_search": chat.last_search,
                "checkout_under_way": chat.draft,
                "messages": list(
                    chat.pushes.order_by("id").values("text", "status", "created_at")
                ),
            }
            for chat in Chat.objects.linked_to(person.user)
        ]

    def forget(self, person: Person) -> None:
        # By now they bear the person's alias.
        orders = list(orders_of(person).values_list("pk", flat=True))
        names = [str(pk) for pk in orders]
        placed = [
            pk
            for model in (OutboxMessage, ArchivedMessage)
            for pk in model.objects.filter(
                event_type="order_created", aggregate__in=names
            ).values_list("pk", flat=True)
        ]
        services.forget_orders(orders, placed)
        if person.user:
            services.forget_user(person.user)
