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
from django.db.models import F, Sum
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import now
from django.utils.translation import override

from accounts.models import User
from cart.services import Cart
from catalog.models import Category, Product, ProductImage, SpecTemplate, StockEntry
from catalog.services.stock import stock_errors
from catalog.services.thumbnails import make_missing_thumbnails
from dashboard.models import StatusDay
from dashboard.reports import sales
from dashboard.reports.figures import Period
from dashboard.reports.sales import today
from dashboard.services import check_totals, keep_totals
from orders.models import DeliveryMethod, Order, OrderNote
from orders.services import add_note
from payments import services
from payments.models import EmulatedCharge, Payment, PaymentEvent, Refund, RefundItem
from payments.services import check_orders, expire_orders, reconcile
from shop.demo import lives, loader
from shop.demo.bulk import load_products
from shop.demo.emptying import empty_shop
from tests.catalog.imports import Outcome, picture, run_command
from tests.factories import (
    make_admin,
    make_category,
    make_order,
    make_product,
    make_user,
)
from tests.payments.books import fill_shop
from tests.payments.callbacks import paid_order

pytestmark = pytest.mark.django_db(transaction=True)

LOADED = """\
The demo data is loaded.
Demo logins:
  admin@example.com / admin123
  staff@example.com / staff123
  warehouse@example.com / warehouse123
  content@example.com / content123
  analyst@example.com / analyst123
  aigerim@example.com, timur@example.com, dana@example.com … / customer123
"""


@pytest.fixture(autouse=True)
def demo_shop(settings: LazySettings, tmp_path: Path) -> Iterator[None]:
    settings.DEBUG = settings.PAYMENT_EMULATOR = True
    settings.MEDIA_ROOT = tmp_path / "media"
    with override("en"):
        yield


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where pictures do not matter, seconds are saved."""
    monkeypatch.setattr(loader, "_picture", lambda name: f"https://a.example/{name}")


def seed(*args: str) -> Outcome:
    return run_command("seed", *args)


def wrong() -> list[str]:
    """What the commands that prove the shop would print."""
    found = [*check_orders(), *reconcile()]
    return stock_errors() + [finding.text for finding in found]


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
    assert all(Path(image.file.path).exists() for image in images)
    assert stock_errors() == []
    # Nobody waits for thumbnails: the schedule makes them.
    assert not (tmp_path / "media/thumbs").exists()
    assert make_missing_thumbnails(limit=2) == 2
    assert ProductImage.objects.without_thumbnails().count() == len(images) - 2


@pytest.mark.usefixtures("no_pictures")
def test_the_orders_of_a_month() -> None:
    seed()
    moment = now()
    orders = list(Order.objects.prefetch_related("items", "history"))
    assert len(orders) >= 40
    assert set(Counter(order.status for order in orders)) == set(Order.Status)
    ages = [moment - order.created_at for order in orders]
    assert timedelta(days=28) < max(ages) < timedelta(days=30)
    assert min(ages) < timedelta(days=1)
    for order in orders:
        history = list(order.history.all())
        times = [change.created_at for change in history]
        assert times == sorted(times)
        assert times[0] == order.created_at
        assert times[-1] <= order.updated_at < moment
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
def test_the_figures_of_a_month() -> None:
    seed()
    period = Period.up_to(today(), 30)
    found = sales.figures_of(period).sums
    # About every third cart became an order.
    assert found.conversion and 25 < found.conversion < 34
    keep_totals()
    assert StatusDay.objects.count() > 20
    assert sales.figures_of(period).sums == found
    assert check_totals() == []


def payments_of(order: Order) -> list[str]:
    own = order.payments.order_by("created_at", "pk")
    return list(own.values_list("status", flat=True))


@pytest.mark.usefixtures("no_pictures")
def test_the_money_of_a_month() -> None:
    began = now()
    seed()
    assert wrong() == []
    online = Order.objects.filter(payment_method="emulator")
    kinds = Counter((order.status, *payments_of(order)) for order in online)
    assert kinds == {
        ("completed", "succeeded"): 9,
        ("completed", "failed", "succeeded"): 3,
        ("canceled", "canceled"): 2,
        ("canceled", "refund_due"): 2,
        ("canceled", "refunded"): 2,
        ("refunded", "refunded"): 2,
        ("shipped", "succeeded"): 2,
        ("processing", "succeeded"): 2,
        ("paid", "succeeded"): 1,
        ("pending", "failed"): 1,
        ("pending", "pending"): 1,
    }
    kinds = Counter(Refund.objects.values_list("stock", "is_surplus", "status"))
    assert kinds == {
        ("put_back", False, "succeeded"): 8,
        ("write_off", False, "succeeded"): 2,
        ("none", True, "succeeded"): 2,
    }
    assert {order.status for order in Order.objects.filter(refunded__gt=0)} == {
        "completed",
        "refunded",
    }
    for payment in Payment.objects.select_related("order"):
        times = [payment.order.created_at, payment.created_at]
        if payment.paid_at:
            times.append(payment.paid_at)
        for event in payment.events.all():
            assert payment.created_at <= event.received_at <= payment.updated_at
        for refund in payment.refunds.all():
            assert refund.created_at == refund.sent_at
            times.append(refund.created_at)
        assert times == sorted(times)
        assert max(*times, payment.updated_at) < began
    charges = {charge.payment_id: charge for charge in EmulatedCharge.objects.all()}
    assert {payment.pk for payment in Payment.objects.filter(order__in=online)} == set(
        charges
    )
    for payment in Payment.objects.filter(pk__in=charges):
        assert charges[payment.pk].created_at == payment.created_at
    paid = {p.pk for p in Payment.objects.filter(pk__in=charges, paid_at__isnull=False)}
    assert paid == {pk for pk, c in charges.items() if c.status == "succeeded"}


@pytest.mark.usefixtures("no_pictures")
def test_who_waits_for_money_has_not_waited_long() -> None:
    seed()
    waiting = Order.objects.filter(payment_method="emulator", status="pending")
    assert len(waiting) == lives.FRESH
    assert min(order.created_at for order in waiting) > now() - timedelta(minutes=20)
    assert expire_orders() == 0
    # Nobody pays these, and half an hour later they are not kept any longer.
    Order.objects.update(created_at=F("created_at") - timedelta(minutes=30))
    assert expire_orders() == lives.FRESH
    assert wrong() == []


@pytest.mark.usefixtures("no_pictures")
def test_where_the_emulator_is_off(settings: LazySettings) -> None:
    settings.PAYMENT_EMULATOR = False
    seed()
    methods = set(Order.objects.values_list("payment_method", flat=True))
    assert methods == {"cash", "transfer"}
    assert EmulatedCharge.objects.count() == PaymentEvent.objects.count() == 0
    assert Order.objects.count() == len(loader.LIVES)
    assert set(Order.objects.values_list("status", flat=True)) == set(Order.Status)
    assert Refund.objects.filter(stock="write_off").count() == 2
    assert seed("--orders", "150").error == ""
    assert not Order.objects.filter(payment_method="emulator").exists()
    assert wrong() == []
    settings.PAYMENT_EMULATOR = True
    assert seed().out == "The demo data is here already.\n"


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
    packer = User.objects.get(email="warehouse@example.com")
    assert packer.check_password("warehouse123")
    assert packer.has_perm("catalog.move_stock")
    assert not packer.has_perm("catalog.change_product")
    roles = User.objects.filter(is_staff=True, is_superuser=False)
    assert dict(roles.values_list("email", "groups__role_group__code")) == {
        "staff@example.com": "manager",
        "warehouse@example.com": "warehouse",
        "content@example.com": "content",
        "analyst@example.com": "analyst",
    }
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

    turn_back, orders = lives._turn_back, iter(range(100))

    def interrupt(*args: Any) -> None:
        if next(orders) == 10:
            raise Interrupted
        turn_back(*args)

    monkeypatch.setattr(lives, "_turn_back", interrupt)
    with pytest.raises(Interrupted):
        seed()
    assert Order.objects.count() == 11
    monkeypatch.setattr(lives, "_turn_back", turn_back)
    assert seed().out == LOADED
    assert Order.objects.count() == len(loader.LIVES)
    assert User.objects.filter(is_staff=False).count() == 12
    assert wrong() == []
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
    assert wrong() == []
    assert dict(Product.objects.filter(sku__in=known).values_list("sku", "stock")) == (
        known
    )
    for order in orders:
        items = sum((item.subtotal for item in order.items.all()), Decimal(0))
        assert order.total == items > 0
        assert list(order.history.all())[-1].status == order.status
    for product in Product.objects.all():
        lines = product.order_items.exclude(order__status="canceled")
        returned = RefundItem.objects.filter(order_item__product=product)
        back = returned.exclude(refund__stock="none").aggregate(n=Sum("quantity"))
        sold = lines.aggregate(n=Sum("quantity"))
        assert product.sold == (sold["n"] or 0) - (back["n"] or 0)
    numbers = list(Order.objects.order_by("created_at").filter(claims__owner="load"))
    assert numbers[0].number < numbers[-1].number
    before = row_counts()
    assert seed("--products", "250", "--orders", "100").out.splitlines()[1:] == [
        "products: created 0",
        "orders: created 0",
    ]
    assert row_counts() == before


def test_load_products_share_files_and_what_is_known_of_them() -> None:
    image = make_product(images=[picture()]).images.get()
    assert load_products(3, lambda rows: None) == 3
    rows = list(ProductImage.objects.all())
    assert {row.file.name for row in rows} == {image.file.name}
    assert [row.has_thumbnails for row in rows] == [True] * 4


@pytest.mark.postgres
@pytest.mark.usefixtures("no_pictures")
def test_load_data_in_a_constant_number_of_queries(settings: LazySettings) -> None:
    """SQLite takes only so many rows in one statement."""
    seed()
    # With DEBUG the statements are forgotten as soon as they are done.
    settings.DEBUG = False

    def queries(*args: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            seed(*args)
        return len(captured)

    assert queries("--products", "5") == queries("--products", "25")
    # Enough for every kind of order, and few enough for one group of moments.
    assert queries("--orders", "60") == queries("--orders", "160")
    kinds = Payment.objects.filter(order__claims__owner="load")
    assert set(kinds.values_list("status", flat=True)) == {
        "succeeded",
        "failed",
        "canceled",
        "refunded",
    }


@pytest.mark.usefixtures("no_pictures")
def test_fresh_empties_the_shop_first() -> None:
    order = paid_order()
    add_note(order.pk, "Calls back", author=make_admin())
    services.refund_order(order.pk, stock="put_back")
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
    assert OrderNote.objects.count() == 0
    assert wrong() == []


def test_fresh_leaves_no_money() -> None:
    fill_shop()
    empty_shop()
    for model in (Order, OrderNote, *apps.get_app_config("payments").get_models()):
        assert model._default_manager.count() == 0


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
