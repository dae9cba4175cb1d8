"""One step for many orders of the list: each by itself, and what became of it."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from catalog.models import Product
from events.models import OutboxMessage
from orders import services
from orders.models import Order
from tests.backoffice import messages, office, staff_with
from tests.factories import make_order, make_product, make_user
from tests.orders.office import LIST, MOVED, change, clerk, statuses
from tests.pages import html, text

pytestmark = pytest.mark.django_db

Status = Order.Status


def press(client: Client, action: str, *ids: Any, **more: Any) -> Any:
    """A button of the row of actions, with these orders ticked."""
    chosen = [str(getattr(row, "pk", row)) for row in ids]
    data = {"action": action, "index": "0", "_selected_action": chosen, **more}
    return client.post(more.pop("at", LIST), data, follow=True)


def mover() -> Client:
    return clerk("orders.change_order")


# --- The buttons ----------------------------------------------------------------------


def test_each_action_is_a_button_and_enter_presses_none() -> None:
    make_order()
    page = html(office().get(LIST))
    row = page[page.index('<div class="actions">') :]
    buttons = re.findall(r'<button type="submit"[^>]*>', row[: row.index("</div>")])
    named = [re.search(r'name="(\w+)" value="(\w+)"', button) for button in buttons]
    assert [(found[1], found[2]) for found in named if found] == [
        ("index", "0"),
        *(("action", f"move_to_{status}") for status in Status.values[1:]),
        ("action", "print_slips"),
        ("action", "show_slips"),
    ]
    answer = office().post(LIST, {"index": "0", "_selected_action": "x"}, follow=True)
    assert "No action selected." in messages(answer)


def test_nothing_ticked_is_said() -> None:
    order = make_order()
    answer = office().post(LIST, {"action": "move_to_paid", "index": "0"}, follow=True)
    assert messages(answer) == [
        "Items must be selected in order to perform actions on them. "
        "No items have been changed."
    ]
    order.refresh_from_db()
    assert order.status == "pending"


# --- What becomes of each -------------------------------------------------------------


def test_a_few_refusals_are_messages_and_every_order_has_a_line() -> None:
    orders = [make_order() for _ in range(3)]
    services.set_status(orders[1].pk, Status.CANCELED)
    client = mover()
    answer = press(client, "move_to_paid", *orders)
    refusal = f"Order {orders[1].number} is canceled and cannot become paid."
    assert messages(answer) == ["2 orders are now paid.", refusal]
    assert "What was done with each of the 3 orders" in text(answer)
    told = text(client.get(MOVED))
    assert f"1 order stayed as it was Order Why № {orders[1].number} {refusal}" in told
    numbers = " ".join(f"№ {order.number}" for order in (orders[0], orders[2]))
    assert f"2 orders are now: paid {numbers}" in told
    # It is offered once, and can be opened as long as nothing newer was done.
    assert "What was done with" not in text(client.get(LIST))
    assert client.get(MOVED).status_code == 200


def test_many_refusals_are_a_page() -> None:
    orders = [make_order() for _ in range(7)]
    client = mover()
    press(client, "move_to_paid", *orders[:6])
    answer = press(client, "move_to_paid", *orders)
    assert answer.redirect_chain == [(MOVED, 302)]
    assert messages(answer) == ["1 order is now paid."]
    told = text(answer)
    for order in orders[:6]:
        assert f"Order {order.number} is paid and cannot become paid." in told
    assert f"1 order is now: paid № {orders[6].number}" in told
    assert statuses() == ["paid"] * 7


def test_one_order_needs_no_page_of_its_own() -> None:
    client = mover()
    press(client, "move_to_paid", make_order())
    assert client.get(MOVED, follow=True).redirect_chain == [(LIST, 302)]


def test_a_step_taken_twice_is_taken_once() -> None:
    orders = [make_order() for _ in range(2)]
    client = mover()
    for _ in range(2):
        answer = press(client, "move_to_processing", *orders)
    assert messages(answer) == [
        f"Order {order.number} is processing and cannot become processing."
        for order in orders
    ]
    assert [order.history.count() for order in orders] == [2, 2]
    assert LogEntry.objects.count() == 2


def test_what_has_left_the_list_meanwhile_is_named_and_not_lost() -> None:
    """Ticked in the list of pending orders; a colleague was quicker with one."""
    orders = [make_order() for _ in range(2)]
    services.set_status(orders[0].pk, Status.PAID)
    answer = press(mover(), "move_to_paid", *orders, at=f"{LIST}?status__exact=pending")
    assert sorted(messages(answer)) == sorted(
        [
            "1 order is now paid.",
            f"Order {orders[0].number} is paid and cannot become paid.",
        ]
    )
    assert answer.redirect_chain[0][0] == f"{LIST}?status__exact=pending"


def test_a_refusal_of_one_undoes_nothing_of_another() -> None:
    """Each is a transaction of its own."""
    product = make_product(stock=10)
    orders = [make_order(None, (product, 1)) for _ in range(3)]
    for step in (Status.PROCESSING, Status.SHIPPED):
        services.set_status(orders[1].pk, step)
    press(mover(), "move_to_canceled", *orders, reason="customer")
    assert statuses() == ["canceled", "shipped", "canceled"]
    assert Product.objects.get().stock == 9


def test_all_of_a_list_can_be_chosen_up_to_a_number(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    orders = [make_order() for _ in range(3)]
    client = mover()
    monkeypatch.setattr("orders.admin.bulk.MAX_MOVED", 2)
    answer = press(client, "move_to_paid", orders[0], select_across="1")
    assert messages(answer) == [
        "At most 2 orders are changed at once. Choose fewer orders."
    ]
    assert statuses() == ["pending"] * 3
    at = f"{LIST}?status__exact=pending"
    services.set_status(orders[2].pk, Status.PAID)
    answer = press(client, "move_to_processing", orders[0], select_across="1", at=at)
    assert messages(answer) == ["2 orders are now processing."]
    assert statuses() == ["processing", "processing", "paid"]


def test_to_choose_all_is_offered_as_far_as_it_is_possible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    for _ in range(3):
        make_order()
    monkeypatch.setattr("orders.admin.orders.OrderAdmin.list_per_page", 2)
    assert "Select all 3 orders" in html(office().get(LIST))
    monkeypatch.setattr("orders.admin.bulk.MAX_MOVED", 2)
    assert "Select all 3" not in html(office().get(LIST))


# --- Canceling ------------------------------------------------------------------------


def test_canceling_many_asks_for_the_reason_and_names_them() -> None:
    product = make_product(stock=10)
    orders = [make_order(None, (product, 1)) for _ in range(2)]
    shipped = make_order(None, (product, 1))
    for step in (Status.PROCESSING, Status.SHIPPED):
        services.set_status(shipped.pk, step)
    client = mover()
    page = press(client, "move_to_canceled", *orders, shipped)
    told = text(page)
    assert "2 orders will be canceled" in told
    assert f"Order {shipped.number} is shipped and cannot become canceled." in told
    assert statuses() == ["pending", "pending", "shipped"]
    assert Product.objects.get().stock == 7
    ids = re.findall(r'name="_selected_action" value="([^"]+)"', html(page))
    assert set(ids) == {str(order.pk) for order in (*orders, shipped)}
    answer = press(
        client, "move_to_canceled", *ids, reason="out_of_stock", note="A strike."
    )
    assert messages(answer) == [
        "2 orders are now canceled.",
        f"Order {shipped.number} is shipped and cannot become canceled.",
    ]
    for order in orders:
        last = order.history.last()
        assert (last.status, last.reason, last.note) == (
            "canceled", "out_of_stock", "A strike.",
        )  # fmt: skip
    assert Product.objects.get().stock == 9


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"reason": ""}, "This field is required."),
        (
            {"reason": "<b>"},
            "Select a valid choice. &lt;b&gt; is not one of the available choices.",
        ),
        (
            {"reason": "customer", "note": "x" * 256},
            "Ensure this value has at most 255 characters (it has 256).",
        ),
        ({"reason": "customer", "note": "\0"}, "Null characters are not allowed."),
    ],
)
def test_a_reason_that_is_none_cancels_nothing(asked: Any, said: str) -> None:
    order = make_order()
    page = press(mover(), "move_to_canceled", order, **asked)
    assert said in html(page)
    assert statuses() == ["pending"]
    assert OutboxMessage.objects.filter(event_type="order_canceled").count() == 0


# --- What nobody should send ----------------------------------------------------------


def test_ids_that_are_none_break_nothing_and_are_counted() -> None:
    order = make_order()
    ids = [order.pk, order.pk, uuid4(), "x", "", "1' OR '1'='1"]
    answer = press(mover(), "move_to_paid", *ids)
    assert messages(answer) == [
        "4 of the chosen orders do not exist.",
        "1 order is now paid.",
    ]
    answer = press(mover(), "move_to_paid", uuid4())
    assert messages(answer)[0] == "1 of the chosen orders does not exist."
    answer = press(mover(), "move_to_paid", "x")
    assert messages(answer)[0] == "1 of the chosen orders does not exist."
    assert statuses() == ["paid"]


def test_ten_thousand_ids_are_refused() -> None:
    order = make_order()
    many = [order.pk, *(uuid4() for _ in range(9_000))]
    answer = press(mover(), "move_to_paid", *many)
    assert messages(answer) == [
        "9000 of the chosen orders do not exist.",
        "1 order is now paid.",
    ]
    too_many = [str(uuid4()) for _ in range(10_001)]
    data = {"action": "move_to_paid", "index": "0", "_selected_action": too_many}
    assert mover().post(LIST, data).status_code == 400


@pytest.mark.parametrize("action", ["delete_selected", "save", "__init__", "<b>", ""])
def test_actions_that_are_none_do_nothing(action: str) -> None:
    order = make_order()
    answer = press(office(), action, order)
    assert messages(answer) == ["No action selected."]
    assert statuses() == ["pending"]


def test_who_may_not_move_orders_sees_no_button_and_is_refused() -> None:
    order = make_order()
    watcher = clerk()
    shown = html(watcher.get(LIST))
    assert "move_to_" not in shown
    assert 'value="print_slips"' in shown
    for status in Status.values[1:]:
        data = {"action": f"move_to_{status}", "_selected_action": [str(order.pk)]}
        for more in ({}, {"index": "0"}, {"reason": "customer"}):
            assert watcher.post(LIST, data | more).status_code == 403
    # Money that goes back takes a right of its own.
    data = {"action": "move_to_refunded", "_selected_action": [str(order.pk)]}
    assert mover().post(LIST, data).status_code == 403
    stranger = office(staff_with("catalog.view_product"))
    assert stranger.post(LIST, data).status_code == 403
    assert stranger.get(MOVED).status_code == 403
    assert Client().get(MOVED).status_code == 302
    assert statuses() == ["pending"]


def test_what_customers_have_written_is_text_everywhere() -> None:
    order = make_order(make_user(email="a@example.com"))
    hostile = '<script>alert(1)</script>"><img src=x onerror=alert(1)>'
    Order.objects.update(full_name=hostile[:150], comment=hostile, address=hostile)
    client = mover()
    pages = [
        client.get(LIST),
        client.get(LIST, {"q": str(order.number)}),
        client.get(change(order)),
        press(client, "move_to_canceled", order),
        press(client, "show_slips", order),
    ]
    for page in pages:
        shown = html(page)
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in shown
