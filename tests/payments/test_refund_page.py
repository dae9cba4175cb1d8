"""The page on which staff choose what of an order goes back."""

from decimal import Decimal
from typing import Any

import pytest

from catalog.models import Product
from orders import services as orders
from orders.models import DeliveryMethod, Order
from payments.models import Refund
from tests.backoffice import messages
from tests.factories import make_order, make_product
from tests.pages import html, text
from tests.payments.callbacks import paid_order
from tests.payments.office import (
    HOSTILE,
    SHOWN,
    everything,
    giver,
    hidden,
    history,
    order_page,
    refund_url,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def product() -> Product:
    return make_product(sku="A", price="100.00", stock=10)


def test_pieces_are_chosen_looked_at_and_given_back(
    product: Product, django_capture_on_commit_callbacks: Any
) -> None:
    other = make_product(sku="B", name=f"Чай {HOSTILE}", price="33.33", stock=5)
    order, client = paid_order(None, (product, 3), (other, 1)), giver()
    assert refund_url(order) in html(client.get(order_page(order)))
    page = client.get(refund_url(order))
    assert "Paid: 333,33 ₸" in text(page)
    assert SHOWN in html(page) and HOSTILE not in html(page)
    first, second = [field.html_name for _, field in page.context["form"].lines()]
    assert page.context["form"][first].value() == 0
    asked = {
        "what": "lines", "stock": "put_back", "note": HOSTILE, first: "2", second: "",
        "step": "look",
    }  # fmt: skip
    before = everything()
    with django_capture_on_commit_callbacks(execute=True) as told:
        page = client.post(refund_url(order), asked)
    assert told == []
    assert everything() == before
    plan = page.context["plan"]
    assert (plan.amount, plan.delivery, plan.ends_order) == (
        Decimal(200), Decimal(0), False,
    )  # fmt: skip
    assert "Give 200,00 ₸ back" in text(page)
    assert "Left: 333,33 ₸" in text(page)
    assert SHOWN in html(page) and HOSTILE not in html(page)

    # The way back keeps what was typed.
    again = client.post(refund_url(order), hidden(page) | {"step": "change"})
    assert again.context["plan"] is None
    assert again.context["form"][first].value() == "2"
    assert everything() == before

    with django_capture_on_commit_callbacks(execute=True):
        answer = client.post(refund_url(order), hidden(page), follow=True)
    assert answer.redirect_chain == [(order_page(order), 302)]
    assert messages(answer) == ["200,00\N{NO-BREAK SPACE}₸ go back to the customer."]
    refund = Refund.objects.get()
    assert (refund.amount, refund.stock, refund.note, refund.status) == (
        Decimal(200), "put_back", HOSTILE, "succeeded",
    )  # fmt: skip
    assert refund.actor == answer.wsgi_request.user
    assert SHOWN in html(answer) and HOSTILE not in html(answer)
    product.refresh_from_db()
    order.refresh_from_db()
    assert (product.stock, order.status, order.refunded) == (9, "paid", Decimal(200))
    assert history(order) == ["Added refund “200,00\N{NO-BREAK SPACE}₸”."]


def test_everything_goes_back_with_the_delivery(product: Product) -> None:
    DeliveryMethod.objects.update(price=Decimal(50))
    order, client = paid_order(None, (product, 2)), giver()
    asked = {"what": "rest", "stock": "write_off", "step": "look"}
    page = client.post(refund_url(order), asked)
    plan = page.context["plan"]
    assert (plan.amount, plan.delivery, plan.ends_order) == (
        Decimal(250), Decimal(50), True,
    )  # fmt: skip
    assert "it becomes refunded" in text(page)
    client.post(refund_url(order), hidden(page))
    order.refresh_from_db()
    product.refresh_from_db()
    assert (order.status, order.refunded, product.stock) == (
        "refunded", Decimal(250), 8,
    )  # fmt: skip


def test_goods_that_nobody_paid_for_are_taken_back_whole(product: Product) -> None:
    order, client = make_order(None, (product, 2)), giver()
    for step in ("processing", "shipped"):
        orders.set_status(order.pk, step)
    page = client.get(refund_url(order))
    assert "Nothing was paid yet" in text(page)
    name = next(field.html_name for _, field in page.context["form"].lines())
    asked = {"what": "lines", "stock": "put_back", name: "1", "step": "look"}
    before = everything()
    page = client.post(refund_url(order), asked)
    assert page.context["form"].non_field_errors() == [
        "Nothing was paid yet: only the whole order can be taken back."
    ]
    assert everything() == before
    page = client.post(refund_url(order), asked | {"what": "rest"})
    assert "Take the goods back" in text(page)
    answer = client.post(refund_url(order), hidden(page), follow=True)
    assert messages(answer) == ["The goods are taken back; no money had come."]
    product.refresh_from_db()
    assert (product.stock, Order.objects.get().status) == (10, "refunded")


@pytest.mark.parametrize(
    ("asked", "field", "said"),
    [
        ({"pieces": "4"}, "__all__",
         "That is more than was paid and has not been given back yet."),
        ({"pieces": "0"}, "__all__", "Say how many pieces go back."),
        ({"pieces": "-1"}, "pieces",
         "Ensure this value is greater than or equal to 0."),
        ({"pieces": "1.5"}, "pieces", "Enter a whole number."),
        ({"pieces": "9" * 5000}, "pieces", "Enter a whole number."),
        ({"stock": ""}, "stock", "This field is required."),
        ({"stock": "burn"}, "stock",
         "Select a valid choice. burn is not one of the available choices."),
        ({"what": ""}, "what", "This field is required."),
        ({"note": "n" * 256}, "note",
         "Ensure this value has at most 255 characters (it has 256)."),
        ({"note": "\0"}, "note", "Null characters are not allowed."),
    ],
)  # fmt: skip
@pytest.mark.parametrize("step", ["look", "send", ""])
def test_what_cannot_be_given_back_changes_nothing(
    product: Product, asked: dict[str, str], field: str, said: str, step: str
) -> None:
    order, client = paid_order(None, (product, 3)), giver()
    page = client.get(refund_url(order))
    name = next(bound.html_name for _, bound in page.context["form"].lines())
    good = {"what": "lines", "stock": "none", "note": "", "pieces": "1"}
    looked = client.post(refund_url(order), {**good, name: "1", "step": "look"})
    data = good | asked | {"step": step, "seen": looked.context["plan"].seen}
    data[name] = data.pop("pieces")
    before = everything()
    page = client.post(refund_url(order), data)
    errors = page.context["form"].errors
    assert errors == {name if field == "pieces" else field: [said]}
    assert everything() == before


def test_the_second_of_two_who_looked_at_the_same_is_refused(product: Product) -> None:
    order, one, two = paid_order(None, (product, 5)), giver(), giver()
    page = one.get(refund_url(order))
    name = next(field.html_name for _, field in page.context["form"].lines())
    asked = {"what": "lines", "stock": "put_back", name: "1", "step": "look"}
    first = hidden(one.post(refund_url(order), asked))
    second = hidden(two.post(refund_url(order), asked))
    one.post(refund_url(order), first)
    before = everything()
    changed = (
        "The order has changed since you looked, and nothing was given back. "
        "Please look again."
    )
    # The colleague, and the first one's double click.
    for client, data in ((two, second), (one, first)):
        answer = client.post(refund_url(order), data)
        assert answer.context["form"].non_field_errors() == [changed]
        assert "Left: 400,00 ₸" in text(answer)
    for seen in ({"seen": ""}, {"seen": "\0"}):
        answer = two.post(refund_url(order), second | seen)
        assert answer.context["form"].non_field_errors() == [changed]
    assert everything() == before
    assert Refund.objects.count() == 1
    # Looked at again, it goes through.
    two.post(refund_url(order), hidden(two.post(refund_url(order), asked)))
    assert [refund.amount for refund in Refund.objects.all()] == [Decimal(100)] * 2


def test_money_that_came_after_the_look_is_not_given_back(product: Product) -> None:
    order, client = make_order(None, (product, 2)), giver()
    for step in ("processing", "shipped"):
        orders.set_status(order.pk, step)
    asked = {"what": "rest", "stock": "put_back", "step": "look"}
    data = hidden(client.post(refund_url(order), asked))
    orders.set_status(order.pk, "completed")
    before = everything()
    answer = client.post(refund_url(order), data)
    assert len(answer.context["form"].non_field_errors()) == 1
    assert everything() == before


def test_an_order_that_cannot_be_refunded_says_why(product: Product) -> None:
    order, client = paid_order(None, (product, 2)), giver()
    asked = {"what": "rest", "stock": "none", "step": "look"}
    data = hidden(client.post(refund_url(order), asked))
    orders.set_status(order.pk, "refunded")
    said = [f"Order {order.number} is refunded and cannot become refunded."]
    before = everything()
    answers = [
        client.post(refund_url(order), data, follow=True),
        client.post(refund_url(order), asked, follow=True),
        client.get(refund_url(order), follow=True),
    ]
    for answer in answers:
        assert answer.redirect_chain == [(order_page(order), 302)]
        assert messages(answer) == said
    assert refund_url(order) not in html(answers[0])
    assert everything() == before
