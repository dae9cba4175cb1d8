"""What a purchase and a page cost each part, for docs/SCALING.md: counts, not a race.

The write-ahead log and the server's processor are the whole server's: it has to be one
that nobody else uses (`BENCH_DATABASE_URL`).
"""

import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.test import Client

from bench.goods import Wrong
from catalog.models import Product
from events.services.relaying import relay
from notifications.tasks import send_due_letters

PRODUCTS, PURCHASES, LINES = 1000, 200, 3
KB = 1024
MS = 1000


def main(*, quick: bool) -> None:
    purchases = PURCHASES // 10 if quick else PURCHASES
    # Letters are written and go nowhere.
    settings.EMAIL_BACKEND = "django.core.mail.backends.dummy.EmailBackend"
    call_command("migrate", verbosity=0)
    say = sys.stdout.write
    with _Costs() as goods:
        _make_products()
    say(f"a product: {goods.per(PRODUCTS)}\n")
    buyers = [_Buyer() for _ in range(purchases + 1)]
    # The first one pays for what is set up once.
    buyers[0].fill()
    buyers[0].order()
    _answer()
    with _Costs() as costs:
        for buyer in buyers[1:]:
            buyer.fill()
    say(f"{LINES} times cart/add: {costs.per(purchases)}\n")
    with _Costs() as costs:
        for buyer in buyers[1:]:
            buyer.order()
    say(f"checkout: {costs.per(purchases)}\n")
    with _Costs() as costs:
        _answer()
    say(f"event, subscribers, letter: {costs.per(purchases)}\n")
    product = Product.objects.latest("number")
    for page in ("/", product.get_absolute_url(), "/api/products"):
        client = _client()
        client.get(page)
        with _Costs() as costs:
            for _ in range(purchases):
                client.get(page)
        say(f"{page}: {costs.per(purchases)}\n")


def _make_products() -> None:
    rows = ["sku,name,category,price,stock,description,brand,weight"]
    text = "Описание товара. " * 12
    rows += [
        f"C-{n},Товар {n},Раздел {n % 20},{100 + n},100000,{text},B{n % 30},{n % 50}"
        for n in range(PRODUCTS)
    ]
    goods = Path(os.environ["BENCH_MEDIA"]) / "goods.csv"
    goods.write_text("\n".join(rows), encoding="utf-8")
    with Path(os.devnull).open("w") as nowhere:
        call_command("import_products", str(goods), stdout=nowhere)


def _answer() -> None:
    relay()
    send_due_letters()


def _client() -> Client:
    return Client(headers={"host": "localhost"})


class _Buyer:
    """A guest with a session, who buys other products than the next one."""

    def __init__(self) -> None:
        self.client = _client()
        pks = Product.objects.values_list("pk", flat=True).order_by("number")
        self.products = random.sample(list(pks), LINES)

    def fill(self) -> None:
        for pk in self.products:
            self._post("/api/cart/add", {"product_id": str(pk)}, 200)

    def order(self) -> None:
        self._post("/api/order/checkout", {"email": "buyer@example.com"}, 201)

    def _post(self, address: str, body: dict[str, Any], status: int) -> None:
        answer = self.client.post(address, body, content_type="application/json")
        if answer.status_code != status:
            raise Wrong(f"{address} answered {answer.status_code}")


class _Costs:
    """What is spent inside of `with`, by every clock there is."""

    def __enter__(self) -> "_Costs":
        self.statements = 0
        self.spent: dict[str, float] = {}
        self.rows: Counter[str] = Counter()
        self._watching = connection.execute_wrapper(self._watch)
        self._before = _read()
        self._watching.__enter__()
        return self

    def __exit__(self, *error: Any) -> None:
        self._watching.__exit__(*error)
        after = _read()
        self.spent = {name: after[name] - self._before[name] for name in after}

    def _watch(self, execute: Callable[..., Any], *asked: Any) -> Any:
        self.statements += 1
        return execute(*asked)

    def per(self, number: int) -> str:
        parts = [f"{self.statements / number:.1f} statements"]
        parts += [f"{self.spent[name] / number:.1f} {name}" for name in self.spent]
        return ", ".join(parts)


def _read() -> dict[str, float]:
    size = (
        "SELECT sum(pg_total_relation_size(oid)) FROM pg_class WHERE relkind = 'r'"
        " AND relnamespace = 'public'::regnamespace"
    )
    return {
        "ms of Python": time.process_time() * MS,
        "KB of log": float(_one("SELECT pg_current_wal_insert_lsn() - '0/0'")) / KB,
        "KB of tables": float(_one(size)) / KB,
    }


def _one(query: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(query)
        return cursor.fetchone()[0]
