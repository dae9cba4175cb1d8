"""`seed`: a shop that looks alive, once, and load data that adds up."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.apps import apps
from django.conf import LazySettings
from django.db import connection
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.translation import override

from accounts.models import User
from cart.services import Cart
from catalog.models import Category, Product, ProductImage, SpecTemplate, StockEntry
from catalog.services.stock import stock_errors
from orders.models import DeliveryMethod, Order
from shop.demo import loader
from shop.demo.emptying import empty_shop
from tests.catalog.imports import Outcome, picture, run_command
from tests.factories import (
    make_admin,
    make_category,
    make_order,
    make_product,
    make_user,
)

pytestmark = pytest.mark.django_db(transaction=True)

LOADED = """\
The demo data is loaded.
Demo logins:
  admin@example.com / admin123
  staff@example.com / staff123
  aigerim@example.com, timur@example.com, dana@example.com … / customer123
"""


@pytest.fixture(autouse=True)
def demo_shop(settings: LazySettings, tmp_path: Path) -> Iterator[None]:
    settings.DEBUG = True
    settings.MEDIA_ROOT = tmp_path / "media"
    with override("en"):
        yield


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pictures do not matter, seconds are saved."""
    monkeypatch.setattr(loader, "_picture", lambda name: f"https://a.example/{name}")


def seed(*args: str) -> Outcome:
    return run_command("seed", *args)


def row_counts() -> dict[str, int]:
    return {model.__name__: model.objects.count() for model in apps.get_models()}


def test_the_demo_shop(tmp_path: Path) -> None:
    outcome = seed()
    assert (outcome.out, outcome.err, outcome.error) == (LOADED, "", "")
    assert Product.objects.count() >= 60
    assert SpecTemplate.objects.count() >= 6
    assert max(category.level for category in Category.objects.all()) == 2
    assert Category.objects.find_problems() == ([], [], [], [], [])
    for text in ("name", "description"):
        for language in ("ru", "kk", "en"):
            assert not Product.objects.filter(**{f"{text}_{language}": ""}).exists()
            assert not Product.objects.filter(**{f"{text}_{language}": None}).exists()
    images = ProductImage.objects.select_related("product")
    assert {image.product_id for image in images} == set(
        Product.objects.values_list("pk", flat=True)
    )
    # Thumbnails are made now; no page waits for one.
    for image in images:
        assert (tmp_path / image.file.path).exists()
        assert (tmp_path / image.thumb.path).exists()
        assert (tmp_path / image.card.path).exists()
    assert stock_errors() == []


@pytest.mark.usefixtures("no_pictures")
def test_the_orders_of_a_month() -> None:
    seed()
    now = timezone.now()
    orders = list(Order.objects.prefetch_related("items", "history"))
    assert len(orders) >= 40
    assert set(Counter(order.status for order in orders)) == set(Order.Status)
    ages = [now - order.created_at for order in orders]
    assert timedelta(days=28) < max(ages) < timedelta(days=30)
    assert min(ages) < timedelta(days=1)
    for order in orders:
        history = list(order.history.all())
        times = [change.created_at for change in history]
        assert times == sorted(times)
        assert times[0] == order.created_at
        assert times[-1] == order.updated_at < now
        assert history[-1].status == order.status
        items = sum((item.subtotal for item in order.items.all()), Decimal(0))
        assert order.total == items + order.delivery_price
        entries = StockEntry.objects.filter(order_id=order.pk)
        assert {e.created_at for e in entries.filter(reason="sale")} == {times[0]}
    guests = [order for order in orders if order.user is None]
    assert len(guests) >= 4
    assert all(order.email.startswith("guest") for order in guests)
    # Nothing was sold before it was there.
    opened = StockEntry.objects.filter(reason="opening").latest("created_at")
    assert opened.created_at < min(order.created_at for order in orders)


@pytest.mark.usefixtures("no_pictures")
def test_the_people_and_their_carts() -> None:
    seed()
    assert User.objects.filter(is_staff=False).count() == 12
    admin = User.objects.get(email="admin@example.com")
    assert admin.check_password("admin123")
    assert admin.is_superuser
    staff = User.objects.get(email="staff@example.com")
    assert staff.check_password("staff123")
    assert (staff.is_staff, staff.is_superuser) == (True, False)
    assert staff.has_perms(["orders.change_order", "catalog.change_product"])
    assert not staff.has_perm("accounts.delete_user")
    customer = User.objects.get(email="dana@example.com")
    assert customer.check_password("customer123")
    assert Cart.of_user(customer).count() > 0
    assert customer.phone == "+77050001003"
    home = customer.addresses.get()
    assert (home.full_name, home.phone) == (customer.full_name, customer.phone)
    assert home.address == "Шымкент, Тәуке хан даңғылы, 61, 7-пәтер"
    assert home.is_default


@pytest.mark.usefixtures("no_pictures")
def test_a_second_time_changes_nothing_and_asks_once() -> None:
    seed()
    before = row_counts(), list(Product.objects.order_by("pk").values())
    with CaptureQueriesContext(connection) as queries:
        outcome = seed()
    assert outcome.out == "The demo data is here already.\n"
    assert len(queries) == 1
    assert (row_counts(), list(Product.objects.order_by("pk").values())) == before


@pytest.mark.usefixtures("no_pictures")
def test_an_interrupted_loading_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    class Interrupted(Exception):
        pass

    live, lives = loader._live, iter(range(100))

    def interrupt(*args: Any) -> None:
        if next(lives) == 10:
            raise Interrupted
        live(*args)

    monkeypatch.setattr(loader, "_live", interrupt)
    with pytest.raises(Interrupted):
        seed()
    assert Order.objects.count() == 11
    monkeypatch.setattr(loader, "_live", live)
    assert seed().out == LOADED
    assert Order.objects.count() == len(loader.LIVES)
    assert User.objects.filter(is_staff=False).count() == 12
    assert stock_errors() == []
    assert seed().out == "The demo data is here already.\n"


@pytest.mark.usefixtures("no_pictures")
def test_without_debug_nobody_has_a_known_password(settings: LazySettings) -> None:
    settings.DEBUG = False
    assert seed().out == "The demo data is loaded.\n"
    assert Product.objects.count() >= 60
    assert User.objects.filter(is_staff=True).count() == 0
    assert not any(user.has_usable_password() for user in User.objects.all())


@pytest.mark.usefixtures("no_pictures")
def test_load_data_adds_up() -> None:
    seed()
    known = dict(Product.objects.values_list("sku", "stock"))
    outcome = seed("--products", "250", "--orders", "130")
    assert outcome.out.splitlines()[1:] == [
        "products: created 250",
        "orders: created 130",
    ]
    assert Product.objects.filter(sku__startswith="LOAD-").count() == 250
    orders = Order.objects.filter(claims__owner="load").prefetch_related(
        "items", "history"
    )
    assert len(orders) == 130
    assert stock_errors() == []
    assert dict(Product.objects.filter(sku__in=known).values_list("sku", "stock")) == (
        known
    )
    for order in orders:
        items = sum((item.subtotal for item in order.items.all()), Decimal(0))
        assert order.total == items > 0
        assert list(order.history.all())[-1].status == order.status
    for product in Product.objects.all():
        lines = product.order_items.exclude(order__status="canceled")
        assert product.sold == (lines.aggregate(n=Sum("quantity"))["n"] or 0)
    numbers = list(Order.objects.order_by("created_at").filter(claims__owner="load"))
    assert numbers[0].number < numbers[-1].number
    before = row_counts()
    assert seed("--products", "250", "--orders", "100").out.splitlines()[1:] == [
        "products: created 0",
        "orders: created 0",
    ]
    assert row_counts() == before


@pytest.mark.usefixtures("no_pictures")
def test_load_data_in_a_constant_number_of_queries(settings: LazySettings) -> None:
    seed()
    # With DEBUG the statements are forgotten as soon as they are done.
    settings.DEBUG = False

    def queries(*args: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            seed(*args)
        return len(captured)

    # Few enough for one statement each on SQLite too.
    assert queries("--products", "5") == queries("--products", "25")
    assert queries("--orders", "3") == queries("--orders", "12")


@pytest.mark.usefixtures("no_pictures")
def test_fresh_empties_the_shop_first() -> None:
    make_order()
    make_product(sku="MINE", stock=3)
    mine, customer = make_admin(), make_user()
    Cart.of_user(customer).add(Product.objects.get(sku="MINE").pk)
    assert seed("--fresh").out == LOADED
    assert not Product.objects.filter(sku="MINE").exists()
    assert Order.objects.count() == len(loader.LIVES)
    assert User.objects.filter(pk=mine.pk).exists()
    assert not User.objects.filter(pk=customer.pk).exists()
    assert Cart.of_user(customer).count() == 0
    assert DeliveryMethod.objects.count() == 3
    assert stock_errors() == []


def test_fresh_deletes_the_uploads(tmp_path: Path) -> None:
    image = make_product(images=[picture()]).images.get()
    assert Path(image.file.path).exists()
    empty_shop()
    assert not Path(image.file.path).exists()
    assert ProductImage.objects.count() == Product.objects.count() == 0


def test_fresh_refuses_without_debug(settings: LazySettings) -> None:
    settings.DEBUG = False
    make_order()
    before = row_counts()
    outcome = seed("--fresh")
    assert outcome.error == (
        "--fresh deletes the whole shop: it refuses when DEBUG is false."
    )
    assert outcome.out == ""
    assert row_counts() == before


def test_a_category_in_the_way_is_told() -> None:
    make_category("Электроника")
    before = row_counts()
    outcome = seed()
    assert outcome.error == "There is already a category Электроника here."
    assert row_counts() == before
