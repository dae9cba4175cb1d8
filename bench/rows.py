"""What the bench of speed asks for, row by row. Needs a shop that is filled."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

from django.test import Client

from accounts.models import User
from accounts.tokens import AccessToken
from bench import goods
from bench.wrk import Ask
from catalog.models import Category, Product

LINES = 3
# Different products, words and buyers, so that a row is not one answer over and over.
DIFFERENT = 50
WORDS = (
    "ноутбук", "чайник", "книга", "телефон", "кофе", "сумка", "лампа", "куртка",
    "стол", "часы",
)  # fmt: skip
PASSWORD = "a-long-enough-phrase-5"  # noqa: S105 - of accounts of the bench alone
BROWSER = {
    "Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "ru",
}
JSON = {"Content-Type": "application/json"}


class Goods:
    """What is on sale in the shop that is measured, and who buys it."""

    def __init__(self) -> None:
        # Of these nothing runs out; what is looked at are the shop's own.
        self.plenty = goods.make_products()
        own = Product.objects.visible().exclude(sku__startswith=goods.PREFIX)
        numbers = own.order_by("number").values_list("number")
        step = max(1, len(numbers) // DIFFERENT)
        wanted = [number for (number,) in numbers[::step]][:DIFFERENT]
        self.products = list(Product.objects.filter(number__in=wanted))
        links = Product.categories.through.objects
        self.category = max(
            Category.objects.filter(depth=2, is_visible=True),
            key=lambda node: links.filter(category__path__startswith=node.path).count(),
        )


@dataclass(frozen=True)
class Row:
    """One line of the table. The goal is a ratio to the floor, if there is one."""

    name: str
    asks: Callable[[Goods], list[Ask]]
    goal: float | None = None
    # Answered from an empty cache each time.
    cold: bool = False
    # No request can be sent twice: so many are prepared for each second.
    a_second: int = 0

    def prepared(self, shop: Goods, seconds: float) -> list[Ask]:
        if self.a_second:
            return _checkouts(shop, int(self.a_second * seconds))
        asks = self.asks(shop)
        if not self.cold:
            return asks
        return [
            Ask(ask.path, ask.method, {**ask.headers, "Cold": "1"}, ask.body)
            for ask in asks
        ]


def _pages(paths: Callable[[Goods], list[str]], shop: Goods) -> list[Ask]:
    return [Ask(path, headers=BROWSER) for path in paths(shop)]


def _packed(shop: Goods) -> list[Ask]:
    takes = {**BROWSER, "Accept-Encoding": "gzip, deflate, br"}
    return [Ask("/catalog/", headers=takes)]


def _api(paths: Callable[[Goods], list[str]], shop: Goods) -> list[Ask]:
    return [Ask(path, headers={"Accept": "application/json"}) for path in paths(shop)]


def _searches(shop: Goods) -> list[str]:
    return [f"/?q={quote(word)}" for word in WORDS]


def _product_pages(shop: Goods) -> list[str]:
    return [product.get_absolute_url() for product in shop.products]


def _product_answers(shop: Goods) -> list[str]:
    return [f"/api/products/{product.pk}" for product in shop.products]


def _filtered(shop: Goods) -> list[str]:
    slug = shop.category.slug
    return [f"/category/{slug}/?in_stock=true&min_price=1000&ordering=price"]


def _carts(shop: Goods) -> list[Ask]:
    """The cart pages of visitors who have put three products into it."""
    asks = []
    for place in range(10):
        visitor = Client(SERVER_NAME="127.0.0.1")
        for pk in shop.plenty[place : place + LINES]:
            answer = visitor.post("/api/cart/add", {"product_id": str(pk)})
            if answer.status_code != 200:
                raise goods.Wrong(f"cart/add answered {answer.status_code}")
        cookies = "; ".join(f"{k}={v.value}" for k, v in visitor.cookies.items())
        asks.append(Ask("/cart/", headers={**BROWSER, "Cookie": cookies}))
    return asks


def _additions(shop: Goods) -> list[Ask]:
    """One piece more, for buyers with a token: now this product, now that one."""
    buyers = goods.purchases(shop.plenty, DIFFERENT, LINES)
    return [
        Ask(
            "/api/cart/add",
            "POST",
            {**JSON, "Authorization": f"Bearer {buyer.token}"},
            json.dumps({"product_id": str(buyer.products[place])}),
        )
        for place in range(LINES)
        for buyer in buyers
    ]


def _checkouts(shop: Goods, number: int) -> list[Ask]:
    """Each by another buyer, with a cart of three lines."""
    buyers = goods.purchases(shop.plenty, number, LINES)
    users = User.objects.in_bulk([buyer.user_id for buyer in buyers])
    for buyer in buyers:
        goods.fill_cart(users[buyer.user_id], buyer)
    return [
        Ask(
            "/api/order/checkout",
            "POST",
            {**JSON, "Authorization": f"Bearer {buyer.token}"},
            "{}",
        )
        for buyer in buyers
    ]


def _logins(shop: Goods) -> list[Ask]:
    user = User.objects.filter(email="login@example.com").first()
    if user is None:
        user = User.objects.create_user("login@example.com", PASSWORD)
    AccessToken.for_user(user)
    body = json.dumps({"email": user.email, "password": PASSWORD})
    return [Ask("/auth/login", "POST", JSON, body)]


def _both(
    name: str, asks: Callable[[Goods], list[Ask]], warm: float, cold: float
) -> list[Row]:
    return [
        Row(f"{name}_warm", asks, warm),
        Row(f"{name}_cold", asks, cold, cold=True),
    ]


ROWS = [
    Row("home", partial(_pages, lambda shop: ["/"])),
    *_both("list", partial(_pages, lambda shop: ["/catalog/"]), 0.35, 0.12),
    Row("list_packed", _packed),
    Row("category", partial(_pages, lambda shop: [shop.category.get_absolute_url()])),
    Row("filtered", partial(_pages, _filtered)),
    *_both("search", partial(_pages, _searches), 0.30, 0.08),
    *_both("product", partial(_pages, _product_pages), 0.40, 0.15),
    *_both("api_list", partial(_api, lambda shop: ["/api/products"]), 0.40, 0.15),
    *_both("api_product", partial(_api, _product_answers), 0.50, 0.25),
    Row("cart_page", _carts),
    Row("cart_add", _additions, 0.25),
    Row("checkout", lambda shop: [], 0.08, a_second=400),
    Row("login", _logins),
]
