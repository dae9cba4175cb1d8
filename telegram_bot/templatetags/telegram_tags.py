"""What pages of other apps show of the bot."""

from typing import Any

from django import template
from django.conf import settings

from telegram_bot import services
from telegram_bot.models import Chat

register = template.Library()


@register.inclusion_tag("telegram_bot/includes/account_panel.html", takes_context=True)
def telegram_panel(context: dict[str, Any]) -> dict[str, Any]:
    """A new code to link a chat by, and the chats that are linked; nothing without a
    bot.
    """
    if not settings.TELEGRAM_BOT_TOKEN:
        return {}
    user = context["user"]
    code = services.make_code(user)
    return {
        "code": code,
        "link": services.bot_link(code),
        "chats": Chat.objects.linked_to(user),
        "minutes": services.CODE_MINUTES,
        "csrf_token": context.get("csrf_token"),
    }
