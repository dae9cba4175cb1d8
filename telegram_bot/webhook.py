"""Where Telegram posts updates to, and how it shows that it is Telegram."""

from hmac import compare_digest

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

SALT = "telegram_bot.webhook"


def webhook_secret() -> str:
    """What Telegram says in a header with each update."""
    if settings.TELEGRAM_WEBHOOK_SECRET:
        return settings.TELEGRAM_WEBHOOK_SECRET
    token = settings.TELEGRAM_BOT_TOKEN
    return salted_hmac(SALT, token, algorithm="sha256").hexdigest()


def is_telegram(header: str) -> bool:
    return compare_digest(header.encode(), webhook_secret().encode())


def webhook_url() -> str:
    return settings.SHOP_URL + reverse("telegram_bot:webhook")
