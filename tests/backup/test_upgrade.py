"""From the first schema with data to today's: nothing lost, and the shop is open.

The way is the one of an owner who moves to a new machine: a backup of the old shop,
restored by the new one, which migrates it.
"""

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client

from accounts.models import User
from catalog.models import Category, Product
from events.models import OutboxMessage
from orders.models import Order
from payments.models import Payment
from shop.backup.making import backups_in
from tests.backup import first_release
from tests.backup.conftest import Places
from tests.backup.places import rows_by_column
from tests.backup.running import restore
from tests.factories import make_order

pytestmark = pytest.mark.django_db

OLD_TABLES = {
    *("accounts_user", "cart_cart", "cart_cartitem", "catalog_category"),
    *("catalog_product", "catalog_product_categories", "catalog_productimage"),
    *("catalog_spectemplate", "catalog_stockentry", "django_session"),
    *("orders_deliverymethod", "orders_order", "orders_orderclaim"),
    *("orders_orderitem", "orders_ordernote", "orders_orderstatuschange"),
    *("outbox_messages", "payments_emulatedcharge", "payments_payment"),
    *("payments_paymentevent", "payments_refund", "payments_refunditem"),
}


def test_a_shop_of_the_first_schema_goes_on(
    places: Places, settings: Any, client: Client
) -> None:
    with places().used():
        model = first_release.migrate_to(first_release.FIRST)
        first_release.fill_first(model)
        model = first_release.migrate_to(
            [*first_release.FIRST, *first_release.WITH_PAYMENTS]
        )
        _payments_of_earlier_orders(model)
        first_release.fill_payments(model)
        before = rows_by_column(OLD_TABLES)
        call_command("backup")
    (path,) = backups_in(settings.BACKUP_DIR)
    with places().used():
        said = restore(path)
        assert said[1] != "0 migrations were applied."
        assert said[2:] == [
            "Every product's stock is the sum of its ledger.",
            "Every order adds up.",
            "The backup is restored, 0 files are missing.",
        ]
        _nothing_is_lost(before)
        _figures_are_right()
        _pages_answer(client)
        _the_shop_goes_on()


def _payments_of_earlier_orders(model: first_release.Model) -> None:
    """What the first shop had no table for is there after the step that brings it."""
    found = model("payments.Payment").objects.values_list("order__status", "status")
    assert sorted(found) == [
        ("completed", "succeeded"),
        ("paid", "succeeded"),
        ("processing", "succeeded"),
        ("refunded", "refunded"),
        ("shipped", "succeeded"),
    ]


def _nothing_is_lost(before: dict[str, dict[str, list[str]]]) -> None:
    """Every column of old that there still is has the values of old, row by row."""
    after = rows_by_column(OLD_TABLES)
    assert set(before) == set(after) == OLD_TABLES
    gone, changed = set(), set()
    for table, columns in before.items():
        for column, values in columns.items():
            assert values, f"{table} was empty: it proves nothing"
            if column not in after[table]:
                gone.add(f"{table}.{column}")
            elif after[table][column][: len(values)] != values:
                changed.add(f"{table}.{column}")
    assert gone == {"catalog_product.search_text"}
    assert changed == set()


def _figures_are_right() -> None:
    call_command("rebuild_totals")
    call_command("rebuild_totals", "--check")
    sold = Order.objects.exclude(status__in=["pending", "canceled", "refunded"])
    lines = Decimal("9990.50") * 2 + Decimal("19981.00") + first_release.DELIVERY
    online = Decimal("29971.50") * 3
    assert sum(order.total for order in sold) == 4 * lines + online


def _pages_answer(client: Client) -> None:
    product = Product.objects.get(sku="OLD-1")
    assert product.stock == 50 - 6 * 2
    order = Order.objects.get(status="shipped")
    category = Category.objects.get(slug="zima")
    found = client.get("/api/products", {"q": "зеленые ботинки"}).json()
    assert [one["sku"] for one in found["results"]] == ["OLD-1"]
    public = ["/", product.get_absolute_url(), category.get_absolute_url(), "/cart/"]
    client.force_login(User.objects.get(email="buyer@example.com"))
    own = [order.get_absolute_url(), "/account/"]
    for address in [*public, *own]:
        assert client.get(address, follow=True).status_code == 200, address
    client.force_login(User.objects.get(email="owner@example.com"))
    office = [
        *("/admin/", "/admin/stats/", f"/admin/orders/order/{order.pk}/change/"),
        f"/admin/catalog/product/{product.pk}/change/",
        *("/admin/orders/order/", "/admin/catalog/product/", "/admin/accounts/user/"),
        *("/admin/payments/payment/", "/admin/events/outboxmessage/"),
    ]
    for address in office:
        assert client.get(address).status_code == 200, address


def _the_shop_goes_on() -> None:
    """The next number is the next one, old passwords work, old events are sent."""
    highest = Order.objects.order_by("-number").values_list("number", flat=True)[0]
    product = Product.objects.get(sku="OLD-2")
    buyer = User.objects.get(email="buyer@example.com")
    new = make_order(buyer, (product, 1), address="Алматы, Абая 1")
    assert new.number == highest + 1
    assert Payment.objects.filter(order=new).count() == 0
    assert new.user.check_password("customer123")
    call_command("publish_outbox", "--once")
    assert not OutboxMessage.objects.exclude(status="sent").exists()
    call_command("check_stock")
    call_command("check_orders")
