"""What is kept is taken until what it shows changes, and not a moment longer."""

import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from redis.exceptions import ConnectionError as RedisDown

from catalog import services
from catalog.models import Product, StockEntry
from orders.models import DeliveryMethod
from shop import marks
from tests.factories import make_category, make_order, make_product
from tests.pages import html
from tests.shared.visitors import Keeper, visitor

pytestmark = pytest.mark.django_db(transaction=True)


def page(address: str) -> str:
    return html(visitor().get(address))


def is_asked_for(address: str) -> bool:
    """Whether this answer has to ask the database."""
    with CaptureQueriesContext(connection) as seen:
        assert visitor().get(address).status_code == 200
    return len(seen) > 0


def sell(product: Product, pieces: int) -> None:
    with transaction.atomic():
        locked = services.lock_products([product.pk])
        services.move_stock(locked, {product.pk: -pieces}, StockEntry.Reason.SALE)


def test_the_second_visitor_asks_nothing(product: Product) -> None:
    for address in ("/", "/catalog/", "/product/kettle/", "/api/products"):
        assert [is_asked_for(address) for _ in range(3)] == [True, False, False]


Change = Callable[[Product], Any]


@pytest.mark.parametrize("address", ["/", "/catalog/", "/product/kettle/"])
@pytest.mark.parametrize(
    ("change", "old", "new"),
    [
        (lambda p: services.update_product(p.pk, name_en="Pot"), "Kettle", "Pot"),
        (
            lambda p: services.update_product(p.pk, price=Decimal("4321.50")),
            "100,00",
            "4.321,50",
        ),
    ],
)
def test_a_change_shows_at_once(
    product: Product, address: str, change: Change, old: str, new: str
) -> None:
    assert old in page(address)
    change(product)
    shown = page(address)
    assert new in shown and f"<h1>{old}</h1>" not in shown


@pytest.mark.redis  # without it a write of any kind renews everything
@pytest.mark.parametrize(
    "address", ["/", "/catalog/", "/product/kettle/", "/api/products"]
)
def test_without_the_marks_a_page_would_stay_old(
    product: Product, address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A twin without the guard has to lose, or the guard guards nothing."""
    assert "Kettle" in page(address)
    with monkeypatch.context() as patch:
        patch.setattr(marks, "change", lambda *changed: None)
        # The API's first page has a cache of its own, which is emptied too.
        services.update_product(product.pk, name_en="Pot")
        assert "Kettle" in page(address) and "Pot" not in page(address)
    services.update_product(product.pk, name_en="Pan")
    assert "Pan" in page(address) and "Kettle" not in page(address)


def test_what_leaves_the_shop_leaves_its_pages(product: Product) -> None:
    other = make_product(name="Lamp", slug="lamp")
    assert "Lamp" in page("/catalog/") and "Lamp" in page("/product/lamp/")
    services.update_product(other.pk, is_active=False)
    assert visitor().get("/product/lamp/").status_code == 404
    assert "Lamp" not in page("/catalog/")
    services.update_product(other.pk, is_active=True)
    assert "Lamp" in page("/catalog/") and "Lamp" in page("/product/lamp/")
    services.delete_product(other)
    assert visitor().get("/product/lamp/").status_code == 410
    assert "Lamp" not in page("/catalog/")


def test_a_category_that_is_renamed_or_hidden_shows_at_once(product: Product) -> None:
    category = make_category("Kitchen")
    services.update_product(product.pk, categories=[category])
    addresses = ["/", category.get_absolute_url(), "/product/kettle/"]
    assert all("Kitchen" in page(address) for address in addresses)
    services.update_category(category, name_en="Cuisine")
    assert all("Cuisine" in page(address) for address in addresses)
    services.update_category(category, is_active=False)
    assert visitor().get(addresses[1]).status_code == 404


def test_what_was_rolled_back_changes_nothing(product: Product) -> None:
    assert "Kettle" in page("/product/kettle/")
    with transaction.atomic():
        services.update_product(product.pk, name_en="Pot")
        transaction.set_rollback(True)
    assert "Kettle" in page("/product/kettle/")


@pytest.mark.redis
def test_a_sale_renews_what_tells_of_pieces_alone(product: Product) -> None:
    """The page says "in stock" above the threshold, the API how many there are."""
    other = make_product(name="Lamp", slug="lamp")
    own = ["/product/kettle/", f"/api/products/{product.pk}"]
    kept = ["/catalog/", "/product/lamp/", f"/api/products/{other.pk}"]
    for address in own + kept:
        visitor().get(address)
    sell(product, 1)
    assert [is_asked_for(address) for address in kept] == [False] * 3
    assert visitor().get(own[1]).json()["stock"] == 9
    assert [is_asked_for(address) for address in own] == [True, False]


@pytest.mark.redis
@pytest.mark.parametrize(
    ("sold", "is_renewed"), [(6, False), (7, True), (8, True), (10, True)]
)
def test_a_list_is_renewed_once_few_are_left(
    product: Product, settings: Any, sold: int, is_renewed: bool
) -> None:
    settings.LOW_STOCK_THRESHOLD = 3
    visitor().get("/catalog/")
    sell(product, sold)
    assert is_asked_for("/catalog/") is is_renewed


@pytest.mark.redis
def test_a_list_is_renewed_when_there_are_many_again(
    product: Product, settings: Any
) -> None:
    settings.LOW_STOCK_THRESHOLD = 3
    sell(product, 8)
    for pieces, is_renewed in [(5, True), (5, False)]:
        visitor().get("/catalog/")
        sell(product, -pieces)
        assert is_asked_for("/catalog/") is is_renewed


@pytest.mark.parametrize(
    ("left", "words"), [(4, "In stock"), (3, "Only 3 left"), (0, "Out of stock")]
)
def test_pages_say_what_is_left(
    product: Product, settings: Any, left: int, words: str
) -> None:
    settings.LOW_STOCK_THRESHOLD = 3
    addresses = ["/product/kettle/", "/catalog/"]

    def said(address: str) -> list[str]:
        return re.findall(r'<p class="stock [a-z-]+">([^<]+)</p>', page(address))

    assert [said(address) for address in addresses] == [["In stock"], ["In stock"]]
    sell(product, 10 - left)
    assert [said(address) for address in addresses] == [[words], [words]]


@pytest.mark.redis
def test_an_order_keeps_the_list_and_renews_what_sells_best(product: Product) -> None:
    """Which products are popular changes with each sale."""
    popular = "/catalog/?ordering=-popularity"
    for address in ("/catalog/", popular, "/"):
        visitor().get(address)
    make_order(None, (product, 1))
    assert [is_asked_for(one) for one in ("/catalog/", popular, "/")] == [
        False,
        True,
        True,
    ]


def test_delivery_terms_on_a_products_page_are_todays(product: Product) -> None:
    method = DeliveryMethod.objects.get(code="post")
    assert "2.500,00" in page("/product/kettle/")
    method.price = Decimal(3100)
    method.save()
    shown = page("/product/kettle/")
    assert "3.100,00" in shown and "2.500,00" not in shown
    method.delete()
    assert "3.100,00" not in page("/product/kettle/")
    DeliveryMethod.objects.create(code="drone", name_en="Drone", price=Decimal(7777))
    assert "7.777,00" in page("/product/kettle/")


def test_a_change_while_a_page_is_made_leaves_nothing_old(
    product: Product, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The marks are read before the rows: who was overtaken stores for nobody."""
    from catalog import views

    render_page = views.render_page

    def overtaken(*args: Any, **kwargs: Any) -> Any:
        made = render_page(*args, **kwargs)
        services.update_product(product.pk, name_en="Pot")
        return made

    with monkeypatch.context() as patch:
        patch.setattr(views, "render_page", overtaken)
        assert "<h1>Kettle</h1>" in page("/product/kettle/")
    assert keeper.count == 1
    assert "<h1>Pot</h1>" in page("/product/kettle/")


def test_pages_come_without_a_cache_and_are_never_old(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As django-redis answers when nobody is there: nothing, to everything."""
    backend = type(cache._connections[cache._alias])
    for name in ("get", "get_many", "set", "set_many", "add", "incr", "delete_many"):
        monkeypatch.setattr(backend, name, lambda *args, **kwargs: None)
    addresses = ["/", "/catalog/", "/product/kettle/", f"/api/products/{product.pk}"]
    for _ in range(2):
        assert all("Kettle" in page(address) for address in addresses)
    services.update_product(product.pk, name_en="Pot")
    assert all("Pot" in page(address) for address in addresses)


@pytest.mark.redis
def test_pages_come_while_redis_is_down(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*args: Any, **kwargs: Any) -> Any:
        raise RedisDown

    monkeypatch.setattr("redis.client.Redis.execute_command", refuse)
    monkeypatch.setattr("redis.client.Pipeline.execute", refuse)
    for address in ("/", "/catalog/", "/product/kettle/", "/api/products"):
        assert "Kettle" in page(address)
