"""Quantities of a pending order, changed on its page in the back office."""

import re
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from catalog.models import Product, StockEntry
from catalog.services import delete_product
from orders import services
from orders.exceptions import LastLine, NotInOrder, OrderChanged
from orders.models import Order, OrderItem
from tests.backoffice import messages, queries
from tests.factories import make_order, make_product
from tests.orders.office import button, change, clerk
from tests.pages import html, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def tea() -> Product:
    return make_product(sku="TEA", name="Чай", price=Decimal(100), stock=10)


@pytest.fixture
def cup() -> Product:
    return make_product(sku="CUP", name="Чашка", price=Decimal(250), stock=10)


@pytest.fixture
def order(tea: Product, cup: Product) -> Order:
    return make_order(None, (tea, 2), (cup, 1), delivery_method="pickup")


def mover() -> Client:
    return clerk("orders.change_order")


def field(order: Order, product: Product) -> str:
    return f"quantity_{order.items.get(product_id=product.pk).pk}"


def seen(client: Client, order: Order) -> str:
    page = html(client.get(change(order)))
    form = page[page.index('<form id="lines-form"') :]
    found = re.search(r'name="seen" value="(\w+)"', form)
    return found[1] if found else ""


def send(client: Client, order: Order, **data: Any) -> Any:
    return client.post(button(order, "lines"), data, follow=True)


def state(order: Order) -> Any:
    order = Order.objects.get(pk=order.pk)
    return (
        {item.sku: item.quantity for item in order.items.all()},
        order.total,
        dict(Product.objects.values_list("sku", "stock")),
        StockEntry.objects.count(),
        LogEntry.objects.count(),
    )


def test_quantities_are_typed_where_they_stand(
    order: Order, tea: Product, cup: Product
) -> None:
    client = mover()
    page = html(client.get(change(order)))
    name = field(order, tea)
    assert re.search(rf'<input type="number" name="{name}" value="2" min="0"', page)
    assert 'form="lines-form"' in page
    answer = send(
        client, order, seen=seen(client, order),
        **{name: "5", field(order, cup): "1"},
    )  # fmt: skip
    assert messages(answer) == [
        "The quantities are changed. The order now costs 750,00\N{NO-BREAK SPACE}₸."
    ]
    assert state(order)[:3] == (
        {"TEA": 5, "CUP": 1}, Decimal(750), {"TEA": 5, "CUP": 9},
    )  # fmt: skip
    entry = StockEntry.objects.filter(reason="order_edit").get()
    assert (entry.delta, entry.order_id) == (-3, order.pk)
    log = LogEntry.objects.get()
    assert log.get_change_message() == "Changed Quantity for line “TEA: 2 → 5”."
    assert entry.actor == log.user


def test_several_lines_change_together_and_zero_takes_one_out(
    order: Order, tea: Product, cup: Product
) -> None:
    client = mover()
    data = {field(order, tea): "0", field(order, cup): "3"}
    send(client, order, seen=seen(client, order), **data)
    assert state(order)[:3] == ({"CUP": 3}, Decimal(750), {"TEA": 10, "CUP": 7})


@pytest.mark.parametrize(
    ("tea_wanted", "cup_wanted", "said"),
    [
        ("13", "2", "There is not enough left of: Чай."),
        (
            "0",
            "0",
            "This is the last product of the order. Cancel the order instead.",
        ),
        ("-1", "2", "Ensure this value is greater than or equal to 0."),
        ("1.5", "2", "Enter a whole number."),
        ("<b>", "2", "Enter a whole number."),
        (
            str(10**20),
            "2",
            "Ensure this value is less than or equal to 2147483647.",
        ),
        ("", "", "Nothing was changed."),
        ("2", "1", "Nothing was changed."),
    ],
)
def test_what_cannot_be_changes_nothing(
    order: Order,
    tea: Product,
    cup: Product,
    tea_wanted: str,
    cup_wanted: str,
    said: str,
) -> None:
    client = mover()
    before = state(order)
    data = {field(order, tea): tea_wanted, field(order, cup): cup_wanted}
    answer = send(client, order, seen=seen(client, order), **data)
    assert messages(answer) == [said]
    assert state(order) == before


def test_a_line_that_is_not_named_stays(order: Order, tea: Product) -> None:
    client = mover()
    data = {field(order, tea): "1", "quantity_999999": "7", f"quantity_{uuid4()}": "7"}
    send(client, order, seen=seen(client, order), **data)
    assert state(order)[0] == {"TEA": 1, "CUP": 1}


def test_the_lines_of_another_order_are_not_reached(order: Order, tea: Product) -> None:
    other = make_order(None, (tea, 3))
    client = mover()
    before = state(other)[0]
    answer = send(client, order, seen=seen(client, order), **{field(other, tea): "1"})
    assert messages(answer) == ["Nothing was changed."]
    assert state(other)[0] == before


def test_what_a_colleague_changed_meanwhile_is_not_written_over(
    order: Order, tea: Product
) -> None:
    first, second = mover(), mover()
    looked = {client: seen(client, order) for client in (first, second)}
    send(first, order, seen=looked[first], **{field(order, tea): "4"})
    before = state(order)
    answer = send(second, order, seen=looked[second], **{field(order, tea): "3"})
    refusal = (
        f"Order {order.number} has changed since you opened it and is pending now. "
        "Nothing was changed: please look again."
    )
    assert messages(answer) == [refusal]
    assert state(order) == before
    # Nor what the customer did.
    services.cancel_order(order.pk)
    answer = send(second, order, seen=looked[second], **{field(order, tea): "3"})
    assert messages(answer) == [refusal.replace("pending", "canceled")]


def test_a_page_that_does_not_say_what_it_showed_changes_nothing(
    order: Order, tea: Product
) -> None:
    before = state(order)
    answer = send(mover(), order, **{field(order, tea): "3"})
    assert messages(answer) == ["This field is required."]
    answer = send(mover(), order, seen="x", **{field(order, tea): "3"})
    assert "has changed since you opened it" in messages(answer)[0]
    assert state(order) == before


def test_only_pending_orders_have_fields_and_only_for_those_who_may(
    order: Order, tea: Product
) -> None:
    assert "lines-form" not in html(clerk().get(change(order)))
    name, address = field(order, tea), button(order, "lines")
    assert clerk().post(address, {name: "3", "seen": "x"}).status_code == 403
    assert Client().post(address, {name: "3"}).url.startswith("/admin/login/")
    assert mover().get(address).status_code == 405
    missing = address.replace(str(order.pk), str(uuid4()))
    assert mover().post(missing, {"seen": "x"}).status_code == 404
    now = services.fingerprint(Order.objects.get(pk=order.pk))
    services.set_status(order.pk, "paid")
    page = mover().get(change(order))
    assert "lines-form" not in html(page)
    assert "Чай" in text(page)
    before = state(order)
    answer = send(mover(), order, seen=now, **{name: "3"})
    assert "has changed since you opened it and is paid now" in messages(answer)[0]
    assert state(order) == before


def test_the_page_takes_the_same_queries_for_2_and_30_lines(order: Order) -> None:
    client = mover()
    large = make_order(None, *((make_product(), 1) for _ in range(30)))
    assert queries(client, change(order)) == queries(client, change(large)) <= 10


# --- The service ----------------------------------------------------------------------


def test_the_service_changes_all_or_nothing(
    order: Order, tea: Product, cup: Product
) -> None:
    before = state(order)
    refused = [
        ({tea.pk: 1, uuid4(): 1}, NotInOrder),
        ({tea.pk: 0, cup.pk: 0}, LastLine),
    ]
    for quantities, error in refused:
        with pytest.raises(error):
            services.change_quantities(order.pk, quantities)
    with pytest.raises(OrderChanged):
        services.change_quantities(order.pk, {tea.pk: 1}, seen="something else")
    assert state(order) == before
    changed = services.change_quantities(order.pk, {tea.pk: 1, cup.pk: 2})
    assert changed.total == Decimal(600)
    assert {item.sku: item.quantity for item in changed.items.all()} == state(order)[0]


def test_fewer_of_a_product_that_is_gone_are_fine_and_more_are_not(
    order: Order, tea: Product, cup: Product
) -> None:
    delete_product(tea)
    services.change_quantities(order.pk, {tea.pk: 1, cup.pk: 2})
    assert state(order)[:3] == ({"TEA": 1, "CUP": 2}, Decimal(600), {"CUP": 8})
    before = state(order)
    with pytest.raises(NotInOrder):
        services.change_quantities(order.pk, {tea.pk: 2, cup.pk: 1})
    assert state(order) == before


def test_a_fingerprint_follows_status_lines_and_total(
    order: Order, tea: Product
) -> None:
    def now() -> str:
        return services.fingerprint(Order.objects.get(pk=order.pk))

    seen = [now()]
    assert now() == seen[0]
    services.change_quantity(order.pk, tea.pk, 3)
    seen.append(now())
    OrderItem.objects.filter(sku="TEA").update(quantity=4)
    seen.append(now())
    Order.objects.update(total=1)
    seen.append(now())
    services.set_status(order.pk, "paid")
    seen.append(now())
    assert len(set(seen)) == len(seen) == 5
