"""The bot by long polling, and the switch to a webhook and back."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from shop.stopping import when_told_to_stop
from telegram_bot import services
from telegram_bot.client import get_client
from telegram_bot.exceptions import TelegramError, TokenRefused
from telegram_bot.polling import Poller, set_menus
from telegram_bot.webhook import webhook_secret, webhook_url


class Command(BaseCommand):
    help = "Answers in Telegram until it is stopped."

    def add_arguments(self, parser: CommandParser) -> None:
        either = parser.add_mutually_exclusive_group()
        either.add_argument(
            "--set-webhook",
            action="store_true",
            help="let Telegram post updates to SHOP_URL, and end",
        )
        either.add_argument(
            "--delete-webhook",
            action="store_true",
            help="let Telegram keep updates for who asks, and end",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.TELEGRAM_BOT_TOKEN:
            raise CommandError("TELEGRAM_BOT_TOKEN is not set: there is no bot.")
        try:
            get_client()
        except ValueError as error:
            raise CommandError(f"TELEGRAM_BOT_TOKEN: {error}") from None
        try:
            if options["set_webhook"]:
                self._set_webhook()
            elif options["delete_webhook"]:
                get_client().delete_webhook()
                self.stdout.write("Telegram posts updates nowhere.")
            else:
                self._run()
        except TokenRefused:
            raise CommandError("Telegram knows no bot of TELEGRAM_BOT_TOKEN.") from None
        except TelegramError as error:
            raise CommandError(str(error)) from None

    def _set_webhook(self) -> None:
        if not settings.SHOP_URL.startswith("https://"):
            raise CommandError(
                "Telegram posts to https only: set SHOP_URL to where the shop is."
            )
        client = get_client()
        services.remember_bot(client.get_username())
        client.set_webhook(webhook_url(), webhook_secret())
        set_menus(client)
        self.stdout.write(f"Telegram posts updates to {webhook_url()}")

    def _run(self) -> None:
        poller = Poller(self._say)
        with when_told_to_stop(poller.stop):
            poller.run()
        self._say("The bot has stopped.")

    def _say(self, text: str) -> None:
        self.stdout.write(text)
        self.stdout.flush()
