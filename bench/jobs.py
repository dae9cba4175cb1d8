"""The three ways of buying. Each prepares its purchases and gives them as functions.

Whatever is not the checkout itself (signing in, filling carts, binding statements) has
happened by then and is not timed.
"""

import http.client
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import psycopg

from accounts.models import User
from bench import floor
from bench.goods import Purchase, checkout_of, fill_cart
from cart.services import Cart
from orders.models import Order
from orders.services import checkout_cart
from shop.fields import next_numbers

Buy = Callable[[], None]


def by_floor(share: list[Purchase], script: floor.Script) -> list[Buy]:
    """The recorded statements, sent by the driver alone, as quick as it can."""
    return _by_driver(_session(), share, script)


def by_unprepared_floor(share: list[Purchase], script: floor.Script) -> list[Buy]:
    """The same as Django's own defaults send them: values in the text, planned anew."""
    return _by_driver(_unprepared_session(), share, script)


def _by_driver(
    session: psycopg.Connection, share: list[Purchase], script: floor.Script
) -> list[Buy]:
    numbers = next_numbers(Order, len(share))
    return [
        partial(floor.send, session, script.bound_to(purchase, number))
        for purchase, number in zip(share, numbers, strict=True)
    ]


def by_service(share: list[Purchase], *_: Any) -> list[Buy]:
    """The shop's own function, called in this process."""
    users = User.objects.in_bulk([purchase.user_id for purchase in share])
    buys: list[Buy] = []
    for purchase in share:
        user = users[purchase.user_id]
        buys.append(partial(_check_out, user, fill_cart(user, purchase)))
    return buys


def by_api(share: list[Purchase], port: int) -> list[Buy]:
    """Calls over one kept connection, each buyer with their own bearer token."""
    client = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    for purchase in share:
        for product_id in purchase.products:
            body = f'{{"product_id": "{product_id}"}}'
            call(client, "/api/cart/add", purchase.token, body, 200)
    return [
        partial(call, client, "/api/order/checkout", purchase.token, "{}", 201)
        for purchase in share
    ]


JOBS: dict[str, Callable[..., list[Buy]]] = {
    "floor": by_floor,
    "floor, unprepared": by_unprepared_floor,
    "service": by_service,
    "api": by_api,
}


def call(
    client: http.client.HTTPConnection, path: str, token: str, body: str, expected: int
) -> None:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    client.request("POST", path, body, headers)
    answer = client.getresponse()
    text = answer.read()
    if answer.status != expected:
        raise RuntimeError(f"{path}: {answer.status} {text[:200]!r}")


def _check_out(user: User, cart: Cart) -> None:
    checkout_cart(cart, checkout_of(user), user=user)


@cache
def _session() -> psycopg.Connection:
    """Kept from row to row, as Django keeps its own."""
    return floor.open_session()


@cache
def _unprepared_session() -> psycopg.Connection:
    session = floor.open_session()
    session.prepare_threshold = None
    session.cursor_factory = psycopg.ClientCursor
    return session
