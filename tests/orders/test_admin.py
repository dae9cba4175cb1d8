"""Orders in the back office: read, and taken step by step by the services."""

from decimal import Decimal
from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse
from pypdf import PdfReader

from catalog.models import Product
from events.models import OutboxMessage
from orders import services
from orders.models import DeliveryMethod, Order, OrderStatusChange
from tests.backoffice import errors, messages, office, queries, staff_with
from tests.factories import make_order, make_product, make_user

pytestmark = pytest.mark.django_db

LIST = "/admin/orders/order/"
Status = Order.Status


def change(order: Order) -> str:
    return reverse("admin:orders_order_change", args=[order.pk])


def move_url(order: Order) -> str:
    return reverse("admin:orders_order_move", args=[order.pk])


def run_action(client: Any, status: str, *orders: Order) -> Any:
    ids = [str(order.pk) for order in orders]
    data = {"action": f"move_to_{status}", "_selected_action": ids}
    return client.post(LIST, data, follow=True)


def statuses() -> list[str]:
    return list(Order.objects.order_by("number").values_list("status", flat=True))


def found(**asked: str) -> list[int]:
    page = office().get(LIST, asked)
    assert page.status_code == 200
    return sorted(order.number for order in page.context["cl"].result_list)


def clerk(*more: str) -> Any:
    return office(staff_with("orders.view_order", *more))


def mover() -> Any:
    """Who may take every step, the one that gives money back too."""
    return clerk("orders.change_order", "payments.add_refund")


# --- Reading --------------------------------------------------------------------------


def test_the_page_shows_lines_history_and_the_way_to_the_customers_page() -> None:
    product = make_product(sku="TEA", name="Чай <i>", price=Decimal("1250.5"))
    order = make_order(None, (product, 2))
    Order.objects.update(full_name="Айгүл <b>Серікова</b>")
    services.set_status(order.pk, Status.PAID, note="by card")
    html = clerk().get(change(order)).content.decode()
    for text in ("TEA", "Чай &lt;i&gt;", "2.501,00", "by card", "&lt;b&gt;Серікова"):
        assert text in html
    assert "<b>" not in html
    assert "<i>" not in html
    assert f'href="{order.get_absolute_url()}"' in html
    # With it, staff who may not cancel could do so in another browser.
    assert order.access_token not in html


def test_nothing_of_an_order_is_edited_added_or_deleted() -> None:
    order = make_order()
    before = Order.objects.values().get()
    client = office()
    assert client.get(f"{LIST}add/").status_code == 403
    answer = client.post(change(order), {"status": "paid", "total": "1"})
    assert answer.status_code == 403
    assert client.post(f"{LIST}{order.pk}/delete/", {"post": "yes"}).status_code == 403
    data = {"action": "delete_selected", "_selected_action": [str(order.pk)]}
    client.post(LIST, data | {"post": "yes"})
    assert Order.objects.values().get() == before


def test_orders_are_found_by_number_email_phone_name_and_id() -> None:
    order = make_order(make_user(email="aigul@example.com"))
    make_order(make_user(email="other@example.com"))
    Order.objects.filter(pk=order.pk).update(
        full_name="Айгүл Серікова", phone="+7 701 123-45-67"
    )
    asked = ["AIGUL@", "+7 701", "123-45-67", "айгүл", "СЕРІКОВА Айгүл", str(order.pk)]
    for query in (*asked, f"{order.number} aigul", f"№{order.number} aigul"):
        assert found(q=query) == [order.number], query
    assert order.number in found(q=str(order.number))
    assert found(q="nobody") == []
    assert found(q="9" * 40) == []


def test_orders_are_narrowed_by_status_and_payment() -> None:
    paid, pending = make_order(), make_order()
    services.set_status(paid.pk, Status.PAID)
    assert found(status__exact="paid") == [paid.number]
    assert found(status__exact="pending") == [pending.number]
    assert found(payment_method__exact="transfer") == []
    assert len(found(payment_method__exact="cash")) == 2


def test_a_filter_that_is_none_never_breaks_the_list() -> None:
    client = office()
    for query in ("delivery_method__id__exact=x", "created_at__gte=x", "status=x"):
        assert client.get(f"{LIST}?{query}", follow=True).status_code == 200


def test_the_list_and_the_page_take_the_same_queries_for_1_and_30() -> None:
    client, buyer = office(), make_user()
    small = make_order(buyer)
    methods = "/admin/orders/deliverymethod/"
    before = [queries(client, url) for url in (LIST, methods, change(small))]
    large = make_order(buyer, *((make_product(), 1) for _ in range(30)))
    for _ in range(28):
        make_order(buyer)
    for n in range(5):
        DeliveryMethod.objects.create(code=f"way-{n}", name=f"Way {n}")
    assert [queries(client, url) for url in (LIST, methods, change(large))] == before
    assert max(before) <= 10


# --- Steps ----------------------------------------------------------------------------


def test_each_step_goes_through_the_service() -> None:
    order = make_order()
    user = staff_with("orders.view_order", "orders.change_order")
    client = office(user)
    for status in (Status.PAID, Status.PROCESSING, Status.SHIPPED, Status.COMPLETED):
        data = {"status": status, "note": f"to {status}"}
        answer = client.post(move_url(order), data, follow=True)
        assert messages(answer) == [f"1 order is now {status}."]
    history = list(order.history.values_list("status", "actor", "note"))[1:]
    assert history == [
        (status, user.pk, f"to {status}")
        for status in ("paid", "processing", "shipped", "completed")
    ]
    told = OutboxMessage.objects.filter(event_type__startswith="order_")
    assert set(told.values_list("event_type", flat=True)) == {
        "order_created", "order_paid", "order_shipped", "order_completed",
    }  # fmt: skip
    assert LogEntry.objects.filter(object_id=str(order.pk), user=user).count() == 4


def test_canceling_puts_the_stock_back() -> None:
    product = make_product(stock=5)
    order = make_order(None, (product, 2))
    client = clerk("orders.change_order")
    client.post(move_url(order), {"status": "canceled"}, follow=True)
    product.refresh_from_db()
    assert (product.stock, statuses()) == (5, ["canceled"])
    answer = client.post(move_url(order), {"status": "canceled"}, follow=True)
    assert messages(answer) == [
        f"Order {order.number} is canceled and cannot become canceled."
    ]
    product.refresh_from_db()
    assert product.stock == 5
    assert order.history.count() == 2


def test_an_action_moves_what_can_move_and_names_what_cannot() -> None:
    orders = [make_order() for _ in range(4)]
    services.set_status(orders[1].pk, Status.CANCELED)
    services.set_status(orders[3].pk, Status.PAID)
    history = OrderStatusChange.objects.count()
    answer = run_action(clerk("orders.change_order"), "paid", *orders)
    assert sorted(messages(answer)) == sorted(
        [
            f"Order {orders[1].number} is canceled and cannot become paid.",
            f"Order {orders[3].number} is paid and cannot become paid.",
            "2 orders are now paid.",
        ]
    )
    assert statuses() == ["paid", "canceled", "paid", "paid"]
    assert OrderStatusChange.objects.count() == history + 2
    assert LogEntry.objects.count() == 2


@pytest.mark.parametrize("status", Status.values[1:])
def test_a_refused_action_leaves_no_trace(status: str) -> None:
    order = make_order()
    for step in (Status.PAID, Status.REFUNDED):
        services.set_status(order.pk, step)
    stock = list(Product.objects.values_list("stock", flat=True))
    before = (order.history.count(), OutboxMessage.objects.count(), stock)
    answer = run_action(mover(), status, order)
    assert messages(answer) == [
        f"Order {order.number} is refunded and cannot become {status}."
    ]
    assert statuses() == ["refunded"]
    stock = list(Product.objects.values_list("stock", flat=True))
    assert (order.history.count(), OutboxMessage.objects.count(), stock) == before
    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    ("method", "offered"),
    [
        ("cash", ["paid", "processing", "canceled"]),
        ("transfer", ["paid", "canceled"]),
    ],
)
def test_only_steps_that_exist_are_offered(method: str, offered: list[str]) -> None:
    order = make_order()
    Order.objects.update(payment_method=method)
    page = clerk("orders.change_order").get(change(order))
    assert [move["status"] for move in page.context["moves"]] == offered
    Order.objects.update(status=Status.REFUNDED)
    page = clerk("orders.change_order").get(change(order))
    assert page.context["moves"] == []


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (
            {"status": "<b>"},
            "Select a valid choice. <b> is not one of the available choices.",
        ),
        ({}, "This field is required."),
        (
            {"status": "paid", "note": "x" * 256},
            "Ensure this value has at most 255 characters (it has 256).",
        ),
    ],
)
def test_a_button_that_is_none_changes_nothing(data: dict[str, str], said: str) -> None:
    order = make_order()
    answer = office().post(move_url(order), data, follow=True)
    assert messages(answer) == [said]
    assert "<b>" not in answer.content.decode()
    assert statuses() == ["pending"]


def test_steps_are_for_those_who_may_change_orders() -> None:
    order = make_order()
    client = clerk()
    assert client.post(move_url(order), {"status": "paid"}).status_code == 403
    html = client.get(change(order)).content.decode()
    assert 'class="moves"' not in html
    assert "move_to_paid" not in client.get(LIST).content.decode()
    run_action(client, "paid", order)
    assert statuses() == ["pending"]
    stranger = office(staff_with("catalog.view_product"))
    assert stranger.get(LIST).status_code == 403
    assert stranger.get(change(order)).status_code == 403
    assert stranger.post(move_url(order), {"status": "paid"}).status_code == 403


def test_steps_are_posted_and_the_order_exists() -> None:
    client = office()
    assert client.get(move_url(make_order())).status_code == 405
    missing = reverse("admin:orders_order_move", args=[uuid4()])
    assert client.post(missing, {"status": "paid"}).status_code == 404


# --- Notes ----------------------------------------------------------------------------


def note_url(order: Order) -> str:
    return reverse("admin:orders_order_note", args=[order.pk])


def test_staff_write_notes_that_the_customer_does_not_see() -> None:
    order = make_order()
    user = staff_with(
        "orders.view_order", "orders.change_order", "orders.view_ordernote"
    )
    client = office(user)
    assert note_url(order) in client.get(change(order)).content.decode()
    first, second = "Call first.", "Left at the door.\n<script>alert(1)</script>"
    for text in (first, second):
        answer = client.post(note_url(order), {"text": text}, follow=True)
        assert messages(answer) == ["The note is saved."]
    assert list(order.notes.values_list("text", "author")) == [
        (second, user.pk), (first, user.pk),
    ]  # fmt: skip
    html = answer.content.decode()
    assert html.index("Left at the door.") < html.index("Call first.")
    assert "<br>&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "<script>alert" not in html
    log = LogEntry.objects.filter(object_id=str(order.pk), user=user)
    assert [entry.get_change_message() for entry in log] == ["Changed staff notes."] * 2
    for page in (order.get_signed_url(), reverse("orders:order-slip", args=[order.pk])):
        assert "Call first." not in client.get(page).content.decode()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (None, "This field is required."),
        (" \n ", "This field is required."),
        ("x" * 2001, "Ensure this value has at most 2000 characters (it has 2001)."),
        ("\0", "Null characters are not allowed."),
    ],
)
def test_a_note_that_is_none_is_not_kept(text: str | None, said: str) -> None:
    order = make_order()
    data = {} if text is None else {"text": text}
    answer = office().post(note_url(order), data, follow=True)
    assert messages(answer) == [said]
    assert not order.notes.exists()
    assert not LogEntry.objects.exists()


def test_notes_are_for_those_who_may() -> None:
    order = make_order()
    services.add_note(order.pk, "Call first.", author=make_user())
    client = clerk()
    html = client.get(change(order)).content.decode()
    assert note_url(order) not in html
    assert "Call first." not in html
    assert client.post(note_url(order), {"text": "Mine."}).status_code == 403
    answer = Client().post(note_url(order), {"text": "Mine."})
    assert answer.url.startswith("/admin/login/")
    assert order.notes.count() == 1
    assert office().get(note_url(order)).status_code == 405
    missing = reverse("admin:orders_order_note", args=[uuid4()])
    assert office().post(missing, {"text": "Mine."}).status_code == 404


# --- Slips ----------------------------------------------------------------------------


def test_slips_are_a_step_away_and_printed_together() -> None:
    orders = [make_order() for _ in range(3)]
    client = clerk()
    html = client.get(change(orders[0])).content.decode()
    for name in ("orders:order-slip", "orders:order-slip-pdf"):
        address = reverse(name, args=[orders[0].pk])
        assert f'href="{address}"' in html
        assert client.get(address).status_code == 200
    ids = [str(order.pk) for order in orders[:2]]
    chosen = {"action": "print_slips", "_selected_action": ids}
    answer = client.post(LIST, chosen)
    assert answer["Content-Type"] == "application/pdf"
    pages = [page.extract_text() for page in PdfReader(BytesIO(answer.content)).pages]
    assert len(pages) == 2
    for page, order in zip(pages, orders[:2], strict=True):
        assert f"№ {order.number}" in page.replace("\N{NO-BREAK SPACE}", " ")


def test_too_many_slips_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("orders.admin.orders.MAX_SLIPS", 1)
    orders = [make_order() for _ in range(2)]
    ids = [str(order.pk) for order in orders]
    chosen = {"action": "print_slips", "_selected_action": ids}
    answer = clerk().post(LIST, chosen, follow=True)
    assert messages(answer) == [
        "At most 1 slips are printed at once. Choose fewer orders."
    ]
    assert answer["Content-Type"].startswith("text/html")


# --- Delivery methods -----------------------------------------------------------------


def test_delivery_methods_are_edited_in_three_languages() -> None:
    client = office()
    url = "/admin/orders/deliverymethod/add/"
    data = {
        "name_ru": "Дрон", "name_kk": "Дрон", "name_en": "Drone", "code": "drone",
        "price": "999.90", "free_from": "", "position": "4", "is_active": "on",
    }  # fmt: skip
    page = client.post(url, data | {"name_ru": "", "price": "-1"})
    assert errors(page) == {
        "name_ru": ["This field is required."],
        "price": ["Ensure this value is greater than or equal to 0."],
    }
    assert client.post(url, data).status_code == 302
    made = DeliveryMethod.objects.get(code="drone")
    assert (made.name_en, made.price, made.free_from) == (
        "Drone", Decimal("999.90"), None,
    )  # fmt: skip
    assert (made.needs_address, made.is_active) == (False, True)
