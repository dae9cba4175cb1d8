"""What changes for the bot: chats, their updates and what they are sent."""

from telegram_bot.services.bots import bot_link, bot_username, remember_bot
from telegram_bot.services.chats import (
    choose_language,
    find_chat,
    language_of,
    link,
    note_blocked,
    remember_search,
    save_draft,
    set_reachable,
    unlink,
)
from telegram_bot.services.forgetting import forget_old, forget_orders, forget_user
from telegram_bot.services.linking import CODE_MINUTES, link_by_code, make_code
from telegram_bot.services.locking import only_one
from telegram_bot.services.ordering import (
    cancel_from,
    chats_that_ordered,
    order_key,
)
from telegram_bot.services.pushing import (
    note_told,
    push,
    push_deletion,
    push_line,
    retry_pushes,
    send_due_pushes,
    send_pushes,
)
from telegram_bot.services.signing_in import (
    log_in,
    log_in_by_code,
    register,
    visitor_key,
)
from telegram_bot.services.updates import finish_update, take_update

__all__ = [
    "CODE_MINUTES",
    "bot_link",
    "bot_username",
    "cancel_from",
    "chats_that_ordered",
    "choose_language",
    "find_chat",
    "finish_update",
    "forget_old",
    "forget_orders",
    "forget_user",
    "language_of",
    "link",
    "link_by_code",
    "log_in",
    "log_in_by_code",
    "make_code",
    "note_blocked",
    "note_told",
    "only_one",
    "order_key",
    "push",
    "push_deletion",
    "push_line",
    "register",
    "remember_bot",
    "remember_search",
    "retry_pushes",
    "save_draft",
    "send_due_pushes",
    "send_pushes",
    "set_reachable",
    "take_update",
    "unlink",
    "visitor_key",
]
