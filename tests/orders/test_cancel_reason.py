"""Why an order was canceled: said once, kept, and told to whom it may be told."""

from typing import Any

import pytest
from django.test import Client
from django.utils import translation

from orders import services
from orders.models import Order, OrderStatusChange
from orders.timeline import timeline
from tests.backoffice import messages
from tests.factories import make_order, make_product
from tests.orders.office import button, change, clerk, statuses
from tests.pages import html, text

pytestmark = pytest.mark.django_db

Reason = OrderStatusChange.Reason


def mover() -> Client:
    return clerk("orders.change_order")


def press(client: Client, order: Order, **data: str) -> Any:
    return client.post(button(order, "move"), data, follow=True)


def test_the_reason_is_chosen_kept_and_shown() -> None:
    order = make_order()
    client = mover()
    page = html(client.get(change(order)))
    for value, label in Reason.choices:
        assert f'<option value="{value}">{label}</option>' in page
    assert "canceled because" not in text(client.get(change(order))).lower()
    answer = press(
        client, order, status="canceled", reason="unreachable", note="Called <b>twice"
    )
    assert messages(answer) == ["1 order is now canceled."]
    last = order.history.last()
    assert (last.reason, last.note) == ("unreachable", "Called <b>twice")
    told = text(answer)
    assert "Canceled because: the customer could not be reached: Called" in told
    assert "<b>twice" not in html(answer)


def test_an_order_that_was_canceled_without_a_reason_says_so() -> None:
    order = make_order()
    services.cancel_order(order.pk)
    assert "Canceled because: —" in text(clerk().get(change(order)))


@pytest.mark.parametrize(
    ("reason", "told"),
    [
        (Reason.CUSTOMER, "the customer asked for it"),
        (Reason.OUT_OF_STOCK, "the goods are not available"),
        (Reason.EXPIRED, "not paid in time"),
        (Reason.FRAUD, ""),
        (Reason.OTHER, ""),
    ],
)
def test_the_customer_reads_the_reason_unless_it_is_for_staff(
    reason: str, told: str
) -> None:
    order = make_order()
    services.set_status(order.pk, "canceled", reason=reason, note="Only for staff.")
    fresh = Order.objects.with_history().get(pk=order.pk)
    with translation.override("en"):
        assert [step.reason for step in timeline(fresh)] == ["", told]
    page = html(Client(headers={"accept-language": "en"}).get(order.get_signed_url()))
    assert "Only for staff." not in page
    assert "looks like fraud" not in page
    assert told in page


def test_what_was_decided_by_an_old_page_is_refused() -> None:
    product = make_product(stock=5)
    order = make_order(None, (product, 2))
    client = mover()
    assert '<input type="hidden" name="seen" value="pending">' in html(
        client.get(change(order))
    )
    services.set_status(order.pk, "paid")
    before = order.history.count()
    for status in ("canceled", "processing", "paid"):
        answer = press(client, order, status=status, seen="pending", reason="customer")
        assert messages(answer) == [
            f"Order {order.number} has changed since you opened it and is paid now. "
            "Nothing was changed: please look again."
        ]
    product.refresh_from_db()
    assert (statuses(), order.history.count(), product.stock) == (["paid"], before, 3)
    press(client, order, status="canceled", seen="paid", reason="customer")
    assert statuses() == ["canceled"]


@pytest.mark.parametrize("field", ["reason", "seen"])
def test_a_button_with_nonsense_does_nothing(field: str) -> None:
    order = make_order()
    answer = press(mover(), order, status="canceled", **{field: "<b>"})
    assert messages(answer) == [
        "Select a valid choice. <b> is not one of the available choices."
    ]
    assert "<b>" not in html(answer)
    assert statuses() == ["pending"]
