"""The one place that speaks with Telegram's Bot API.

pyTelegramBotAPI knows the methods; how a call travels is decided in `_send`: in the
body (as it does by itself, a long text would be a longer address than servers read),
never redirected, and with errors that do not hold the address, for that holds the
token.
"""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import requests
import telebot
from django.conf import settings
from telebot import apihelper, types

from telegram_bot.exceptions import (
    BotBlocked,
    CallRefused,
    Conflict,
    TelegramError,
    TokenRefused,
    TooManyMessages,
    Unreachable,
)
from telegram_bot.keyboards import Keyboard
from telegram_bot.pictures import Photo

# Seconds.
CONNECT_TIMEOUT = 4
READ_TIMEOUT = 10
POLL_SECONDS = 25
# Updates a call.
BATCH = 50
# What the bot asks to be told of.
UPDATES = ["message", "callback_query", "my_chat_member"]


# Whoever draws a preview opens the link, and those to orders are personal.
_NO_PREVIEW = types.LinkPreviewOptions(is_disabled=True)

# The library would write to the error stream past our own logs.
telebot.logger.handlers.clear()


class Client:
    """The methods that the bot uses. Each may raise a TelegramError, and no other.

    What Telegram answers to a message is not looked into: it was sent.
    """

    def __init__(self, token: str) -> None:
        telebot.util.validate_token(token)
        self._token = token

    def get_username(self) -> str:
        """The bot's name; empty where a server of somebody's own does not tell it."""
        bot = apihelper.get_me(self._token)
        return str(bot.get("username") or "") if isinstance(bot, dict) else ""

    def get_updates(self, offset: int | None, seconds: int) -> list[Any]:
        """What came from `offset` on, as JSON; waits so long for the first."""
        answer = apihelper.get_updates(
            self._token,
            offset=offset,
            limit=BATCH,
            allowed_updates=UPDATES,
            long_polling_timeout=seconds,
        )
        return answer if isinstance(answer, list) else []

    def send_text(self, chat: int, text: str, keyboard: Keyboard | None = None) -> None:
        apihelper.send_message(
            self._token,
            chat,
            text,
            reply_markup=_markup(keyboard),
            link_preview_options=_NO_PREVIEW,
        )

    def send_photo(
        self,
        chat: int,
        photo: Photo,
        caption: str,
        keyboard: Keyboard | None = None,
    ) -> None:
        apihelper.send_photo(
            self._token, chat, photo, caption, reply_markup=_markup(keyboard)
        )

    def edit_text(
        self, chat: int, message_id: int, text: str, keyboard: Keyboard | None
    ) -> None:
        apihelper.edit_message_text(
            self._token,
            text,
            chat,
            message_id,
            reply_markup=_markup(keyboard),
            link_preview_options=_NO_PREVIEW,
        )

    def edit_keyboard(self, chat: int, message_id: int, keyboard: Keyboard) -> None:
        apihelper.edit_message_reply_markup(
            self._token, chat, message_id, reply_markup=_markup(keyboard)
        )

    def delete_message(self, chat: int, message_id: int) -> None:
        apihelper.delete_message(self._token, chat, message_id)

    def answer_button(self, callback_id: str, text: str = "") -> None:
        apihelper.answer_callback_query(self._token, callback_id, text or None)

    def set_commands(
        self, commands: Iterable[tuple[str, str]], language: str | None = None
    ) -> None:
        """The commands and what they do, as the menu of private chats shows them."""
        named = [types.BotCommand(name, what) for name, what in commands]
        scope = types.BotCommandScopeAllPrivateChats()
        apihelper.set_my_commands(self._token, named, scope, language)

    def set_webhook(self, url: str, secret: str) -> None:
        apihelper.set_webhook(
            self._token, url, allowed_updates=UPDATES, secret_token=secret
        )

    def delete_webhook(self) -> None:
        """What came meanwhile stays, and is given to whoever asks next."""
        apihelper.delete_webhook(self._token)


def get_client() -> Client:
    """The client of TELEGRAM_BOT_TOKEN. ValueError when it cannot be one."""
    # Of the whole process: the library knows no other way.
    apihelper.API_URL = settings.TELEGRAM_API_URL + "/bot{0}/{1}"
    apihelper.CUSTOM_REQUEST_SENDER = _send  # type: ignore[assignment]
    apihelper.CONNECT_TIMEOUT = CONNECT_TIMEOUT
    apihelper.READ_TIMEOUT = READ_TIMEOUT
    return _client(settings.TELEGRAM_BOT_TOKEN)


@lru_cache(maxsize=4)
def _client(token: str) -> Client:
    return Client(token)


@lru_cache(maxsize=1)
def _session() -> requests.Session:
    """Connections that are kept, for all threads of the process."""
    return requests.Session()


def close_connections() -> None:
    """None is open any more; the next call opens one."""
    _session().close()


def _markup(keyboard: Keyboard | None) -> types.InlineKeyboardMarkup | None:
    rows = [row for row in keyboard or [] if row]
    if not rows:
        return None
    markup: types.InlineKeyboardMarkup = types.InlineKeyboardMarkup.de_json(
        {"inline_keyboard": rows}
    )
    return markup


def _send(
    method: str, url: str, params: Any, files: Any, timeout: Any, proxies: Any
) -> requests.Response:
    """How the library's calls travel; what is returned has been done."""
    name = url.rpartition("/")[2]
    failure: TelegramError
    try:
        response = _session().post(
            url, data=params, files=files, timeout=timeout, allow_redirects=False
        )
    except requests.RequestException as error:
        failure = Unreachable(f"{name}: {type(error).__name__}")
    else:
        answer = _json(response)
        if answer.get("ok"):
            return response
        failure = _refusal(name, response.status_code, answer)
    # Not above, where it would bring along an error that holds the address.
    raise failure


def _json(response: requests.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except requests.JSONDecodeError:  # not Telegram, but some proxy before it
        return {}
    return answer if isinstance(answer, dict) else {}


def _refusal(name: str, status: int, answer: dict[str, Any]) -> TelegramError:
    code = answer.get("error_code", status)
    text = f"{name}: {code} {answer.get('description', '')}".strip()[:500]
    more = answer.get("parameters") or {}
    if code == 429:
        return TooManyMessages(text, int(more.get("retry_after", 1)))
    if code in (401, 404):
        return TokenRefused(text)
    if code == 403:
        return BotBlocked(text)
    if code == 409:
        return Conflict(text)
    if 400 <= code < 500:
        return CallRefused(text, more.get("migrate_to_chat_id"))
    return Unreachable(text)
