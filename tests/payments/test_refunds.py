"""Money that goes back, and the goods with it."""

from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest

from catalog.models import Product, StockEntry
from catalog.services import delete_product
from catalog.services.stock import stock_errors
from orders import services as orders
from orders.exceptions import InvalidTransition, NotInOrder, RefundTooLarge
from orders.models import DeliveryMethod, Order, OrderItem
from payments import services
from payments.exceptions import (
    NoRefundDue,
    NothingPaid,
    PaymentNotFound,
    ProviderRefused,
    ProviderUnavailable,
)
from payments.models import EmulatedCharge, Payment, Refund, RefundItem
from payments.providers.emulator import EmulatorProvider
from payments.services import check_orders
from payments.tasks import send_refund
from tests.api import client_of
from tests.factories import make_admin, make_order, make_product
from tests.payments.callbacks import notice, paid_order, waiting_payment

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    return make_product(sku="A", price="100.00", stock=10)


@pytest.fixture(autouse=True)
def _all_adds_up_afterwards() -> Any:
    yield
    assert stock_errors() == []
    assert list(check_orders()) == []


def everything() -> Any:
    return (
        list(Payment.objects.order_by("pk").values()),
        list(Order.objects.order_by("pk").values()),
        list(OrderItem.objects.order_by("pk").values()),
        list(Product.objects.order_by("pk").values()),
        Refund.objects.count(),
        RefundItem.objects.count(),
        StockEntry.objects.count(),
    )


def ledger(order: Order) -> list[tuple[str, int]]:
    rows = StockEntry.objects.filter(order_id=order.pk).order_by("pk")
    return list(rows.values_list("reason", "delta"))


def test_the_whole_order_put_back(product: Product) -> None:
    DeliveryMethod.objects.update(price=Decimal(50))
    order = paid_order(None, (product, 3))
    assert order.total == Decimal(350)
    refund = services.refund_order(order.pk, stock="put_back", note="broken box")
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("refunded", Decimal(350))
    assert (refund.amount, refund.note) == (Decimal(350), "broken box")
    payment = Payment.objects.get()
    assert (payment.status, payment.left) == ("refunded", Decimal(0))
    product.refresh_from_db()
    assert (product.stock, product.sold) == (10, 0)
    assert ledger(order) == [("sale", -3), ("return", 3)]
    item = RefundItem.objects.get()
    assert (item.quantity, item.amount) == (3, Decimal(300))


def test_the_whole_order_written_off(product: Product) -> None:
    order = paid_order(None, (product, 3))
    services.refund_order(order.pk, stock="write_off")
    product.refresh_from_db()
    assert (product.stock, product.sold) == (7, 0)
    assert sorted(ledger(order)) == [("return", 3), ("sale", -3), ("write_off", -3)]


def test_the_goods_stay_with_the_customer(product: Product) -> None:
    order = paid_order(None, (product, 3))
    services.refund_order(order.pk, stock="none")
    product.refresh_from_db()
    assert (product.stock, product.sold) == (7, 3)
    assert ledger(order) == [("sale", -3)]


def test_piece_by_piece(product: Product) -> None:
    other = make_product(sku="B", price="33.33", stock=5)
    order = paid_order(None, (product, 3), (other, 1))
    assert order.total == Decimal("333.33")
    first = services.refund_order(order.pk, {product.pk: 2}, stock="put_back")
    assert first.amount == Decimal(200)
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("paid", Decimal(200))
    assert Payment.objects.get().left == Decimal("133.33")
    orders.set_status(order.pk, "processing")
    services.refund_order(order.pk, {other.pk: 1}, stock="write_off")
    last = services.refund_order(order.pk, {product.pk: 1}, stock="put_back")
    # All is back: the order is refunded.
    order.refresh_from_db()
    assert (order.status, order.refunded) == ("refunded", order.total)
    assert last.amount == Decimal(100)
    product.refresh_from_db()
    other.refresh_from_db()
    assert (product.stock, other.stock) == (10, 4)


def test_the_last_piece_takes_the_delivery_with_it(product: Product) -> None:
    DeliveryMethod.objects.update(price=Decimal(50))
    order = paid_order(None, (product, 2))
    services.refund_order(order.pk, {product.pk: 1}, stock="put_back")
    last = services.refund_order(order.pk, {product.pk: 1}, stock="put_back")
    assert last.amount == Decimal(150)


@pytest.mark.parametrize("quantity", [4, 1_000_000])
def test_more_than_was_sold(product: Product, quantity: int) -> None:
    order = paid_order(None, (product, 3))
    before = everything()
    with pytest.raises(RefundTooLarge):
        services.refund_order(order.pk, {product.pk: quantity}, stock="put_back")
    assert everything() == before


def test_more_than_is_left(product: Product) -> None:
    order = paid_order(None, (product, 3))
    services.refund_order(order.pk, {product.pk: 2}, stock="none")
    before = everything()
    with pytest.raises(RefundTooLarge):
        services.refund_order(order.pk, {product.pk: 2}, stock="put_back")
    assert everything() == before


@pytest.mark.parametrize("quantities", [{}, "zero", "below"])
def test_nothing_to_refund(product: Product, quantities: Any) -> None:
    order = paid_order(None, (product, 3))
    before = everything()
    asked = {"zero": {product.pk: 0}, "below": {product.pk: -1}}
    with pytest.raises(RefundTooLarge):
        services.refund_order(
            order.pk, asked.get(str(quantities), {}), stock="put_back"
        )
    assert everything() == before


def test_what_was_not_ordered(product: Product) -> None:
    order = paid_order(None, (product, 3))
    before = everything()
    for stranger in (make_product().pk, uuid4()):
        before = everything()
        with pytest.raises(NotInOrder):
            services.refund_order(order.pk, {stranger: 1}, stock="put_back")
        assert everything() == before


def test_twice(product: Product) -> None:
    order = paid_order(None, (product, 3))
    services.refund_order(order.pk, stock="put_back")
    before = everything()
    with pytest.raises(InvalidTransition):
        services.refund_order(order.pk, stock="put_back")
    assert everything() == before


def test_before_it_is_paid(product: Product) -> None:
    payment = waiting_payment(None, (product, 1))
    before = everything()
    with pytest.raises(InvalidTransition):
        services.refund_order(payment.order_id, stock="put_back")
    assert everything() == before


def test_refused_at_the_door(product: Product) -> None:
    """Cash that never came: the goods come back, and no money goes."""
    order = make_order(None, (product, 2))
    for step in ("processing", "shipped"):
        orders.set_status(order.pk, step)
    before = everything()
    with pytest.raises(NothingPaid):
        services.refund_order(order.pk, {product.pk: 1}, stock="put_back")
    assert everything() == before
    refund = services.refund_order(order.pk, stock="put_back")
    assert (refund.amount, refund.payment) == (Decimal(0), None)
    order.refresh_from_db()
    product.refresh_from_db()
    assert (order.status, order.refunded) == ("refunded", Decimal(0))
    assert product.stock == 10


def test_canceling_after_a_partial_refund_puts_back_the_rest(product: Product) -> None:
    order = paid_order(None, (product, 3))
    services.refund_order(order.pk, {product.pk: 1}, stock="write_off")
    orders.cancel_order(order.pk)
    product.refresh_from_db()
    assert product.stock == 9
    payment = Payment.objects.get()
    assert (payment.status, payment.left) == ("refund_due", Decimal(200))
    refund = services.refund_payment(payment.pk)
    assert refund.amount == Decimal(200)
    payment.refresh_from_db()
    assert (payment.status, payment.left) == ("refunded", Decimal(0))


def test_goods_of_a_deleted_product(product: Product) -> None:
    order = paid_order(None, (product, 3))
    delete_product(product)
    refund = services.refund_order(order.pk, stock="put_back")
    assert refund.amount == Decimal(300)
    assert Order.objects.get().status == "refunded"


def test_late_money_goes_back_once() -> None:
    payment = waiting_payment()
    orders.cancel_order(payment.order_id)
    services.take_notice("emulator", notice(payment), "{}")
    refund = services.refund_payment(payment.pk, note="came late")
    assert (refund.amount, refund.stock) == (Decimal(200), "none")
    # It never was what the order brought in.
    assert Order.objects.get().refunded == Decimal(0)
    before = everything()
    with pytest.raises(NoRefundDue):
        services.refund_payment(payment.pk)
    assert everything() == before


def test_only_what_is_marked_goes_back_alone(product: Product) -> None:
    order = paid_order(None, (product, 1))
    with pytest.raises(NoRefundDue):
        services.refund_payment(order.payments.get().pk)
    with pytest.raises(PaymentNotFound):
        services.refund_payment(uuid4())


# --- The provider -----------------------------------------------------------------


def test_the_provider_pays_back_after_the_commit(
    product: Product, django_capture_on_commit_callbacks: Any
) -> None:
    order = paid_order(None, (product, 3))
    with django_capture_on_commit_callbacks(execute=True):
        refund = services.refund_order(order.pk, {product.pk: 1}, stock="put_back")
        assert EmulatedCharge.objects.get().refunds == {}
    assert EmulatedCharge.objects.get().refunds == {str(refund.pk): "100.00"}
    refund.refresh_from_db()
    assert refund.status == "succeeded"
    assert refund.sent_at


def test_a_provider_that_is_away_is_asked_again(product: Product) -> None:
    order = paid_order(None, (product, 3))
    refund = services.refund_order(order.pk, stock="put_back")
    with patch.object(EmulatorProvider, "refund", side_effect=ProviderUnavailable):
        assert services.send_refund(refund.pk).status == "pending"
    refund.refresh_from_db()
    assert refund.last_error
    assert services.send_refund(refund.pk).status == "succeeded"
    refund.refresh_from_db()
    assert refund.last_error == ""


def test_a_refusal_waits_for_people(product: Product) -> None:
    order = paid_order(None, (product, 3))
    refund = services.refund_order(order.pk, stock="put_back")
    no = ProviderRefused("the card is closed")
    with patch.object(EmulatorProvider, "refund", side_effect=no):
        assert services.send_refund(refund.pk).status == "failed"
    refund.refresh_from_db()
    assert refund.last_error == "the card is closed"
    # The money is spoken for all the same.
    with pytest.raises(InvalidTransition):
        services.refund_order(order.pk, stock="none")
    assert services.send_refund(refund.pk).status == "succeeded"


def test_sent_twice_goes_back_once(product: Product) -> None:
    order = paid_order(None, (product, 3))
    refund = services.refund_order(order.pk, stock="put_back")
    services.send_refund(refund.pk)
    Refund.objects.update(status="pending")
    services.send_refund(refund.pk)
    assert EmulatedCharge.objects.get().refunds == {str(refund.pk): "300.00"}


# --- The API ----------------------------------------------------------------------


def test_staff_refund_by_the_api(product: Product) -> None:
    order, api = paid_order(None, (product, 3)), client_of(make_admin())
    path = f"/api/admin/orders/{order.pk}/refund"
    lines = [{"product_id": str(product.pk), "quantity": 1}]
    asked = {"items": lines, "stock": "put_back", "note": "too small"}
    answer = api.post(path, asked)
    assert answer.status_code == 201
    body = answer.json()
    refund = Refund.objects.get()
    assert body.pop("created_at")
    assert body == {
        "id": str(refund.pk),
        "order_id": str(order.pk),
        "payment_id": str(Payment.objects.get().pk),
        "amount": "100.00",
        "currency": "KZT",
        "status": "pending",
        "stock": "put_back",
        "note": "too small",
        "order_status": "paid",
    }
    answer = api.post(path, {"all": True, "stock": "write_off"})
    assert (answer.status_code, answer.json()["order_status"]) == (201, "refunded")
    answer = api.post(path, {"all": True, "stock": "write_off"})
    assert (answer.status_code, answer.json()["code"]) == (409, "invalid_transition")


@pytest.mark.parametrize(
    ("asked", "wrong"),
    [
        ({}, "stock"),
        ({"stock": "burn"}, "stock"),
        ({"stock": "none"}, "items"),
        ({"stock": "none", "item": [{"product_id": "1", "quantity": 1}]}, "items"),
        ({"stock": "none", "all": False}, "items"),
        ({"stock": "none", "items": []}, "items"),
        ({"stock": "none", "items": [{}]}, "items"),
        ({"stock": "none", "items": "all"}, "items"),
        ({"stock": "none", "all": True, "note": "n" * 256}, "note"),
    ],
)
def test_a_refund_that_cannot_be_read(
    product: Product, asked: dict[str, Any], wrong: str
) -> None:
    order = paid_order(None, (product, 3))
    before = everything()
    path = f"/api/admin/orders/{order.pk}/refund"
    answer = client_of(make_admin()).post(path, asked)
    assert answer.status_code == 400
    assert list(answer.json()) == [wrong]
    assert everything() == before


@pytest.mark.parametrize(
    ("quantity", "status", "code"),
    [(0, 400, None), (-1, 400, None), (1.5, 400, None), (4, 409, "refund_too_large")],
)
def test_quantities_that_cannot_be(
    product: Product, quantity: Any, status: int, code: str | None
) -> None:
    order = paid_order(None, (product, 3))
    before = everything()
    lines = [{"product_id": str(product.pk), "quantity": quantity}]
    answer = client_of(make_admin()).post(
        f"/api/admin/orders/{order.pk}/refund", {"stock": "none", "items": lines}
    )
    assert (answer.status_code, answer.json().get("code")) == (status, code)
    assert everything() == before


def test_a_line_named_twice(product: Product) -> None:
    order = paid_order(None, (product, 3))
    lines = [{"product_id": str(product.pk), "quantity": 1}] * 2
    answer = client_of(make_admin()).post(
        f"/api/admin/orders/{order.pk}/refund", {"stock": "none", "items": lines}
    )
    assert answer.status_code == 400
    assert not Refund.objects.exists()


def test_an_unknown_order() -> None:
    answer = client_of(make_admin()).post(
        f"/api/admin/orders/{uuid4()}/refund", {"all": True, "stock": "none"}
    )
    assert answer.status_code == 404


# --- Asked twice, and a broker that is away ---------------------------------------


def test_the_same_key_gives_back_once(product: Product) -> None:
    order, api = paid_order(None, (product, 3)), client_of(make_admin())
    path = f"/api/admin/orders/{order.pk}/refund"
    lines = [{"product_id": str(product.pk), "quantity": 1}]
    asked = {"items": lines, "stock": "put_back"}
    key = {"Idempotency-Key": "r-1"}
    first, again = (api.post(path, asked, headers=key) for _ in range(2))
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]
    assert Payment.objects.get().refunded == Decimal(100)
    other = api.post(path, {**asked, "stock": "none"}, headers=key)
    assert (other.status_code, other.json()["code"]) == (409, "idempotency_key_reused")
    # Another order's refunds have keys of their own.
    second = paid_order(None, (product, 1))
    path = f"/api/admin/orders/{second.pk}/refund"
    assert (
        api.post(path, {"all": True, "stock": "none"}, headers=key).status_code == 201
    )


def test_the_service_knows_a_key_too(product: Product) -> None:
    order = paid_order(None, (product, 3))
    refunds = [
        services.refund_order(
            order.pk, {product.pk: 1}, stock="none", key="k", fingerprint="f"
        )
        for _ in range(2)
    ]
    assert refunds[0] == refunds[1]
    assert Payment.objects.get().refunded == Decimal(100)


def test_a_broker_that_is_away_delays_a_refund_and_fails_nothing(
    product: Product, django_capture_on_commit_callbacks: Any
) -> None:
    order, api = paid_order(None, (product, 3)), client_of(make_admin())
    path = f"/api/admin/orders/{order.pk}/refund"
    away = patch.object(send_refund, "apply_async", side_effect=OSError("no broker"))
    with away, django_capture_on_commit_callbacks(execute=True):
        assert api.post(path, {"all": True, "stock": "put_back"}).status_code == 201
    assert Refund.objects.get().status == "pending"
    assert [finding.fixed for finding in services.reconcile(fix=True)] == [True]
    assert Refund.objects.get().status == "succeeded"
