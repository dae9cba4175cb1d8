"""Clients as they ought to be: what was not answered they ask again, under one key."""

import logging
import random
import threading
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain
from typing import Any, TypeVar

import httpx

from tests.faults.processes import PATIENCE
from tests.faults.shop import Shop
from tests.faults.tally import Purchase, Tally

BUYERS = 8
# Thousands of lines in the report of a failed test would hide the one that matters.
logging.getLogger("httpx").setLevel(logging.WARNING)
# Nobody asks a broken shop as fast as they can.
_pause = threading.Event()
PAUSE = 0.05
TRIES = int(PATIENCE / PAUSE)


class Unanswered(Exception):
    """The connection broke, or the shop said that it is not itself."""


def body_of(purchase: Purchase) -> dict[str, Any]:
    """The comment lets the auditor find every order of this purchase."""
    return {"email": "buyer@example.com", "comment": purchase.key}


def lines_of(purchase: Purchase) -> list[dict[str, Any]]:
    """What is wanted, for an order without a cart."""
    wanted = purchase.wanted.items()
    return [{"product_id": pk, "quantity": quantity} for pk, quantity in wanted]


class Buyer:
    """A guest, or a customer who signs in by a bearer token, with one cart."""

    def __init__(self, shop: Shop, tally: Tally, token: str = "") -> None:
        self.client = shop.client()
        self.tally = tally
        if token:
            self.client.headers["Authorization"] = f"Bearer {token}"

    def close(self) -> None:
        self.client.close()

    def once(self, method: str, path: str, **request: Any) -> httpx.Response:
        """One try; raises Unanswered."""
        try:
            answer = self.client.request(method, path, **request)
        except httpx.TransportError as error:
            self.tally.count(answered=False)
            raise Unanswered from error
        broken = answer.status_code >= 500
        self.tally.count(answered=not broken)
        if broken:
            if answer.status_code != 503:
                self.tally.complain(f"{path}: {answer.status_code} {answer.text[:80]}")
            raise Unanswered
        return answer

    def ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        """The answer, however often the question has to be put."""
        for _ in range(TRIES):
            try:
                return self.once(method, path, **request)
            except Unanswered:
                _pause.wait(PAUSE)
        raise AssertionError(f"{path} was not answered in {TRIES} tries")

    def fill_cart(self, wanted: dict[str, int]) -> None:
        """The cart, which was empty, holds exactly what is wanted, as the buyer saw."""
        known: dict[str, int] = {}
        for product_id, qty in wanted.items():
            line = {"product_id": product_id, "qty": qty}
            try:
                answer = self.once("POST", "/api/cart/add", json=line)
            except Unanswered:
                # Perhaps it was added: adding again could make it twice as much.
                answer = self.ask("POST", "/api/cart/set", json=line)
            known = _lines(answer)
        while known != wanted:
            assert not known.keys() - wanted.keys(), f"{known} are not of this purchase"
            self.tally.refill()
            for product_id, qty in wanted.items():
                line = {"product_id": product_id, "qty": qty}
                known = _lines(self.ask("POST", "/api/cart/set", json=line))

    def check_out(self, purchase: Purchase) -> None:
        """The cart is an order, and the buyer was told which."""
        for _ in range(TRIES):
            self.fill_cart(purchase.wanted)
            answer = self.order("/api/order/checkout", purchase)
            if answer.json().get("code") != "cart_empty":
                break
            self.tally.refill()
        if answer.status_code >= 300:
            self.tally.complain(f"checkout: {answer.status_code} {answer.text[:200]}")

    def order_lines(self, purchase: Purchase, **more: str) -> None:
        """The same without a cart."""
        answer = self.order("/api/orders", purchase, items=lines_of(purchase), **more)
        if answer.status_code >= 300:
            self.tally.complain(f"order: {answer.status_code} {answer.text[:200]}")

    def order(self, path: str, purchase: Purchase, **more: Any) -> httpx.Response:
        """What the shop says to the purchase, with its key."""
        answer = self.ask(
            "POST",
            path,
            headers={"Idempotency-Key": purchase.key},
            json=body_of(purchase) | more,
        )
        if answer.status_code < 300:
            purchase.order = answer.json()
        return answer

    def cart(self) -> dict[str, int]:
        """What is in the cart, as product id and quantity."""
        return _lines(self.ask("GET", "/api/cart"))


def _lines(cart: httpx.Response) -> dict[str, int]:
    return {line["product"]["id"]: line["qty"] for line in cart.json()["items"]}


Anybody = TypeVar("Anybody", bound=Buyer)


def make_buyers(shop: Shop, tally: Tally, number: int = BUYERS) -> list[Buyer]:
    return people(Buyer, shop, tally, number)


def people(
    kind: type[Anybody], shop: Shop, tally: Tally, number: int = BUYERS
) -> list[Anybody]:
    """Guests and customers by turns; the customers have just registered."""
    found = []
    for n in range(number):
        token = ""
        if n % 2:
            known = {"email": f"buyer{n}@example.com", "password": "fault-proof-77"}
            with shop.client() as client:
                answer = client.post("/auth/register", json=known)
            token = answer.json()["access_token"]
        found.append(kind(shop, tally, token))
    return found


def plan(goods: Iterable[str], number: int) -> list[Purchase]:
    """Purchases of one to three products, one to three pieces of each."""
    products = sorted(goods)
    return [
        Purchase(
            {
                product_id: random.randint(1, 3)
                for product_id in random.sample(products, random.randint(1, 3))
            }
        )
        for _ in range(number)
    ]


def close_all(*groups: Sequence[Buyer]) -> None:
    """Their connections are closed."""
    for buyer in chain(*groups):
        buyer.close()


def share(
    buyers: Sequence[Anybody],
    tally: Tally,
    work: Iterable[Any],
    do: Callable[[Anybody, Any], None],
) -> None:
    """All the work is done by all buyers at once, each taking the next piece."""
    left = deque(work)

    def buy(buyer: Anybody) -> None:
        while True:
            try:
                piece = left.popleft()
            except IndexError:
                return
            do(buyer, piece)
            tally.step()

    with ThreadPoolExecutor(len(buyers)) as pool:
        for result in [pool.submit(buy, buyer) for buyer in buyers]:
            result.result()
