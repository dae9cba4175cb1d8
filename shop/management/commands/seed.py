from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from tqdm import tqdm

from shop.demo import bulk, loader
from shop.demo.emptying import empty_shop
from shop.exceptions import DomainError


class Command(BaseCommand):
    help = (
        "Fill the shop with demo data: goods with pictures, people, carts and orders. "
        "What is there already stays as it is."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--products", type=int, default=0, metavar="N", help="have N load products"
        )
        parser.add_argument(
            "--orders", type=int, default=0, metavar="N", help="have N load orders"
        )
        parser.add_argument(
            "--fresh",
            action="store_true",
            help="first delete all goods, orders, carts and customers; not with "
            "DEBUG=false",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        if options["fresh"] and not settings.DEBUG:
            raise CommandError(
                _("--fresh deletes the whole shop: it refuses when DEBUG is false.")
            )
        if options["fresh"]:
            empty_shop()
        try:
            self._load_demo()
            self._load_bulk(bulk.load_products, options["products"], "products")
            self._load_bulk(bulk.load_orders, options["orders"], "orders")
        except DomainError as error:
            raise CommandError(str(error)) from error

    def _load_demo(self) -> None:
        if loader.is_loaded():
            self.stdout.write(_("The demo data is here already."))
            return
        with _bar(loader.steps(), "demo data") as bar:
            loader.load(bar.update)
        self.stdout.write(_("The demo data is loaded."))
        if settings.DEBUG:
            customers = ", ".join(loader.customer_emails()[:3])
            logins = [
                _("Demo logins:"),
                *map(" / ".join, (loader.ADMIN, *loader.COLLEAGUES.values())),
                f"{customers} … / {loader.CUSTOMER_PASSWORD}",
            ]
            self.stdout.write("\n  ".join(logins))

    def _load_bulk(self, load: Any, count: int, what: str) -> None:
        if count > 0:
            with _bar(count, what) as bar:
                new = load(count, bar.update)
            bulk.tidy()
            self.stdout.write(f"{what}: created {new}")


def _bar(total: int, what: str) -> "tqdm[Any]":
    # A bar for people who watch, nothing in logs.
    return tqdm(total=total, desc=what, disable=None, leave=False)
