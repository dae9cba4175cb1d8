"""Where Telegram posts updates to, and how it shows that it is Telegram."""

from hmac import compare_digest

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

SALT = "telegram_bot.webhook"


def webhook_secret() -> str:
    """What Telegram says in a header with each update."""
    told = settings.TELEGRAM_WEBHOOK_SECRET
    return told or salted_hmac(SALT, settings.TELEGRAM_BOT_TOKEN).hexdigest()


def is_telegram(header: str) -> bool:
    return compare_digest(header.encode(), webhook_secret().encode())


def webhook_url() -> str:
    return settings.SHOP_URL + reverse("telegram_bot:webhook")
