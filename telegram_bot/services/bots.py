"""What Telegram calls the bot."""

from django.conf import settings

from telegram_bot.models import Bot


def remember_bot(username: str) -> None:
    """The name of the bot of this token, as Telegram tells it."""
    Bot.objects.update_or_create(bot_id=_bot_id(), defaults={"username": username})


def bot_username() -> str:
    """The name without @; empty: nobody has told it yet."""
    told = settings.TELEGRAM_BOT_USERNAME.removeprefix("@")
    if told:
        return told
    bot = Bot.objects.filter(bot_id=_bot_id()).first()
    return bot.username if bot else ""


def bot_link(parameter: str = "") -> str:
    """The address that opens the chat with the bot; empty: its name is not known."""
    username = bot_username()
    start = f"?start={parameter}" if parameter else ""
    return f"https://t.me/{username}{start}" if username else ""


def _bot_id() -> int:
    """The token begins with it; 0 for what is no token."""
    number = settings.TELEGRAM_BOT_TOKEN.partition(":")[0]
    return int(number) if number.isascii() and number.isdecimal() else 0
