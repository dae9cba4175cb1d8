"""The bot in the back office: whose chats there are, and what could not be sent."""

import re
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from shop.admin_lists import BoundedListAdmin
from telegram_bot import services
from telegram_bot.models import Chat, Push

# As many digits as fit into a BIGINT.
NUMBER = re.compile(r"-?[0-9]{1,18}", re.ASCII)


class ReadOnlyAdmin(BoundedListAdmin):
    # The chat's number, found when all of it is written.
    number_field = "chat_id"

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if NUMBER.fullmatch(search_term.strip()):
            return queryset.filter(**{self.number_field: int(search_term)}), False
        return super().get_search_results(request, queryset, search_term)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Chat)
class ChatAdmin(ReadOnlyAdmin):
    list_display = ["chat_id", "name", "user", "linked_at", "seen_at", "blocked_at"]
    list_select_related = ["user"]
    search_fields = ["name", "user__email"]
    fields = [
        "chat_id",
        "name",
        "user",
        "language",
        "linked_at",
        "seen_at",
        "blocked_at",
    ]
    readonly_fields = fields
    actions = ["unlink"]

    @admin.action(description=_("Sign out in selected chats"), permissions=["change"])
    def unlink(self, request: HttpRequest, queryset: QuerySet[Chat]) -> None:
        chats = list(queryset.exclude(user=None))
        for chat in chats:
            services.unlink(chat)
        told = ngettext(
            "%(n)d chat is signed out.", "%(n)d chats are signed out.", len(chats)
        )
        self.message_user(request, told % {"n": len(chats)})


@admin.register(Push)
class PushAdmin(ReadOnlyAdmin):
    """To read, and to send once more what could not be sent."""

    list_display = ["created_at", "chat", "about", "status", "attempts", "last_error"]
    list_filter = ["status"]
    list_select_related = ["chat"]
    search_fields = ["about", "chat__name"]
    number_field = "chat__chat_id"
    fields = [
        "chat", "about", "text", "status", "attempts", "last_error",
        "next_attempt_at", "created_at", "sent_at",
    ]  # fmt: skip
    readonly_fields = fields
    actions = ["retry"]

    @admin.action(description=_("Send once more"), permissions=["change"])
    def retry(self, request: HttpRequest, queryset: QuerySet[Push]) -> None:
        count = services.retry_pushes(queryset)
        told = ngettext(
            "%(n)d message will be sent again.",
            "%(n)d messages will be sent again.",
            count,
        )
        self.message_user(request, told % {"n": count})
