"""What a handler has collected is sent, and nothing of it is lost."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from telegram_bot import services
from telegram_bot.exceptions import (
    BotBlocked,
    CallRefused,
    TelegramError,
    TooManyMessages,
)
from telegram_bot.incoming import Incoming
from telegram_bot.keyboards import Keyboard
from telegram_bot.models import Chat
from telegram_bot.pictures import photo_of
from telegram_bot.talk import Picture, Say, Show, ShowKeyboard, Talk
from telegram_bot.texts import CAPTION, MESSAGE, TOAST, shorten, split

if TYPE_CHECKING:
    from telegram_bot.client import Client

logger = logging.getLogger(__name__)

# Seconds that are waited out when Telegram asks to; after more, a push goes on.
SHORT_WAIT = 2


def send_answers(talk: Talk) -> None:
    """Everything has been sent, or waits as a push."""
    sender = _Sender(talk.chat, talk.incoming)
    if talk.incoming.callback_id:
        sender.answer_button(talk.told)
    for answer in talk.answers:
        match answer:
            case Say(text, keyboard):
                sender.say(text, keyboard)
            case Show(text, keyboard):
                sender.show(text, keyboard)
            case ShowKeyboard(keyboard):
                sender.show_keyboard(keyboard)
            case Picture(image, text, keyboard):
                sender.picture(photo_of(image), text, keyboard)


def delete_message(chat: Chat, incoming: Incoming) -> None:
    """What was written is gone, or a push will see to it."""
    if incoming.message_id is not None:
        _Sender(chat, incoming).delete(incoming.message_id)


@dataclass
class _Sender:
    chat: Chat
    incoming: Incoming
    # After one call without an answer the others are not tried: pushes are.
    is_silent: bool = False
    wait: timedelta = timedelta(0)

    def answer_button(self, text: str) -> None:
        """Too late for Telegram, it is not repeated: the moment is over."""
        callback, shown = self.incoming.callback_id, shorten(text, TOAST)
        self._try(lambda client: client.answer_button(callback, shown))

    def say(self, text: str, keyboard: Keyboard | None) -> None:
        *first, last = split(text)
        for part in first:
            self._say(part, None)
        self._say(last, keyboard)

    def show(self, text: str, keyboard: Keyboard | None) -> None:
        *first, last = split(text)
        head, head_keyboard = (first[0], None) if first else (last, keyboard)
        self._edit(
            lambda client, message_id: client.edit_text(
                self.chat.address, message_id, head, head_keyboard
            ),
            head,
            head_keyboard,
        )
        if first:
            self.say("\n".join([*first[1:], last]), keyboard)

    def show_keyboard(self, keyboard: Keyboard) -> None:
        """One that does not change is drawn anew by the next button."""
        if message_id := self.incoming.message_id:
            self._try(
                lambda client: client.edit_keyboard(
                    self.chat.address, message_id, keyboard
                )
            )

    def picture(
        self,
        photo: str | tuple[str, bytes] | None,
        text: str,
        keyboard: Keyboard | None,
    ) -> None:
        caption = shorten(text, CAPTION)
        if photo is not None and self._try(
            lambda client: client.send_photo(
                self.chat.address, photo, caption, keyboard
            )
        ):
            return
        self._say(shorten(text, MESSAGE), keyboard)

    def delete(self, message_id: int) -> None:
        done = self._try(
            lambda client: client.delete_message(self.chat.address, message_id)
        )
        if not done and self.is_silent:
            services.push_deletion(self.chat, message_id)

    def _say(self, text: str, keyboard: Keyboard | None) -> None:
        done = self._try(
            lambda client: client.send_text(self.chat.address, text, keyboard)
        )
        if not done and self.is_silent:
            services.push(self.chat, text, keyboard, wait=self.wait)

    def _edit(
        self,
        edit: "Callable[[Client, int], None]",
        text: str,
        keyboard: Keyboard | None,
    ) -> None:
        message_id = self.incoming.message_id
        if message_id is None or not self._try(lambda client: edit(client, message_id)):
            self._say(text, keyboard)

    def _try(self, call: "Callable[[Client], None]") -> bool:
        """Whether Telegram has done it."""
        if self.is_silent or self.chat.blocked_at:
            return False
        try:
            self._with_patience(call)
        except BotBlocked:
            services.note_blocked(self.chat)
        except CallRefused as error:
            # What is shown is what was to be shown.
            if "message is not modified" in str(error):
                return True
            logger.info("Telegram refuses an answer: %s", error)
        except TelegramError as error:
            logger.warning("An answer is held up: %s", error)
            self.is_silent = True
            if isinstance(error, TooManyMessages):
                self.wait = timedelta(seconds=error.retry_after)
        else:
            return True
        return False

    def _with_patience(self, call: "Callable[[Client], None]") -> None:
        # The library is of no use to the many processes that only serve pages.
        from telegram_bot.client import get_client

        client = get_client()
        try:
            call(client)
        except TooManyMessages as error:
            if error.retry_after > SHORT_WAIT:
                raise
            time.sleep(error.retry_after)
            call(client)
