"""Long polling: ask Telegram for updates, answer them, ask for what follows."""

import logging
import threading
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import (
    InterfaceError,
    OperationalError,
    close_old_connections,
    reset_queries,
)
from django.utils import translation

from telegram_bot import services
from telegram_bot.client import POLL_SECONDS, Client, get_client
from telegram_bot.dispatch import handle_update
from telegram_bot.exceptions import (
    ChatBusy,
    Conflict,
    TelegramError,
    TokenRefused,
    TooManyMessages,
)
from telegram_bot.registry import menu

logger = logging.getLogger(__name__)

# Seconds between tries; each wait is twice the one before.
FIRST_WAIT, LONGEST_WAIT = 1, 60
CONFLICT_WAIT = 10


class Stopped(Exception):
    """The process was asked to end while it only waited for Telegram."""


class Poller:
    """Answers updates until it is stopped, whatever goes down meanwhile."""

    def __init__(self, say: Callable[[str], object]) -> None:
        self._say = say
        self._over = threading.Event()
        self._waits_for_telegram = False
        # The first update that is not answered yet, as far as known.
        self._offset: int | None = None
        self._wait = FIRST_WAIT

    def finish(self) -> None:
        """It ends after the update that is being answered, or the next question."""
        self._over.set()

    def stop(self) -> None:
        """The same, and it does not wait for Telegram any more.

        For the handler of a signal: it runs in the thread that waits.
        """
        self.finish()
        if self._waits_for_telegram:
            raise Stopped

    def run(self) -> None:
        """Ends when it is stopped. TokenRefused: there is no such bot."""
        try:
            if self._until_it_works(self._introduce):
                while not self._over.is_set():
                    self._until_it_works(self._poll)
        except Stopped:
            return

    def _introduce(self) -> None:
        client = get_client()
        username = client.get_username()
        services.remember_bot(username)
        if url := client.get_webhook():
            client.delete_webhook()
            self._say(f"Updates went to {url}. They come here now.")
        set_menus(client)
        self._say(f"@{username} listens.")

    def _poll(self) -> None:
        self._waits_for_telegram = True
        try:
            updates = get_client().get_updates(self._offset, POLL_SECONDS)
        finally:
            self._waits_for_telegram = False
        for update in updates:
            if self._over.is_set():
                return
            handle_update(update)
            # Telegram forgets it with the next question: not before it is answered.
            self._offset = _following(update, self._offset)
            self._wait = FIRST_WAIT
            reset_queries()

    def _until_it_works(self, do: Callable[[], None]) -> bool:
        """Tried until it succeeds; False when it was stopped before."""
        while not self._over.is_set():
            close_old_connections()
            try:
                do()
            except TokenRefused:
                raise
            except Conflict:
                self._say(
                    "Telegram gives the updates to somebody else: another process asks"
                    " with this token. Waiting for it to end."
                )
                self._over.wait(CONFLICT_WAIT)
            except TooManyMessages as error:
                self._over.wait(error.retry_after)
            except (TelegramError, OperationalError, InterfaceError, ChatBusy) as error:
                logger.warning("The bot waits %s s: %s", self._wait, error)
                self._over.wait(self._wait)
                self._wait = min(self._wait * 2, LONGEST_WAIT)
            else:
                self._wait = FIRST_WAIT
                return True
            finally:
                # Whoever only waits holds no connection that others could use.
                close_old_connections()
        return False


def set_menus(client: Client) -> None:
    """Each language has its menu, and all others that of the shop."""
    for language in [None, *(code for code, _name in settings.LANGUAGES)]:
        with translation.override(language or settings.LANGUAGE_CODE):
            known = [(command.name, str(command.what)) for command in menu()]
        client.set_commands(known, language)


def _following(update: Any, offset: int | None) -> int | None:
    number = update.get("update_id") if isinstance(update, dict) else None
    return number + 1 if isinstance(number, int) else offset
