"""The history on the pages of what it is about, and the list of all of it."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from html import unescape
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.admin.models import LogEntry as AdminEntry
from django.contrib.auth.models import Group
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import reverse
from django.utils.timezone import now
from django.utils.translation import override

from catalog import services as catalog
from catalog.models import Product
from orders import services as orders
from orders.models import DeliveryMethod
from shop import history
from shop.history import Event, page_of, title_of
from tests.accounts.conftest import PASSWORD
from tests.backoffice import filled, office, queries, staff_in, staff_with
from tests.factories import (
    make_admin,
    make_category,
    make_order,
    make_product,
    make_template,
    make_user,
)

pytestmark = pytest.mark.django_db

LIST = "/admin/auditlog/logentry/"


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with override("en"):
        yield


def page_of_row(row: Any) -> str:
    opts = row._meta
    return reverse(f"admin:{opts.app_label}_{opts.model_name}_history", args=[row.pk])


def told(client: Client, address: str) -> list[str]:
    """Each event of the page as one line of text."""
    answer = client.get(address)
    assert answer.status_code == 200
    items = re.findall(r"<li>(.*?)</li>", answer.content.decode(), re.DOTALL)
    lines = []
    for item in items:
        if "history-head" in item:
            text = re.sub(r"<time.*?</time>", "", item, flags=re.DOTALL)
            text = re.sub(r"<br>", " / ", text)
            text = re.sub(r"<[^>]+>", " ", text)
            lines.append(" ".join(unescape(text).split()))
    return lines


def test_a_product_from_all_its_books() -> None:
    boss, packer = staff_in("manager"), staff_in("warehouse")
    client = office(boss)
    old, new = make_template(name="Old"), make_template(name="New")
    product = make_product(sku="T-1", name="Чай", price="1234.50", template=old)
    # Orders are told by the ledger, to which the page leads.
    orders.cancel_order(make_order(None, (product, 1)).pk)
    page = reverse("admin:catalog_product_change", args=[product.pk])
    data = filled(
        client.get(page), price="1300", template=str(new.pk), is_active="",
        barcode="4870001",
    )  # fmt: skip
    del data["is_active"]
    assert client.post(page, data).status_code == 302
    stock = reverse("admin:catalog_product_stock", args=[product.pk])
    receipt = {"delta": "5", "reason": "receipt", "note": "Two boxes"}
    office(packer).post(stock, receipt)
    assert told(client, page_of_row(product)) == [
        f"Goods received {packer.email} Stock +5 Two boxes",
        f"Changed {boss.email} Barcode — → 4870001 On sale yes → no"
        " Price, ₸ 1.234,50 ₸ → 1.300,00 ₸ Spec template Old → New",
        "Opening stock — Stock +10",
        f"Added — Address chai-{product.number} Name [ru] Чай On sale yes"
        " Price, ₸ 1.234,50 ₸ SKU T-1 Spec template Old",
    ]
    html = client.get(page_of_row(product)).content.decode()
    assert "/admin/catalog/stockentry/?q=T-1" in html
    # Django's own notes are told already.
    assert AdminEntry.objects.count() == 2


def test_what_only_djangos_book_knows_is_told_too() -> None:
    """Changes from before there was this history."""
    client, product = office(), make_product()
    admin = make_admin()
    AdminEntry.objects.create(
        user=admin, content_type=ContentType.objects.get_for_model(Product),
        object_id=str(product.pk), object_repr="x", action_flag=2,
        change_message='[{"changed": {"fields": ["Name [ru]"]}}]',
        action_time=now() - timedelta(days=1),
    )  # fmt: skip
    assert told(client, page_of_row(product))[-1] == (
        f"Changed Name [ru]. {admin.email}"
    )


def test_an_order_with_its_steps() -> None:
    boss, packer = staff_in("manager"), staff_in("warehouse")
    tea = make_product(sku="T")
    order = make_order(None, (tea, 2), delivery_method="pickup")
    orders.change_quantity(order.pk, tea.pk, 3, actor=boss)
    client = office(packer)
    move = reverse("admin:orders_order_move", args=[order.pk])
    client.post(move, {"status": "processing", "note": "By noon"})
    orders.cancel_order(order.pk, reason="expired")
    assert told(client, page_of_row(order)) == [
        "Canceled — not paid in time",
        f"Processing {packer.email} By noon",
        f"Changed {boss.email} Quantity: T 2 → 3 Total, ₸ 200,00 ₸ → 300,00 ₸",
        f"Pending {order.email}",
    ]


def test_people_and_groups() -> None:
    boss, user = make_admin(), make_user(full_name="Aliya")
    client = office(boss)
    user.set_password(PASSWORD)
    user.save()
    group = Group.objects.get(role_group__code="content")
    user.groups.add(group)
    user.groups.remove(group)
    user.is_staff = True
    user.save()
    assert told(client, page_of_row(user))[:4] == [
        "Changed — Works here no → yes",
        "Changed — Groups Content",
        "Changed — Groups Content",
        "Changed — Password ••• → •••",
    ]
    html = client.get(page_of_row(user)).content.decode()
    assert "<del>Content</del>" in html
    assert "<ins>Content</ins>" in html
    assert user.password not in html
    assert told(client, page_of_row(group)) == []
    assert "Nothing is known of earlier changes." in (
        client.get(page_of_row(group)).content.decode()
    )


def test_the_tree_and_what_the_shop_is_set_to() -> None:
    client, tea, drinks = office(), make_category("Чай"), make_category("Напитки")
    catalog.move_category(tea, drinks)
    assert told(client, page_of_row(tea))[0] == "Changed — Inside — → Напитки"
    template = make_template(name="Tea", schema={"a": "string"})
    catalog.update_template(template, schema={"a": {"type": "string", "unit": "kg"}})
    assert told(client, page_of_row(template))[0] == (
        "Changed — Schema: a string → type: string, unit: kg"
    )
    method = DeliveryMethod.objects.get(code="post")
    method.free_from = 9000
    method.save()
    assert told(client, page_of_row(method)) == [
        "Changed — Free from, ₸ — → 9.000,00 ₸"
    ]


def test_what_is_gone_has_a_history() -> None:
    boss, product = make_admin(), make_product(sku="GONE", name="Чай")
    pk, client = product.pk, office(boss)
    catalog.delete_product(product)
    product.pk = pk
    lines = told(client, page_of_row(product))
    assert [line.split()[0] for line in lines] == ["Deleted", "Added"]
    html = client.get(page_of_row(product)).content.decode()
    assert "GONE Чай" in html
    assert "This is gone; its history stays." in html
    assert reverse("admin:catalog_product_change", args=[pk]) not in html
    # Of what has never been there, nothing is told.
    for nothing in ("0", "x", "%00", f"{pk}x"):
        address = f"/admin/catalog/product/{nothing}/history/"
        assert client.get(address).status_code == 302
    assert office(staff_with("orders.view_order")).get(
        page_of_row(product)
    ).status_code == 403  # fmt: skip


def test_html_in_any_text_is_text() -> None:
    evil = "<script>alert(1)</script>"
    client = office()
    product = make_product(name=evil, attributes={evil: evil})
    catalog.update_product(product.pk, attributes={evil: "x"})
    catalog.adjust_stock(product, 1, "receipt", note=evil)
    category = make_category(evil)
    catalog.update_category(category, name=f"{evil}2")
    order = make_order()
    orders.cancel_order(order.pk, note=evil)
    entry = LogEntry.objects.filter(object_pk=str(product.pk)).first()
    pages = [page_of_row(row) for row in (product, category, order)]
    for page in (*pages, LIST, f"{LIST}{entry.pk}/change/"):
        html = client.get(page).content.decode()
        assert "<script>alert" not in html
        assert "&lt;script&gt;alert(1)" in html or "alert(1)" not in html


def test_long_texts_are_told_where_they_begin_to_differ() -> None:
    client, product = office(), make_product(description="a" * 5000)
    catalog.update_product(product.pk, description="a" * 4000 + "b" * 1000)
    (line, *_rest) = told(client, page_of_row(product))
    assert len(line) < 800
    assert "…" + "a" * 40 + "b" in line


def test_many_changes_come_page_by_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(history, "PAGE", 3)
    client, product = office(), make_product()
    for n in range(1, 6):
        catalog.update_product(product.pk, barcode=str(n))
    seen: list[str] = []
    query = ""
    for _page in range(3):
        address = page_of_row(product) + query
        seen += told(client, address)
        html = client.get(address).content.decode()
        found = re.search(r'href="(\?before=[^"]+)" rel="next"', html)
        query = unescape(found[1]) if found else ""
    assert query == ""
    assert [line.split()[-1] for line in seen[:5]] == ["5", "4", "3", "2", "1"]
    assert [line.split()[0] for line in seen[5:]] == ["Opening", "Added"]


@pytest.mark.parametrize(
    "before", ["", "x", "2026-13-40", "2026-01-01", "9" * 400, "0001-01-01T00:00:00Z"]
)
def test_no_moment_is_as_good_as_none(before: str) -> None:
    client, product = office(), make_product()
    answer = client.get(page_of_row(product), {"before": before})
    assert answer.status_code == 200


def test_the_page_takes_the_same_queries_for_more_events() -> None:
    client, product = office(), make_product()
    for n in range(2):
        catalog.update_product(product.pk, price=n, template=make_template())
        catalog.adjust_stock(product, 1, "receipt")
    before = queries(client, page_of_row(product))
    for n in range(10):
        catalog.update_product(
            product.pk, price=n + 5, template=make_template(), actor=make_admin()
        )
        catalog.adjust_stock(product, 1, "receipt", actor=make_admin())
    assert queries(client, page_of_row(product)) == before <= 10
    order = make_order()
    before = queries(client, page_of_row(order))
    for status in ("processing", "shipped", "completed"):
        orders.set_status(order.pk, status, actor=make_admin())
    assert queries(client, page_of_row(order)) == before <= 8


def test_a_summary_is_told_unless_somebody_else_says_more() -> None:
    moment = datetime.fromisoformat("2026-11-28T10:00:00+00:00")
    summary = Event(moment, "a", "Changed Name.", is_summary=True)
    for seconds, who, told_alone in ((1, "a", False), (3, "a", True), (1, "b", True)):
        other = Event(moment - timedelta(seconds=seconds), who, "Changed")
        events, _older = page_of([other, summary])
        assert (summary in events) == told_alone
        assert other in events


# --- The list of all ------------------------------------------------------------------


def rows(client: Client, **query: str) -> list[tuple[str, str]]:
    answer = client.get(LIST, query)
    assert answer.status_code == 200
    return [
        (entry.object_repr, title_of(entry))
        for entry in answer.context["cl"].result_list
    ]


def test_the_list_is_searched_and_narrowed() -> None:
    boss = make_admin(email="boss@example.com")
    client = office(boss)
    tea = make_product(sku="TEA-1", name="Чай")
    coffee = make_product(sku="COF-1", name="Кофе")
    catalog.update_product(tea.pk, price=2, actor=boss)
    pk = coffee.pk
    catalog.delete_product(coffee)
    new, changed = ("TEA-1 Чай", "Added"), ("TEA-1 Чай", "Changed")
    assert rows(client, q="tea-1") == [changed, new]
    assert rows(client, q=str(pk)) == [
        ("COF-1 Кофе", "Deleted"),
        ("COF-1 Кофе", "Added"),
    ]
    assert rows(client, q="boss@example.com TEA") == [changed]
    assert rows(client, q="nobody") == []
    assert rows(client, q="\0nobody") == rows(client)
    assert rows(client, action="2") == [("COF-1 Кофе", "Deleted")]
    assert rows(client, action="3") == rows(client, action="x") == rows(client)
    (kind,) = {entry.content_type_id for entry in LogEntry.objects.filter(action=2)}
    assert {name for name, _ in rows(client, kind=str(kind))} == {
        "TEA-1 Чай", "COF-1 Кофе",
    }  # fmt: skip
    assert rows(client, kind="x") == rows(client)
    html = client.get(LIST).content.decode()
    assert page_of_row(tea) in html
    assert "Price, ₸" in html
    entry = LogEntry.objects.filter(object_pk=str(tea.pk)).first()
    shown = client.get(f"{LIST}{entry.pk}/change/").content.decode()
    assert "<del>100,00\N{NO-BREAK SPACE}₸</del>" in shown


def test_nobody_writes_into_it() -> None:
    make_product()
    entry, client = LogEntry.objects.first(), office()
    before = LogEntry.objects.count()
    assert client.get(f"{LIST}add/").status_code == 403
    assert client.post(f"{LIST}{entry.pk}/change/", {}).status_code == 403
    assert client.post(f"{LIST}{entry.pk}/delete/", {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"}
    client.post(LIST, data)
    assert LogEntry.objects.count() == before


def test_it_is_the_administrators() -> None:
    for role in ("manager", "warehouse", "content", "analyst"):
        assert office(staff_in(role)).get(LIST).status_code == 403
    assert office(staff_with("auditlog.view_logentry")).get(LIST).status_code == 200


def test_the_list_takes_the_same_queries_for_more_entries() -> None:
    client, product = office(), make_product()
    for n in range(2):
        catalog.update_product(product.pk, price=n + 1, actor=make_admin())
    before = queries(client, LIST)
    for n in range(20):
        catalog.update_product(product.pk, price=n + 5, template=make_template())
        make_category()
        make_user()
    assert queries(client, LIST) == before <= 12


def test_entries_of_what_the_shop_has_no_more() -> None:
    """A model that a later release has not: its entries are told all the same."""
    make_product()
    entry = LogEntry.objects.first()
    kind = type(entry.content_type).objects.create(app_label="gone", model="thing")
    LogEntry.objects.update(content_type=kind)
    client = office()
    assert rows(client)
    assert client.get(f"{LIST}{entry.pk}/change/").status_code == 200
