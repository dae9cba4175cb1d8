"""Long polling: ask Telegram for updates, answer them, ask for what follows."""

import logging
import threading
import time
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
# Between two questions that are answered at once, with nothing.
PAUSE = 0.2


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
        try:
            set_menus(client)
        except TelegramError as error:
            # People can write commands without being shown them.
            logger.warning("The menu of commands is not told: %s", error)
        self._say(f"@{username} listens." if username else "The bot listens.")

    def _poll(self) -> None:
        asked_at = time.monotonic()
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
        if not updates and time.monotonic() - asked_at < PAUSE:
            # A server that answers at once would be asked without end.
            self._over.wait(PAUSE)

    def _until_it_works(self, do: Callable[[], None]) -> bool:
        """Tried until it succeeds; False when it was stopped before."""
        while not self._over.is_set():
            close_old_connections()
            try:
                do()
            except TokenRefused:
                raise
            except Conflict as error:
                self._give_way(error)
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

    def _give_way(self, conflict: Conflict) -> None:
        """Updates go to somebody else: to a webhook, which ends, or another process."""
        if "webhook" not in str(conflict):
            self._say(
                "Telegram gives the updates to somebody else: another process asks with"
                " this token. Waiting for it to end."
            )
            self._over.wait(CONFLICT_WAIT)
            return
        try:
            get_client().delete_webhook()
        except TelegramError as error:
            logger.warning("The webhook cannot be deleted: %s", error)
            self._over.wait(CONFLICT_WAIT)
        else:
            self._say("Updates went to a webhook. They come here now.")


def set_menus(client: Client) -> None:
    """Each language has its menu, and all others that of the shop."""
    for language in [None, *(code for code, _name in settings.LANGUAGES)]:
        with translation.override(language or settings.LANGUAGE_CODE):
            known = [(command.name, str(command.what)) for command in menu()]
        client.set_commands(known, language)


def _following(update: Any, offset: int | None) -> int | None:
    number = update.get("update_id") if isinstance(update, dict) else None
    return number + 1 if isinstance(number, int) else offset
