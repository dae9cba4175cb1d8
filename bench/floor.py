"""The floor: the statements of one real checkout, sent again by the driver alone.

What is left out is everything that is not SQL: Django, its models, Redis. No way of
writing a checkout with these statements can be faster than that.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any
from uuid import UUID

import psycopg
from django.db import connection
from psycopg.types.json import Jsonb

from accounts.models import User
from bench.goods import Purchase, checkout_of, fill_cart
from orders.services import checkout_cart
from shop.ids import new_id

SOME_UUID = re.compile(r"[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}")
# Order numbers start here, so that one is never mistaken for another integer.
FIRST_NUMBER = 1_000_000

Statement = tuple[str, Any]


@dataclass(frozen=True)
class Script:
    """The statements of one checkout, and what in them belongs to it alone."""

    statements: list[Statement]
    purchase: Purchase
    number: int

    def bound_to(self, purchase: Purchase, number: int) -> list[Statement]:
        """The same for another buyer, with other products and fresh ids."""
        new: dict[UUID, UUID] = dict(
            zip(self.purchase.products, purchase.products, strict=True)
        )
        new[self.purchase.user_id] = purchase.user_id

        def replaced(value: Any) -> Any:
            match value:
                case UUID():
                    # Whatever id is not known was made for this order.
                    return new.setdefault(value, new_id())
                case str():
                    return SOME_UUID.sub(lambda m: str(replaced(UUID(m[0]))), value)
                case Jsonb():
                    return Jsonb(replaced(value.obj))
                case dict():
                    return {key: replaced(item) for key, item in value.items()}
                case list() | tuple():
                    return [replaced(item) for item in value]
                case self.number:
                    return type(value)(number)
            return value

        return [(sql, replaced(params)) for sql, params in self.statements]


def start_numbers() -> None:
    """Order numbers begin at FIRST_NUMBER."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT setval(pg_get_serial_sequence('orders_order', 'number'), %s)",
            [FIRST_NUMBER],
        )


def record(purchase: Purchase) -> Script:
    """Check out for this buyer, and keep what was sent to the database."""
    user = User.objects.get(pk=purchase.user_id)
    cart = fill_cart(user, purchase)
    statements: list[Statement] = []
    with connection.execute_wrapper(_keeping(statements)):
        placed = checkout_cart(cart, checkout_of(user), user=user)
    return Script(statements, purchase, placed.order.number)


def send(session: psycopg.Connection, statements: list[Statement]) -> None:
    """One transaction with all of them; answers are read to the end."""
    cursor = session.cursor()
    for sql, params in statements:
        cursor.execute(sql, params)
        if cursor.description:
            cursor.fetchall()
    session.commit()


def open_session() -> psycopg.Connection:
    """A connection of the driver's own, to the database that Django uses."""
    with connection.cursor() as cursor:
        info = cursor.connection.info
        return psycopg.connect(info.dsn, password=info.password or None)


def _keeping(statements: list[Statement]) -> Callable[..., Any]:
    def keep(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        statements.append((sql, _plain(params)))
        return execute(sql, params, many, context)

    return keep


def _plain(value: Any) -> Any:
    """Without Django's own types, which the driver alone does not know."""
    match value:
        case Enum():
            return value.value
        case Jsonb():
            return Jsonb(_plain(value.obj))
        case dict():
            return {key: _plain(item) for key, item in value.items()}
        case list() | tuple():
            return [_plain(item) for item in value]
    return value
