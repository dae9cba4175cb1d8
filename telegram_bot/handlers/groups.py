"""In a group everybody reads along: there the bot only says where it is to be found."""

from django.utils.translation import gettext as _

from telegram_bot import services
from telegram_bot.incoming import Incoming
from telegram_bot.talk import Talk


def is_asked(incoming: Incoming) -> bool:
    """Whether this is a button, or a command for this bot and no other one."""
    if incoming.kind == "button":
        return True
    if incoming.command is None:
        return False
    _name, bot, _rest = incoming.command
    return not bot or bot.lower() == services.bot_username().lower()


def answer(talk: Talk) -> None:
    alone = _("I answer in private only.")
    if talk.incoming.kind == "button":
        talk.tell(alone)
        return
    number = _("The number of this chat: %(n)s") % {"n": talk.chat.chat_id}
    talk.say("\n".join(filter(None, [alone, services.bot_link(), number])))
