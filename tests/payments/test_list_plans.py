"""Lists, searches and pages of the back office read what they show, not all there is.

What PostgreSQL has looked at says so, in a shop of thousands of orders: of each table
that grows, a page reads a small part, whatever it is narrowed to.
"""

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client
from django.urls import reverse

from accounts.models import User
from orders.models import Order
from orders.slip import batches
from payments.admin import base as money_office
from shop import admin_lists, finding
from tests.backoffice import office
from tests.factories import make_product
from tests.many import make_many_orders, rows_read
from tests.orders.office import LIST, SLIPS, SLIPS_PDF, button, change
from tests.payments.office import PAYMENTS, REFUNDS
from tests.plans import selects

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]

COUNT = 20_000
USERS = "/admin/accounts/user/"
FIND = "/admin/find/"
# As many rows as the lists count here, and as short words are looked for among.
MOST = 400
TABLES = {"orders_order", "payments_payment", "accounts_user", "orders_orderitem"}

ORDER_LISTS = [
    "", "?p=2", "?p=8", *(f"?o={n}" for n in range(1, 9)), "?o=-5.1", "?o=4.5",
    *(f"?status__exact={status}" for status in Order.Status.values),
    "?status__exact=completed&p=8",
    "?payment_method__exact=cash", "?payment_method__exact=emulator",
    "?delivery_method__isnull=True",
    "?status__exact=completed&payment_method__exact=emulator",
    "?money=due", "?money=undone",
]  # fmt: skip
SEARCHES = [
    "person123@example.com", "person123", "8 777 000 11", "nobody", "zz zz", "@",
    "example", "айгүл", "серікова ким", "ли", "ex", "№12", "12345", "ли nobody",
]  # fmt: skip
PAYMENT_LISTS = [
    "", "?p=8", *(f"?o={n}" for n in range(1, 7)), "?status__exact=pending",
    "?status__exact=failed", "?status__exact=succeeded", "?provider__exact=cash",
    "?provider__exact=emulator",
    "?attention=yes",
]  # fmt: skip
REFUND_LISTS = [
    "", "?p=8", "?status__exact=failed", "?status__exact=succeeded",
    "?stock__exact=write_off", "?stock__exact=none", "?attention=yes",
]  # fmt: skip
USER_LISTS = [
    "", "?p=8", *(f"?o={n}" for n in range(1, 7)), "?is_staff__exact=1",
    "?is_superuser__exact=1",
    "?is_active__exact=0", "?is_active__exact=1", "?groups__id__exact={group}",
]  # fmt: skip


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Client:
    monkeypatch.setattr(admin_lists, "MOST", MOST)
    monkeypatch.setattr(finding, "NEWEST", MOST)
    monkeypatch.setattr(money_office, "MOST_ORDERS", 50)
    return office()


@pytest.fixture
def shop() -> None:
    make_product(name="Чай")
    make_many_orders(COUNT)


def read_by(client: Client, address: str, **headers: str) -> dict[str, int]:
    """The most rows of each large table that one statement of the page looks at."""
    cache.clear()
    with selects() as statements:
        answer = client.get(address, headers=headers)
    assert answer.status_code in {200, 302}, address
    assert statements
    most: dict[str, int] = {}
    for statement in statements:
        for table, rows in rows_read(statement).items():
            most[table] = max(most.get(table, 0), rows)
    return {table: rows for table, rows in most.items() if table in TABLES}


def too_much(client: Client, addresses: list[str], bound: int) -> dict[str, Any]:
    """The addresses that look at more than so many rows of a table."""
    found = {}
    for address in addresses:
        read = read_by(client, address)
        if any(rows > bound for rows in read.values()):
            found[address] = read
    return found


def test_no_list_reads_its_table(client: Client, shop: None) -> None:
    group = Group.objects.create(name="Nobody")
    lists = [
        *(f"{LIST}{query}" for query in ORDER_LISTS),
        *(f"{PAYMENTS}{query}" for query in PAYMENT_LISTS),
        *(f"{REFUNDS}{query}" for query in REFUND_LISTS),
        *(f"{USERS}{query.format(group=group.pk)}" for query in USER_LISTS),
    ]
    assert too_much(client, lists, 2 * MOST) == {}
    last = client.get(LIST, {"p": "8"})
    assert last.context["cl"].result_count == MOST
    assert "The first 400: narrow the list" in last.text
    assert client.get(LIST, {"p": "9"}, follow=True).redirect_chain
    few = client.get(LIST, {"payment_method__exact": "emulator"})
    assert "0 orders" in few.text


def test_no_search_reads_the_tables(client: Client, shop: None) -> None:
    # Of what very many share the newest are soon met, in whichever way.
    for query in SEARCHES:
        for address in (LIST, PAYMENTS, USERS, FIND):
            read = read_by(client, f"{address}?q={query.replace('+', '%2B')}")
            assert max(read.values(), default=0) < COUNT / 2, (address, query, read)
    rare = ["person123@example.com", "8 777 000 11", "nobody", "№12", "12345"]
    for query in rare:
        for address in (LIST, FIND):
            read = read_by(client, f"{address}?q={query}")
            assert max(read.values(), default=0) <= 2 * MOST, (address, query, read)


def test_no_page_reads_the_tables(
    client: Client, shop: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = Order.objects.order_by("number")[100]
    user = User.objects.get(email="person123@example.com")
    addresses = [
        change(order),
        *(button(row, "customer") for row in Order.objects.order_by("-number")[:4]),
        f"{USERS}{user.pk}/change/",
        reverse("admin:accounts_user_customer", args=[user.pk]),
    ]
    assert too_much(client, addresses, 100) == {}
    slips = [SLIPS, f"{SLIPS}?all=on", f"{SLIPS}?day=2000-01-01", SLIPS_PDF]
    monkeypatch.setattr(batches, "MAX_SLIPS", 20)
    assert too_much(client, slips, 1500) == {}


def test_the_list_of_the_api_is_narrowed_by_indexes(shop: None) -> None:
    client = office()
    with selects() as statements:
        for query in ("email=PERSON123@example.com", "q=8 777 000 11", "q=№ 12"):
            assert client.get(f"/api/admin/orders?{query}").status_code == 200
    for statement in statements:
        assert rows_read(statement).get("orders_order", 0) <= 200, statement.sql
