"""`POST /api/payments/pay` and the refunds of staff (contract §6)."""

from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from accounts.models import User
from events.models import OutboxMessage
from orders import services as orders
from orders.models import Order
from payments.models import EmulatedCharge, Payment, Refund
from tests.api import client_of
from tests.factories import make_admin, make_order, make_product, make_user
from tests.payments.callbacks import online_order, paid_order, tell

pytestmark = pytest.mark.django_db
PAY = "/api/payments/pay"


def code_of(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json().get("code")


@pytest.mark.parametrize(
    "address", [PAY, PAY + "/", "/api/v1/payments/pay", "/payment/pay"]
)
def test_paying_leads_to_the_provider(address: str) -> None:
    user = make_user()
    order = online_order(user)
    answer = client_of(user).post(address, {"order_id": str(order.pk)})
    assert answer.status_code == 201
    payment = Payment.objects.get()
    assert answer.json() == {
        "id": str(payment.pk),
        "status": "pending",
        "redirect_url": f"http://testserver/payment/{payment.pk}/",
    }
    assert (payment.order_id, payment.provider) == (order.pk, "emulator")
    assert (payment.amount, payment.currency) == (Decimal("200.00"), "KZT")
    assert payment.external_id == str(EmulatedCharge.objects.get().pk)
    body = client_of(user).get(f"/api/orders/{order.pk}").json()
    assert body["payment"] == {
        "id": str(payment.pk),
        "method": "emulator",
        "status": "pending",
    }


def test_paying_again_is_the_same_payment() -> None:
    user = make_user()
    order = online_order(user)
    api = client_of(user)
    first, second = (api.post(PAY, {"order_id": str(order.pk)}) for _ in range(2))
    assert first.json() == second.json()
    assert Payment.objects.count() == EmulatedCharge.objects.count() == 1


@pytest.mark.parametrize("method", ["cash", "transfer"])
def test_what_is_paid_by_hand_leads_to_the_order(method: str) -> None:
    user = make_user()
    order = make_order(user, payment_method=method)
    answer = client_of(user).post(PAY, {"order_id": str(order.pk)})
    assert answer.status_code == 201
    assert answer.json()["redirect_url"] == f"http://testserver/orders/{order.pk}/"
    assert Payment.objects.get().provider == method


def test_another_method_becomes_the_orders() -> None:
    user = make_user()
    order = make_order(user)
    asked = {"order_id": str(order.pk), "payment_method": "emulator"}
    assert client_of(user).post(PAY, asked).status_code == 201
    order.refresh_from_db()
    assert order.payment_method == "emulator"
    # From now on the goods are reserved, for the full time.
    assert order.reserved_at is not None


def test_a_paid_order() -> None:
    user = make_user()
    order = paid_order(user)
    answer = client_of(user).post(PAY, {"order_id": str(order.pk)})
    assert code_of(answer) == (409, "already_paid")
    assert Payment.objects.count() == 1


@pytest.mark.parametrize("method", ["paypal", "", "x" * 16, "Cash"])
def test_an_unknown_way_to_pay(method: str) -> None:
    user = make_user()
    order = make_order(user)
    asked = {"order_id": str(order.pk), "payment_method": method or "no"}
    assert code_of(client_of(user).post(PAY, asked)) == (404, "unknown_provider")
    order.refresh_from_db()
    assert order.payment_method == "cash"
    assert not Payment.objects.exists()


def test_the_emulator_where_it_is_off(settings: Any) -> None:
    user = make_user()
    order = online_order(user)
    settings.PAYMENT_EMULATOR = False
    answer = client_of(user).post(PAY, {"order_id": str(order.pk)})
    assert code_of(answer) == (404, "unknown_provider")
    lines = [{"product_id": str(make_product().pk), "quantity": 1}]
    checkout = {"items": lines, "payment_method": "emulator"}
    answer = client_of(user).post("/api/orders", checkout)
    assert answer.status_code == 400
    assert list(answer.json()) == ["payment_method"]


@pytest.mark.parametrize("status", ["canceled", "refunded", "processing", "shipped"])
def test_an_order_that_cannot_be_paid(status: str) -> None:
    user = make_user()
    order = make_order(user)
    Order.objects.update(status=status)
    answer = client_of(user).post(PAY, {"order_id": str(order.pk)})
    assert code_of(answer) == (409, "not_payable")
    assert not Payment.objects.exists()


@pytest.mark.parametrize("order_id", ["", None, [], {}, "x" * 65])
def test_an_order_id_that_cannot_be(order_id: Any) -> None:
    answer = client_of(make_user()).post(PAY, {"order_id": order_id})
    assert answer.status_code == 400
    assert list(answer.json()) == ["order_id"]


@pytest.mark.parametrize("order_id", ["1", "none", str(uuid4())])
def test_an_unknown_order(order_id: str) -> None:
    answer = client_of(make_user()).post(PAY, {"order_id": order_id})
    assert code_of(answer) == (404, "not_found")


def test_somebody_elses_order() -> None:
    order = online_order(make_user())
    for stranger in (client_of(make_user()), client_of()):
        answer = stranger.post(PAY, {"order_id": str(order.pk)})
        assert code_of(answer) == (404, "not_found")
    assert not Payment.objects.exists()


def test_who_may_only_look_does_not_pay() -> None:
    order = online_order(make_user())
    clerk = make_user(role=User.Role.STAFF)
    clerk.user_permissions.set(Permission.objects.filter(codename="view_order"))
    answer = client_of(clerk).post(PAY, {"order_id": str(order.pk)})
    assert code_of(answer) == (403, "permission_denied")
    assert not Payment.objects.exists()


def test_a_guest_pays_in_the_session_that_ordered() -> None:
    product, guest = make_product(), Client()
    asked = {
        "items": [{"sku": product.sku, "quantity": 1}],
        "email": "guest@example.com",
        "payment_method": "emulator",
    }
    placed = guest.post("/api/orders", asked, "application/json")
    assert placed.status_code == 201, placed.json()
    order_id = placed.json()["id"]
    paid = guest.post(PAY, {"order_id": order_id}, "application/json")
    assert paid.status_code == 201
    assert tell(Payment.objects.get()).status_code == 200
    body = guest.get(f"/api/orders/{order_id}").json()
    assert (body["status"], body["payment"]["status"]) == ("paid", "succeeded")


# --- Money that follows the order's steps -----------------------------------------


def status_call(order: Order, status: str) -> Any:
    path = f"/api/admin/orders/{order.pk}/status"
    return client_of(make_admin()).patch(path, {"status": status})


def payments() -> list[tuple[str, str]]:
    return list(Payment.objects.order_by("pk").values_list("provider", "status"))


def test_staff_confirm_a_transfer() -> None:
    order = make_order(None, payment_method="transfer")
    answer = status_call(order, "paid")
    assert answer.json()["payment"]["status"] == "succeeded"
    payment = Payment.objects.get()
    assert answer.json()["payment"]["id"] == str(payment.pk)
    assert (payment.provider, payment.amount) == ("transfer", Decimal(200))
    assert payment.confirmed_by.role == User.Role.ADMIN
    told = OutboxMessage.objects.filter(aggregate=str(order.pk))
    assert list(told.values_list("event_type", flat=True)) == [
        "order_created",
        "payment_succeeded",
        "order_paid",
    ]


def test_cash_is_paid_at_completion() -> None:
    order = make_order(None, (make_product(), 1))
    for step in ("processing", "shipped"):
        assert status_call(order, step).json()["payment"] == {
            "id": None,
            "method": "cash",
            "status": "pending",
        }
    assert status_call(order, "completed").json()["payment"]["status"] == "succeeded"
    assert payments() == [("cash", "succeeded")]


def test_money_that_came_another_way_withdraws_the_online_payment() -> None:
    user = make_user()
    order = online_order(user)
    client_of(user).post(PAY, {"order_id": str(order.pk)})
    assert status_call(order, "paid").status_code == 200
    assert payments() == [("emulator", "canceled"), ("transfer", "succeeded")]
    body = client_of(user).get(f"/api/orders/{order.pk}").json()
    assert (body["payment"]["method"], body["payment"]["status"]) == (
        "transfer",
        "succeeded",
    )


def test_money_that_did_not_fit_is_not_the_payment_of_a_waiting_order() -> None:
    user, product = make_user(), make_product()
    order = online_order(user, (product, 2))
    api = client_of(user)
    api.post(PAY, {"order_id": str(order.pk)})
    orders.change_quantity(order.pk, product.pk, 1)
    tell(Payment.objects.get())
    assert payments() == [("emulator", "refund_due")]
    body = api.get(f"/api/orders/{order.pk}").json()
    assert body["payment"] == {"id": None, "method": "emulator", "status": "pending"}


def test_canceling_a_paid_order_marks_its_money() -> None:
    order = paid_order()
    answer = client_of(make_admin()).patch(f"/api/orders/{order.pk}/cancel")
    assert answer.json()["payment"]["status"] == "refund_due"
    assert payments() == [("emulator", "refund_due")]


def test_refunded_by_status_gives_back_all_and_moves_no_stock(
    django_capture_on_commit_callbacks: Any,
) -> None:
    product = make_product(stock=10)
    order = paid_order(None, (product, 3))
    with django_capture_on_commit_callbacks(execute=True):
        assert status_call(order, "refunded").status_code == 200
    payment, refund = Payment.objects.get(), Refund.objects.get()
    assert (payment.status, payment.refunded) == ("refunded", Decimal(300))
    assert (refund.amount, refund.stock) == (Decimal(300), "none")
    assert refund.status == "succeeded"
    assert EmulatedCharge.objects.get().refunds == {str(refund.pk): "300.00"}
    product.refresh_from_db()
    assert product.stock == 7
    order.refresh_from_db()
    assert order.refunded == Decimal(300)


def test_paying_and_refunding_asks_for_the_right_to() -> None:
    order = paid_order()
    path = f"/api/admin/orders/{order.pk}/refund"
    asked = {"all": True, "stock": "put_back"}
    clerk = make_user(role=User.Role.STAFF)
    clerk.user_permissions.set(
        Permission.objects.filter(codename__in=["view_order", "change_order"])
    )
    assert client_of().post(path, asked).status_code == 401
    assert client_of(make_user()).post(path, asked).status_code == 403
    assert client_of(clerk).post(path, asked).status_code == 403
    assert not Refund.objects.exists()
    clerk.user_permissions.add(Permission.objects.get(codename="add_refund"))
    clerk = User.objects.get(pk=clerk.pk)
    assert client_of(clerk).post(path, asked).status_code == 201


def test_the_step_that_gives_money_back_asks_for_that_right() -> None:
    order = paid_order()
    path = f"/api/admin/orders/{order.pk}/status"
    clerk = make_user(role=User.Role.STAFF)
    clerk.user_permissions.set(
        Permission.objects.filter(codename__in=["view_order", "change_order"])
    )
    api = client_of(clerk)
    assert api.patch(path, {"status": "refunded"}).status_code == 403
    assert not Refund.objects.exists()
    assert api.patch(path, {"status": "processing"}).status_code == 200
    # And for no other.
    clerk.user_permissions.set(
        Permission.objects.filter(codename__in=["view_order", "add_refund"])
    )
    assert api.patch(path, {"status": "shipped"}).status_code == 403
    assert api.patch(path, {"status": "refunded"}).status_code == 200


def test_a_customer_moves_no_status() -> None:
    user = make_user()
    order = paid_order(user)
    path = f"/api/admin/orders/{order.pk}/status"
    assert client_of(user).patch(path, {"status": "refunded"}).status_code == 403
    assert client_of().patch(path, {"status": "refunded"}).status_code == 401
    order.refresh_from_db()
    assert order.status == "paid"
    orders.cancel_order(order.pk)
