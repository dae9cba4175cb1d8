"""Orders have books of their own: only what stands in none of them is told here."""

from typing import Any

import pytest
from auditlog.models import LogEntry

from orders import services
from orders.models import Order
from payments.services import refund_order
from tests.api import client_of
from tests.audit.books import Statements, entries, newest
from tests.backoffice import staff_in
from tests.factories import make_cart, make_order, make_product, make_user

pytestmark = pytest.mark.django_db


def nothing_told() -> bool:
    return not LogEntry.objects.filter(content_type__app_label="orders").exists()


def test_placing_an_order_asks_the_history_nothing() -> None:
    buyer = make_user()
    products = [make_product() for _ in range(3)]
    make_cart(buyer, *((product, 2) for product in products))
    client = client_of(buyer)
    before = LogEntry.objects.count()
    with Statements() as asked:
        assert client.post("/api/order/checkout").status_code == 201
    assert asked.of_the_history == []
    assert LogEntry.objects.count() == before


def test_steps_and_refunds_have_their_own_books() -> None:
    product, clerk = make_product(), make_user()
    order = make_order(None, (product, 2), payment_method="transfer")
    with Statements() as asked:
        for status in ("paid", "processing", "shipped"):
            services.set_status(order.pk, status, actor=clerk)
        refund_order(order.pk, {product.pk: 1}, stock="put_back", actor=clerk)
        services.cancel_order(make_order().pk, actor=clerk)
        services.add_note(order.pk, "Call first.", author=clerk)
    # The factory's new product and its buyer are told; no order is.
    assert not [sql for sql in asked.of_the_history if "orders" in sql]
    assert nothing_told()


def test_a_changed_quantity() -> None:
    boss, tea, coffee = staff_in("manager"), make_product(sku="T"), make_product()
    order = make_order(None, (tea, 2), (coffee, 1), delivery_method="pickup")
    path = f"/api/v1/update_order/{order.pk}"
    data = {"product_id": str(tea.pk), "quantity": 5}
    assert client_of(boss).put(path, data).status_code == 200
    assert entries(order) == [
        ("update", boss.email, {"quantity.T": [2, 5], "total": ["300.00", "600.00"]})
    ]
    entry = LogEntry.objects.get(object_pk=str(order.pk))
    assert entry.object_repr == f"№ {order.number}"
    client_of(boss).put(path, {**data, "quantity": 5})
    assert len(entries(order)) == 1
    client_of(boss).put(path, {**data, "quantity": 0})
    assert newest(order)[2] == {"quantity.T": [5, 0], "total": ["600.00", "100.00"]}


def test_another_way_to_pay_and_an_order_that_its_owner_hides() -> None:
    buyer = make_user()
    order = make_order(buyer, payment_method="cash")
    client = client_of(buyer)
    data = {"order_id": str(order.pk), "payment_method": "transfer"}
    for _ in range(2):
        assert client.post("/api/payments/pay", data).status_code == 201
    change = {"payment_method": ["cash", "transfer"]}
    assert entries(order) == [("update", buyer.email, change)]
    for _ in range(2):
        client.delete(f"/api/v1/delete_order/{order.pk}")
    hidden = Order.objects.get().hidden_at
    assert hidden is not None
    assert entries(order)[1:] == [
        ("update", buyer.email, {"hidden_at": [None, hidden.isoformat()]})
    ]


@pytest.mark.parametrize("quantity", [0, 1000])
def test_a_refused_change_leaves_no_entry(quantity: int) -> None:
    tea = make_product()
    order = make_order(None, (tea, 2))
    with pytest.raises(Exception, match=r"."):
        services.change_quantity(order.pk, tea.pk, quantity)
    assert nothing_told()


def test_what_a_change_of_quantity_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    tea = make_product()
    order = make_order(None, (tea, 2))

    def statements(quantity: int) -> Any:
        with Statements() as asked:
            services.change_quantity(order.pk, tea.pk, quantity)
        return asked

    statements(3)
    told = statements(4)
    monkeypatch.setattr("shop.audit.record", lambda *args, **kwargs: None)
    assert len(told) == len(statements(5)) + 1
    assert len(told.of_the_history) == 1
