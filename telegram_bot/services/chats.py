"""Chats: found, signed in and out, and what is remembered of a conversation."""

from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from accounts import services as accounts
from accounts.models import User
from telegram_bot.incoming import Incoming
from telegram_bot.models import Chat, Push

LANGUAGES = dict(settings.LANGUAGES)


def find_chat(incoming: Incoming) -> Chat:
    """The chat of a message, which shows that the bot may write there."""
    chat = Chat.objects.select_related("user").filter(chat_id=incoming.chat_id).first()
    chat = chat or Chat.objects.get_or_create(chat_id=incoming.chat_id)[0]
    code = incoming.language.partition("-")[0].lower()
    chat.client_language = code if code in LANGUAGES else ""
    chat.name = incoming.name
    chat.seen_at, chat.blocked_at = timezone.now(), None
    chat.save(update_fields=["client_language", "name", "seen_at", "blocked_at"])
    return chat


def language_of(chat: Chat) -> str:
    """In which the bot writes here: the account's, the chat's, or the shop's own."""
    own = chat.user.language if chat.user else ""
    return own or chat.language or chat.client_language or settings.LANGUAGE_CODE


def choose_language(chat: Chat, language: str) -> None:
    """Kept with the account too, whose letters are written in it."""
    chat.language = language
    chat.save(update_fields=["language"])
    if chat.account:
        accounts.remember_language(chat.account, language)


@transaction.atomic
def link(chat: Chat, user: User) -> None:
    """The user is signed in here; nothing that waited is for somebody else."""
    _drop_personal(chat)
    chat.user, chat.auth_hash = user, user.get_session_auth_hash()
    chat.linked_at, chat.draft = timezone.now(), {}
    chat.save(update_fields=["user", "auth_hash", "linked_at", "draft"])


@transaction.atomic
def unlink(chat: Chat) -> None:
    """Nobody is signed in here, and what waited for whoever was is dropped."""
    _drop_personal(chat)
    chat.user, chat.auth_hash, chat.linked_at = None, "", None
    chat.draft = {}
    chat.save(update_fields=["user", "auth_hash", "linked_at", "draft"])


def save_draft(chat: Chat, draft: dict[str, Any]) -> None:
    """The checkout that is under way; empty: there is none."""
    if draft != chat.draft:
        chat.draft = draft
        chat.save(update_fields=["draft"])


def remember_search(chat: Chat, query: str) -> None:
    chat.last_search = query
    chat.save(update_fields=["last_search"])


def set_reachable(chat_id: int, *, reachable: bool) -> None:
    """Whether the bot may write there, if the chat is one it knows."""
    blocked_at = None if reachable else timezone.now()
    Chat.objects.filter(chat_id=chat_id).update(blocked_at=blocked_at)


def note_blocked(chat: Chat) -> None:
    """The bot writes there no more until somebody writes to it."""
    chat.blocked_at = timezone.now()
    chat.save(update_fields=["blocked_at"])


def _drop_personal(chat: Chat) -> None:
    Push.objects.pending().filter(chat=chat, is_personal=True).delete()
