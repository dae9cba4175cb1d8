"""A chat signs in as a browser does: counted, and with its cart brought along."""

from importlib import import_module
from ipaddress import IPv6Address

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest

from accounts import services as accounts
from accounts.models import User
from cart.services import SESSION_KEY
from telegram_bot.models import Chat
from telegram_bot.services.chats import link
from telegram_bot.services.linking import link_by_code

# Unique local addresses (RFC 4193), of which no client of the web has one.
_LOCAL = 0xFD << 120


def log_in(chat: Chat, email: str, password: str) -> User:
    """The user of this password is signed in here.

    Raises InvalidCredentials, and TooManyAttempts by this chat.
    """
    request = _request_of(chat)
    user = accounts.check_credentials(request, email, password)
    link(chat, user)
    accounts.welcome(request, user)
    return user


def register(chat: Chat, email: str, password: str, full_name: str = "") -> User:
    """A new customer is signed in here. The caller has validated the password.

    Raises EmailTaken.
    """
    with transaction.atomic():
        user = accounts.register_user(email, password, full_name)
        link(chat, user)
    accounts.welcome(_request_of(chat), user)
    return user


def log_in_by_code(chat: Chat, code: str) -> User:
    """The user who was shown the code is signed in here. Raises LinkCodeRefused."""
    user = link_by_code(chat, code)
    accounts.welcome(_request_of(chat), user)
    return user


def visitor_key(chat: Chat) -> str:
    """Names the cart that the chat fills before somebody signs in."""
    return f"tg-{chat.chat_id}"


def _request_of(chat: Chat) -> HttpRequest:
    """What stands for a browser's request: with the chat's own address and cart.

    Each chat has a whole /64, by which wrong passwords are counted.
    """
    request = HttpRequest()
    request.method, request.path = "POST", "/telegram/"
    network = chat.chat_id % 2**56
    request.META["REMOTE_ADDR"] = str(IPv6Address(_LOCAL | network << 64))
    # Never saved.
    request.session = import_module(settings.SESSION_ENGINE).SessionStore()
    request.session[SESSION_KEY] = visitor_key(chat)
    return request
