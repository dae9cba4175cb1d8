"""Money in the back office: read, asked about, given back by the services."""

from decimal import Decimal
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from catalog.models import Product
from orders import services as orders
from orders.models import Order
from payments import services
from payments.exceptions import ProviderRefused, ProviderUnavailable
from payments.models import EmulatedCharge, Payment, PaymentEvent, Refund
from payments.providers.emulator import EmulatorProvider
from tests.backoffice import messages, office, queries, staff_in, staff_with
from tests.factories import make_admin, make_order, make_product
from tests.pages import html, text
from tests.payments.callbacks import paid_order, waiting_payment
from tests.payments.office import (
    HOSTILE,
    ORDERS,
    PAYMENTS,
    REFUNDS,
    SHOWN,
    button,
    clerk,
    everything,
    found,
    giver,
    history,
    late_payment,
    order_page,
    page_of,
    refund_url,
    refused_refund,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    return make_product(sku="A", price="100.00", stock=10)


# --- Payments: reading ----------------------------------------------------------------


def test_a_payments_page_shows_its_figures_refunds_and_messages(
    product: Product,
) -> None:
    order = paid_order(None, (product, 3))
    payment = order.payments.get()
    refund = services.refund_order(
        order.pk, {product.pk: 1}, stock="none", note=HOSTILE
    )
    for number in (2, 3):
        PaymentEvent.objects.create(
            provider="emulator", event_id=f"e{number}", payment=payment,
            said="succeeded", raw=f"message {number} {HOSTILE}",
        )  # fmt: skip
    page = clerk().get(page_of(payment))
    shown = html(page)
    for figure in ("300,00 ₸", "100,00 ₸", "200,00 ₸", payment.external_id):
        assert figure in shown
    assert order_page(order) in shown and page_of(refund) in shown
    assert shown.count(SHOWN) == 3
    assert HOSTILE not in shown
    assert shown.index("message 2") < shown.index("message 3")


def test_payments_are_found_by_order_provider_number_and_email() -> None:
    payment = waiting_payment()
    order = payment.order
    waiting_payment()
    Order.objects.filter(pk=order.pk).update(email="aigul@example.com")
    asked = ["AIGUL@", payment.external_id, str(payment.pk), f"№{order.number} aigul"]
    for query in asked:
        assert found(PAYMENTS, q=query) == {payment.pk}, query
    assert payment.pk in found(PAYMENTS, q=str(order.number))
    for query in ("nobody", "9" * 40):
        assert found(PAYMENTS, q=query) == set()


def test_payments_are_narrowed_by_what_waits_status_and_provider(
    product: Product,
) -> None:
    open_one, late = waiting_payment(), late_payment()
    undone = refused_refund(paid_order(None, (product, 2)), {product.pk: 1}).payment
    done = paid_order(None, (product, 1)).payments.get()
    assert undone
    assert found(PAYMENTS, attention="yes") == {late.pk, undone.pk}
    everybody = {open_one.pk, late.pk, undone.pk, done.pk}
    assert found(PAYMENTS, attention="x") == everybody
    assert found(PAYMENTS, status__exact="pending") == {open_one.pk}
    assert found(PAYMENTS, provider__exact="transfer") == set()
    assert found(PAYMENTS, provider__exact="emulator") == everybody


def test_lists_and_pages_take_the_same_queries_for_1_and_10(product: Product) -> None:
    client, order = office(), paid_order(None, (product, 5), (make_product(), 1))
    late_payment()
    refused_refund(order, {product.pk: 1})
    author = make_admin()
    orders.add_note(order.pk, "Call first.", author=author)
    urls = [PAYMENTS, REFUNDS, ORDERS, order_page(order), refund_url(order)]
    urls.append(page_of(order.payments.get()))
    before = [queries(client, url) for url in urls]
    for number in range(3):
        late_payment()
        refused_refund(order, {product.pk: 1})
        refused_refund(paid_order(None, (make_product(), 1)))
        PaymentEvent.objects.create(
            provider="emulator", event_id=f"e{number}",
            payment=order.payments.get(), said="succeeded", raw="{}",
        )  # fmt: skip
        orders.add_note(order.pk, "Call first.", author=author)
    assert [queries(client, url) for url in urls] == before
    assert max(before) <= 14


# --- Payments: buttons ----------------------------------------------------------------


def test_money_that_pays_for_nothing_is_given_back_once(
    django_capture_on_commit_callbacks: Any,
) -> None:
    payment, client = late_payment(), giver()
    page = client.get(page_of(payment))
    assert "200,00 ₸ are to be given back" in text(page)
    address = button(payment, "refund")
    assert address in html(page)
    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(address, {"note": "came late"}, follow=True)
    assert messages(answer) == ["200,00\N{NO-BREAK SPACE}₸ go back to the customer."]
    refund = Refund.objects.get()
    assert (refund.amount, refund.note, refund.status) == (
        Decimal(200), "came late", "succeeded",
    )  # fmt: skip
    assert refund.actor == answer.wsgi_request.user
    assert Payment.objects.get().status == "refunded"
    assert history(payment) == ["Added refund “200,00\N{NO-BREAK SPACE}₸”."]
    assert address not in html(client.get(page_of(payment)))
    before = everything()
    answer = client.post(address, follow=True)
    assert messages(answer) == ["This payment does not wait to be given back."]
    assert everything() == before


def test_a_note_that_is_too_long_gives_nothing_back() -> None:
    payment, client = late_payment(), giver()
    before = everything()
    answer = client.post(button(payment, "refund"), {"note": "n" * 256}, follow=True)
    assert messages(answer) == [
        "Ensure this value has at most 255 characters (it has 256)."
    ]
    assert everything() == before


def test_staff_who_hand_the_money_over_are_told_so() -> None:
    order = make_order(payment_method="transfer")
    orders.set_status(order.pk, "paid")
    orders.cancel_order(order.pk)
    page = giver().get(page_of(Payment.objects.get()))
    assert "The shop cannot send this money" in text(page)
    assert "The shop cannot send" not in text(giver().get(page_of(late_payment())))


def test_the_provider_is_asked_and_its_answer_is_applied() -> None:
    payment, client = waiting_payment(), clerk("payments.change_payment")
    address = button(payment, "ask")
    assert address in html(client.get(page_of(payment)))
    answer = client.post(address, follow=True)
    assert messages(answer) == ["The provider has said nothing new, or did not answer."]
    assert not LogEntry.objects.exists()
    EmulatedCharge.objects.update(status="succeeded")
    answer = client.post(address, follow=True)
    assert messages(answer) == ["The provider has answered. The payment is now: paid."]
    payment.refresh_from_db()
    assert (payment.status, payment.order.status) == ("succeeded", "paid")
    assert history(payment) == ["Changed status."]
    assert address not in html(client.get(page_of(payment)))


def test_a_provider_that_is_away_changes_nothing() -> None:
    payment, client = waiting_payment(), clerk("payments.change_payment")
    before = everything()
    with patch.object(
        EmulatorProvider, "fetch_status", side_effect=ProviderUnavailable
    ):
        answer = client.post(button(payment, "ask"), follow=True)
    assert messages(answer) == ["The provider has said nothing new, or did not answer."]
    assert everything() == before


def test_staff_confirm_a_transfer_and_the_payment_names_them() -> None:
    order = make_order(payment_method="transfer")
    user = staff_with(
        "orders.view_order", "orders.change_order", "payments.view_payment"
    )
    client = office(user)
    move = reverse("admin:orders_order_move", args=[order.pk])
    answer = client.post(move, {"status": "paid"}, follow=True)
    payment = Payment.objects.get()
    assert (payment.status, payment.amount, payment.confirmed_by) == (
        "succeeded", Decimal(200), user,
    )  # fmt: skip
    assert page_of(payment) in html(answer)
    # Once in the page's head, and once as who has confirmed.
    assert text(client.get(page_of(payment))).count(user.email) == 1


# --- Refunds --------------------------------------------------------------------------


def test_a_refund_is_sent_again_until_it_is_done(product: Product) -> None:
    refund = refused_refund(paid_order(None, (product, 2)), {product.pk: 1})
    client, address = giver(), button(refund, "send")
    page = client.get(page_of(refund))
    assert address in html(page)
    assert "the card is closed" in text(page)
    no = ProviderRefused(f"no {HOSTILE}")
    with patch.object(EmulatorProvider, "refund", side_effect=no):
        answer = client.post(address, follow=True)
    assert messages(answer) == [f"The refund is not done: no {HOSTILE}"]
    assert HOSTILE not in html(answer)
    with patch.object(EmulatorProvider, "refund", side_effect=ProviderUnavailable):
        answer = client.post(address, follow=True)
    assert messages(answer) == [
        "The refund is not done: The payment service does not answer. "
        "Please try again in a minute."
    ]
    answer = client.post(address, follow=True)
    assert messages(answer) == ["The refund is done."]
    refund.refresh_from_db()
    assert (refund.status, refund.last_error) == ("succeeded", "")
    assert EmulatedCharge.objects.get().refunds == {str(refund.pk): "100.00"}
    assert history(refund) == ["Changed last error."] * 2 + ["Changed status."]
    assert address not in html(client.get(page_of(refund)))
    answer = client.post(address, follow=True)
    assert messages(answer) == ["This refund is done already."]
    assert len(history(refund)) == 3


def test_refunds_that_wait_are_found(product: Product) -> None:
    order = paid_order(None, (product, 3))
    failed = refused_refund(order, {product.pk: 1})
    waiting = services.refund_order(order.pk, {product.pk: 1}, stock="none")
    done = services.refund_order(order.pk, {product.pk: 1}, stock="none")
    services.send_refund(done.pk)
    assert found(REFUNDS, attention="yes") == {failed.pk, waiting.pk}
    assert found(REFUNDS, status__exact="failed") == {failed.pk}
    assert found(REFUNDS, q=order.email) == {failed.pk, waiting.pk, done.pk}
    assert found(REFUNDS, q=str(done.pk)) == {done.pk}


def test_a_refund_without_money_says_so(product: Product) -> None:
    order = make_order(None, (product, 2))
    for step in ("processing", "shipped"):
        orders.set_status(order.pk, step)
    refund = services.refund_order(order.pk, stock="put_back", note=HOSTILE)
    page = clerk().get(page_of(refund))
    assert "nothing had been paid" in text(page)
    assert SHOWN in html(page) and HOSTILE not in html(page)
    assert "put the goods back in stock" in text(page)


# --- The order's page -----------------------------------------------------------------


def test_an_order_shows_its_money_and_warns(product: Product) -> None:
    payment = late_payment()
    client = clerk()
    page = client.get(order_page(payment.order))
    warning = "200,00 ₸ are to be given back: this payment pays for nothing."
    assert warning in text(page)
    assert "money to give back" in text(page)
    assert html(page).count(page_of(payment)) == 2
    listed = html(client.get(ORDERS))
    assert listed.count("status-refund_due") == 1
    services.refund_payment(payment.pk)
    refund = Refund.objects.get()
    page = client.get(order_page(payment.order))
    assert warning not in text(page)
    assert "A refund of 200,00 ₸ is not done yet: on its way." in text(page)
    assert html(page).count(page_of(refund)) == 2
    assert "status-refund_due" not in html(client.get(ORDERS))
    services.send_refund(refund.pk)
    assert "not done yet" not in text(client.get(order_page(payment.order)))


def test_orders_are_narrowed_by_the_money_that_waits(product: Product) -> None:
    due = late_payment().order_id
    undone = refused_refund(paid_order(None, (product, 2)), {product.pk: 1}).order_id
    paid_order(None, (product, 1))
    assert found(ORDERS, money="due") == {due}
    assert found(ORDERS, money="undone") == {undone}
    assert len(found(ORDERS)) == 3


def test_who_may_not_see_money_sees_the_warning_without_it() -> None:
    payment = late_payment()
    client = office(staff_with("orders.view_order"))
    page = client.get(order_page(payment.order))
    assert "200,00 ₸ are to be given back" in text(page)
    assert page_of(payment) not in html(page)
    assert "payments-group" not in html(page)
    assert "refunds-group" not in html(page)


# --- Who may --------------------------------------------------------------------------


def test_nothing_of_the_money_is_edited_added_or_deleted(product: Product) -> None:
    payment = late_payment()
    refund = refused_refund(paid_order(None, (product, 1)))
    client = office()
    before = everything()
    for url, row in ((PAYMENTS, payment), (REFUNDS, refund)):
        assert client.get(f"{url}add/").status_code == 403
        assert client.post(page_of(row), {"amount": "1"}).status_code == 403
        assert client.post(f"{url}{row.pk}/delete/", {"post": "yes"}).status_code == 403
        data = {"action": "delete_selected", "_selected_action": [str(row.pk)]}
        client.post(url, data | {"post": "yes"})
    assert everything() == before


def test_buttons_are_for_those_who_may(product: Product) -> None:
    open_one, late = waiting_payment(), late_payment()
    order = paid_order(None, (product, 2))
    refund = refused_refund(order, {product.pk: 1})
    posts = {
        button(open_one, "ask"): page_of(open_one),
        button(late, "refund"): page_of(late),
        button(refund, "send"): page_of(refund),
        refund_url(order): order_page(order),
    }
    before = everything()
    client = clerk("orders.change_order")
    for address, page in posts.items():
        assert client.post(address).status_code == 403
        assert address not in html(client.get(page))
    assert client.get(refund_url(order)).status_code == 403
    # To give money back is not enough to read an order.
    blind = office(staff_with("payments.add_refund"))
    assert blind.get(refund_url(order)).status_code == 403
    stranger = office(staff_with("orders.view_order"))
    for address in (PAYMENTS, REFUNDS, page_of(late), page_of(refund)):
        assert stranger.get(address).status_code == 403
    for address in (*posts, PAYMENTS, REFUNDS, page_of(late), page_of(refund)):
        answer = Client().post(address)
        assert answer.status_code == 302
        assert answer.url.startswith("/admin/login/")
    assert everything() == before


def test_buttons_are_posted_and_what_they_are_for_exists(product: Product) -> None:
    client, late = office(), late_payment()
    refund = refused_refund(paid_order(None, (product, 1)))
    buttons = [(late, "ask"), (late, "refund"), (refund, "send")]
    for row, name in buttons:
        assert client.get(button(row, name)).status_code == 405
        row.pk = uuid4()
        assert client.post(button(row, name)).status_code == 404
    assert client.get(refund_url(Order(pk=uuid4()))).status_code == 404


def test_to_mark_as_refunded_gives_money_back_and_needs_that_right(
    product: Product,
) -> None:
    order = paid_order(None, (product, 2))
    address = reverse("admin:orders_order_move", args=[order.pk])
    mover = clerk("orders.change_order")
    offered = mover.get(order_page(order)).context["moves"]
    assert [move["status"] for move in offered] == ["processing", "canceled"]
    before = everything()
    assert mover.post(address, {"status": "refunded"}).status_code == 403
    data = {"action": "move_to_refunded", "_selected_action": [str(order.pk)]}
    mover.post(ORDERS, data)
    assert everything() == before
    page = giver().get(order_page(order))
    assert [move["status"] for move in page.context["moves"]] == ["refunded"]
    assert "no goods come back to the stock" in text(page)
    answer = giver().post(address, {"status": "refunded"}, follow=True)
    assert messages(answer) == ["1 order is now refunded."]
    product.refresh_from_db()
    assert (Payment.objects.get().status, product.stock) == ("refunded", 8)


def test_a_manager_may_do_all_this(product: Product) -> None:
    manager = staff_in("manager")
    client, open_one, late = office(manager), waiting_payment(), late_payment()
    order = paid_order(None, (product, 2))
    refund = refused_refund(order, {product.pk: 1})
    orders.add_note(order.pk, "Call first.", author=manager)
    for row, name in ((open_one, "ask"), (late, "refund"), (refund, "send")):
        assert button(row, name) in html(client.get(page_of(row)))
    shown = html(client.get(order_page(order)))
    for part in (refund_url(order), "Call first.", page_of(refund)):
        assert part in shown
    assert "{&quot;late&quot;: true}" in html(client.get(page_of(late)))
    assert product.name in text(client.get(page_of(refund)))
