"""What waits: who is told of it, and that its links lead to just these rows."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from accounts.models import User
from dashboard.reports import todo
from dashboard.reports.todo import Task, todo_for
from events.models import Delivery, OutboxMessage
from notifications.models import Letter
from orders.models import Order
from payments.models import Payment, Refund
from shop.ids import new_id
from tests.backoffice import office, queries, staff_in, staff_with
from tests.factories import make_admin, make_order, make_product, make_user

pytestmark = pytest.mark.django_db

Status = Order.Status
FRONT = "/admin/"


@pytest.fixture(autouse=True)
def in_english(settings: Any) -> Any:
    settings.ORDER_UNPAID_DAYS, settings.ORDER_LATE_DAYS = 1, 3
    settings.LOW_STOCK_THRESHOLD, settings.PAYMENT_EMULATOR = 3, True
    # Orders take what they need, and leave enough.
    make_product(stock=10)
    with translation.override("en"):
        yield


def order(
    hours: float = 0, status: str = Status.PENDING, method: str = "cash"
) -> Order:
    """One that was placed so many hours ago."""
    made = make_order(payment_method=method)
    moment = timezone.now() - timedelta(hours=hours)
    Order.objects.filter(pk=made.pk).update(status=status, created_at=moment)
    return made


def tasks(user: User | None = None) -> dict[str, Task]:
    return {task.code: task for task in todo_for(user or make_admin())}


def listed(task: Task) -> set[Any]:
    """The rows of the list that the task leads to."""
    page = office().get(task.address)
    assert page.status_code == 200, task.address
    if "cl" in page.context:
        return {row.pk for row in page.context["cl"].result_list}
    return {order.pk for order in page.context["batch"].orders}


def test_nothing_waits_in_a_new_shop() -> None:
    assert tasks() == {}
    assert "Nothing waits." in office().get(FRONT).content.decode()


def test_orders_that_wait_for_their_money() -> None:
    old = order(25, method="transfer")
    older = order(100, method="emulator")
    order(23, method="transfer")
    order(100)
    order(100, Status.PROCESSING, "transfer")
    order(100, Status.CANCELED, "transfer")
    task = tasks()["unpaid"]
    assert (task.title, task.count, task.is_more) == ("Not paid", 2, False)
    assert [row.name for row in task.rows] == [str(old), str(older)]
    assert task.rows[0].note == old.email
    assert task.rows[0].address == f"/admin/orders/order/{old.pk}/change/"
    assert listed(task) == {old.pk, older.pk}


def test_orders_that_are_late() -> None:
    late = [order(73, Status.PAID, "transfer"), order(80, Status.PROCESSING)]
    for status in (Status.PENDING, Status.SHIPPED, Status.COMPLETED, Status.REFUNDED):
        order(100, status)
    order(71, Status.PAID)
    task = tasks()["late"]
    assert task.count == 2
    assert listed(task) == {row.pk for row in late}


@pytest.mark.parametrize(("days", "count"), [(0, 3), (2, 2), (5, 0)])
def test_when_an_order_is_late_is_a_setting(
    settings: Any, days: int, count: int
) -> None:
    settings.ORDER_LATE_DAYS = days
    for hours in (1, 50, 73):
        order(hours, Status.PAID)
    found = tasks().get("late")
    assert (found.count if found else 0) == count


def test_orders_to_pack() -> None:
    packed = [order(), order(0, Status.PAID, "transfer"), order(9, Status.PROCESSING)]
    order(0, Status.PENDING, "transfer")
    order(0, Status.SHIPPED)
    task = tasks()["to-pack"]
    assert task.count == 3
    assert listed(task) == {row.pk for row in packed}


def test_money_that_is_to_go_back() -> None:
    def payment(status: str) -> Payment:
        return Payment.objects.create(
            order=make_order(), provider="transfer", amount=500, currency="KZT",
            status=status, paid_at=timezone.now(),
        )  # fmt: skip

    def refund(status: str) -> Refund:
        of = payment("succeeded")
        return Refund.objects.create(
            order=of.order, payment=of, amount=70, currency="KZT", status=status
        )

    due = payment("refund_due")
    undone = [refund("pending"), refund("failed")]
    refund("succeeded")
    found = tasks()
    assert found["refunds-due"].count == 1
    (row,) = found["refunds-due"].rows
    assert (row.name, row.note) == (str(due.order), "500,00\xa0₸")
    assert listed(found["refunds-due"]) == {due.pk}
    assert found["refunds"].count == 2
    assert found["refunds"].rows[1].note == "70,00\xa0₸, refused by the provider"
    assert listed(found["refunds"]) == {row.pk for row in undone}


def test_products_that_run_low() -> None:
    low = [make_product(sku="B", stock=3), make_product(sku="A", stock=1)]
    make_product(stock=4)
    make_product(stock=0, is_active=False)
    task = tasks()["low-stock"]
    assert task.count == 2
    assert [row.note for row in task.rows] == ["1 piece", "3 pieces"]
    assert listed(task) == {product.pk for product in low}


def test_what_could_not_be_sent() -> None:
    OutboxMessage.objects.all().delete()
    parked = OutboxMessage.objects.create(
        event_type="order_paid", aggregate="x", payload={}, status="parked"
    )
    sent = OutboxMessage.objects.create(
        event_type="order_paid", aggregate="y", payload={}, status="sent"
    )
    delivery = Delivery.objects.create(
        message=sent, subscriber="letters", aggregate="y", status="parked"
    )
    letters = [
        Letter.objects.create(
            kind="welcome", recipient="a@example.com", about="x", message_id=new_id(),
            status=status,
        )
        for status in ("failed", "sent")
    ]  # fmt: skip
    found = tasks()
    assert found["events"].rows[0].name == "order_paid"
    assert listed(found["events"]) == {parked.pk}
    assert found["deliveries"].rows[0].name == "letters"
    assert listed(found["deliveries"]) == {delivery.pk}
    assert found["letters"].rows[0].note == "a@example.com"
    assert listed(found["letters"]) == {letters[0].pk}


def test_so_many_are_counted_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(todo, "MOST", 3)
    for _ in range(3):
        order(0, Status.PAID)
    assert tasks()["to-pack"].count_shown == "3"
    order(0, Status.PAID)
    assert tasks()["to-pack"].count_shown == "3+"


def test_the_five_oldest_are_named() -> None:
    made = [order(0, Status.PAID) for _ in range(6)]
    task = tasks()["to-pack"]
    assert task.count == 6
    assert [row.name for row in task.rows] == [str(row) for row in made[:5]]


@pytest.fixture
def everything() -> None:
    order(100, method="transfer")
    paid = order(100, Status.PAID)
    payment = Payment.objects.create(
        order=paid, provider="transfer", amount=500, currency="KZT",
        status="refund_due", paid_at=timezone.now(),
    )  # fmt: skip
    Refund.objects.create(order=paid, payment=payment, amount=1, currency="KZT")
    make_product(stock=0)
    OutboxMessage.objects.update(status="parked")
    message = OutboxMessage.objects.all()[0]
    Delivery.objects.create(
        message=message, subscriber="a", aggregate="x", status="parked"
    )
    Letter.objects.create(
        kind="welcome", recipient="a@example.com", about="x", message_id=new_id(),
        status="failed",
    )  # fmt: skip


ORDERS = {"to-pack", "late"}
MONEY = {"unpaid", "refunds-due", "refunds"}
ALL = ORDERS | MONEY | {"low-stock", "events", "deliveries", "letters"}


@pytest.mark.usefixtures("everything")
@pytest.mark.parametrize(
    ("who", "codes"),
    [
        (make_admin, ALL),
        (lambda: staff_in("manager"), ORDERS | MONEY | {"low-stock", "letters"}),
        (lambda: staff_in("warehouse"), ORDERS | {"low-stock"}),
        (lambda: staff_in("content"), set()),
        (lambda: staff_in("analyst"), ORDERS | MONEY | {"low-stock"}),
        (lambda: staff_with("payments.view_payment"), {"refunds-due"}),
        (make_user, set()),
    ],
)
def test_everybody_is_told_of_what_they_may_see(
    who: Callable[[], User], codes: set[str]
) -> None:
    user = who()
    assert set(tasks(user)) == codes
    if not user.is_staff:
        return
    html = office(user).get(FRONT).content.decode()
    shown = {code for code in ALL if f'class="task task-{code}"' in html}
    assert shown == codes
    assert ("<h2>To do</h2>" in html) == bool(codes)
    # No link leads to a page that they may not open.
    for task in tasks(user).values():
        for address in (task.address, *(row.address for row in task.rows)):
            assert office(user).get(address).status_code == 200, address


def test_the_front_page_takes_the_same_queries_for_1_and_30_orders() -> None:
    client = office()
    order(100, Status.PAID)
    before = queries(client, FRONT)
    for _ in range(29):
        order(100, Status.PAID)
    assert queries(client, FRONT) == before <= 40


def test_what_people_have_written_stays_a_text() -> None:
    script = "<script>alert(1)</script>"
    made = order(100, Status.PAID)
    Order.objects.filter(pk=made.pk).update(full_name=script)
    make_product(name=script, stock=1)
    for page in (FRONT, "/admin/stats/"):
        html = office().get(page).content.decode()
        assert "<script>alert" not in html
        assert html.count("&lt;script&gt;alert(1)&lt;/script&gt;") >= 2
