"""A small shop with something behind every address, and its three callers."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from redis import Redis
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from accounts import services as accounts
from accounts.models import User
from catalog.models import Product
from orders import services as orders
from orders.models import Order
from payments import services as payments
from payments.models import Payment
from tests.factories import (
    make_admin,
    make_cart,
    make_category,
    make_order,
    make_product,
    make_template,
    make_user,
)
from tests.payments.callbacks import paid_order, waiting_payment

WSGI = Callable[..., Any]
PASSWORD = "correct horse battery"
CALLERS = ("anonymous", "customer", "admin")


@dataclass
class Shop:
    """What the callers can know: the ids that lead to something, and who they are."""

    customer: User
    admin: User
    products: list[str] = field(default_factory=list)
    skus: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    categories: list[str] = field(default_factory=list)
    templates: list[str] = field(default_factory=list)
    users: list[str] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    orders: list[str] = field(default_factory=list)
    payments: list[str] = field(default_factory=list)
    # The customer's own orders, by what has become of them.
    own: dict[str, Order] = field(default_factory=dict)

    def headers(self, caller: str) -> dict[str, str]:
        """What the caller sends with every request."""
        if caller == "anonymous":
            return {}
        user = self.admin if caller == "admin" else self.customer
        return {"Authorization": f"Bearer {AccessToken.for_user(user)}"}

    def refresh_token(self) -> str:
        return str(RefreshToken.for_user(self.customer))


def open_shop() -> Shop:
    """Fill the database with a product, order or payment of every kind."""
    customer = make_user(email="customer@example.com", password=PASSWORD)
    admin = make_admin(email="admin@example.com", password=PASSWORD)
    shop = Shop(customer, admin)
    root = make_category("Техника")
    leaf = make_category("Телефоны", root)
    empty = make_category("Пусто")
    shop.categories = [str(node.pk) for node in (root, leaf, empty)]
    schema = {
        "brand": {"type": "string", "filterable": True},
        "weight": {"type": "number", "unit": "kg", "min": 0, "filterable": True},
        "color": {"type": "choice", "choices": ["red", "blue"], "filterable": True},
    }
    used = make_template(name="Phones", schema=schema)
    shop.templates = [str(used.pk), str(make_template().pk)]
    phone = make_product(
        sku="PHONE-1",
        name="Телефон",
        template=used,
        categories=[leaf],
        attributes={"brand": "Acme", "weight": 0.2, "color": "red"},
        images=["https://example.com/phone.jpg"],
        compare_at_price="150.00",
        stock=100,
    )
    scarce = make_product(sku="SCARCE-1", stock=1, categories=[root])
    hidden = make_product(sku="HIDDEN-1", is_active=False)
    goods = [phone, scarce, hidden, make_product(sku="PLAIN-1", stock=500)]
    shop.products = [str(product.pk) for product in goods]
    shop.skus = [product.sku for product in goods]
    shop.numbers = [product.number for product in goods]
    for user in (customer, admin):
        given = accounts.add_address(user, address="Алматы, Абая 1")
        other = accounts.add_address(user, address="Астана, Кабанбая 2")
        shop.addresses += [str(given.pk), str(other.pk)]
        placed = _order_everything(user, phone)
        shop.orders += [str(order.pk) for order in placed.values()]
        shop.payments += [
            str(payment.pk) for payment in Payment.objects.filter(order__user=user)
        ]
        shop.own = shop.own or placed
        make_cart(user, (phone, 2), (goods[3], 1))
    stranger = make_user()
    shop.orders.append(str(make_order(stranger, (phone, 1)).pk))
    shop.users = [str(user.pk) for user in (customer, admin, stranger)]
    return shop


def _order_everything(user: User, product: Product) -> dict[str, Order]:
    """The user's orders, one in every state, and payments on their way."""
    placed = {}
    steps = ["processing", "shipped", "completed"]
    for count, state in enumerate(["pending", *steps]):
        placed[state] = make_order(user, (product, 1))
        for step in steps[:count]:
            orders.set_status(placed[state].pk, step)
    placed["canceled"] = make_order(user, (product, 1))
    orders.cancel_order(placed["canceled"].pk)
    placed["waiting"] = waiting_payment(user, (product, 1)).order
    placed["paid"] = paid_order(user, (product, 2))
    placed["refunded"] = paid_order(user, (product, 1))
    payments.refund_order(placed["refunded"].pk, stock="put_back")
    return placed


# Not shop.wsgi: a process that serves asks its parts all the time, and a test does not.
application = get_wsgi_application()


class Untouched:
    """The shop as a WSGI application that forgets each call once it is answered.

    A call is answered within a savepoint, which is then rolled back; Redis, where the
    carts are, is set back too. So each one finds the same shop, whatever those before
    it bought, canceled or deleted. What waits for the commit is done before.
    """

    def __init__(self, application: WSGI, *, but_for_redis: bool = False) -> None:
        self.application = application
        self.but_for_redis = but_for_redis
        self.redis = Redis.from_url(settings.REDIS_URL) if settings.REDIS_URL else None
        self.kept = self._redis_contents()

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        with _connected(), _forgotten():
            answer = self.application(environ, start_response)
            body = [b"".join(answer)]
            if hasattr(answer, "close"):
                answer.close()
        if not self.but_for_redis:
            self._set_back()
        return body

    def _redis_contents(self) -> dict[bytes, Any]:
        if self.redis is None:
            return {}
        return {key: self.redis.dump(key) for key in self.redis.scan_iter()}

    def _set_back(self) -> None:
        if self.redis is None:
            cache.clear()
            return
        pipeline = self.redis.pipeline()
        pipeline.flushdb()
        for key, value in self.kept.items():
            pipeline.restore(key, 0, value)
        pipeline.execute()


@contextmanager
def _connected() -> Iterator[None]:
    """The end of a request does not close the connection that will roll it back."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@contextmanager
def _forgotten() -> Iterator[None]:
    block = transaction.atomic()
    # Services that insist on a transaction of their own do not mind a test's.
    block._from_testcase = True  # type: ignore[attr-defined]
    with block:
        yield
        connection = transaction.get_connection()
        while connection.run_on_commit:
            _savepoints, call, _robust = connection.run_on_commit.pop(0)
            call()
        transaction.set_rollback(True)
