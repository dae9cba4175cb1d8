"""From an update to its answers: the one way for polling and webhook."""

import logging
from typing import Any

from django.core.exceptions import ValidationError
from django.db import InterfaceError, OperationalError
from django.utils import translation
from django.utils.translation import gettext as _

from shop.exceptions import DomainError
from telegram_bot import services
from telegram_bot.answering import delete_message, send_answers
from telegram_bot.exceptions import NotSignedIn, StaleButton
from telegram_bot.handlers import account, catalog, checkout, groups
from telegram_bot.incoming import Incoming, read_update
from telegram_bot.models import Chat
from telegram_bot.registry import buttons, commands
from telegram_bot.talk import Talk

logger = logging.getLogger(__name__)


def handle_update(raw: Any) -> None:
    """The update is answered, once however often it comes.

    Raises OperationalError or InterfaceError when the database does not answer, and
    ChatBusy: then it is to come again.
    """
    incoming = read_update(raw)
    if incoming is None:
        return
    if incoming.kind == "membership":
        services.set_reachable(incoming.chat_id, reachable=incoming.is_welcome)
        return
    # One after the other: whoever presses twice is answered in that order, and a
    # repeat of an update waits for the first and finds it done.
    with services.only_one("answer", incoming.chat_id):
        if services.take_update(incoming):
            _answer(incoming)
            services.finish_update(incoming)


def _answer(incoming: Incoming) -> None:
    if not incoming.is_private and not groups.is_asked(incoming):
        return
    chat = services.find_chat(incoming)
    talk = Talk(chat, incoming)
    with translation.override(services.language_of(chat)):
        _delete_secret(chat, incoming)
        try:
            _handle(talk)
        except (OperationalError, InterfaceError):
            raise
        except StaleButton:
            talk.tell(_("This button is out of date. Please begin anew: /products"))
        except NotSignedIn:
            account.ask_to_sign_in(talk)
        except DomainError as error:
            talk.tell(error)
        except ValidationError as error:
            talk.tell("\n".join(error.messages))
        except Exception:
            # What was said is not in the log: it may have been a password.
            logger.exception("No answer to Telegram update %s", incoming.update_id)
            talk.answers.clear()
            talk.tell(_("Something broke on our side. Please try again later."))
        send_answers(talk)


def _handle(talk: Talk) -> None:
    incoming = talk.incoming
    if not incoming.is_private:
        groups.answer(talk)
    elif account.is_turned_away(talk):
        return
    elif incoming.kind == "button":
        name, *words = incoming.data.split(":")
        if name not in checkout.BUTTONS:
            # Whoever does something else has left the checkout.
            services.save_draft(talk.chat, {})
        if name not in buttons:
            raise StaleButton
        buttons[name](talk, words)
    elif incoming.command is not None:
        services.save_draft(talk.chat, {})
        name, _bot, rest = incoming.command
        asked = commands.get(name) or commands["help"]
        asked.handle(talk, rest)
    elif not checkout.takes_text(talk):
        catalog.search(talk, incoming.text)


def _delete_secret(chat: Chat, incoming: Incoming) -> None:
    """A message that may hold a password goes first, whatever becomes of the rest."""
    if incoming.command is None:
        return
    name, _bot, rest = incoming.command
    if rest and name in commands and commands[name].is_secret:
        delete_message(chat, incoming)
