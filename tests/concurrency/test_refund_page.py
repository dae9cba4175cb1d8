"""Two colleagues who give back the same pieces at once, on real PostgreSQL."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from catalog.services.stock import stock_errors
from orders.models import Order
from payments.models import Refund
from payments.services import check_orders
from tests.concurrency.helpers import run_together
from tests.factories import make_product
from tests.payments.callbacks import paid_order
from tests.payments.office import giver, hidden, refund_url

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


@pytest.fixture(autouse=True)
def _emulator(settings: Any) -> None:
    settings.PAYMENT_EMULATOR = True


def press_together() -> tuple[Order, list[int]]:
    """Both have looked at one of five pieces, and press the last button."""
    order = paid_order(None, (make_product(price="100.00", stock=10), 5))
    address = refund_url(order)

    def look() -> tuple[Client, dict[str, str]]:
        client = giver()
        page = client.get(address)
        name = next(field.html_name for _, field in page.context["form"].lines())
        asked = {"what": "lines", "stock": "put_back", name: "1", "step": "look"}
        return client, hidden(client.post(address, asked))

    def press(client: Client, data: dict[str, str]) -> int:
        return client.post(address, data).status_code

    return order, run_together(press, [look(), look()])


def test_one_gives_back_and_the_other_looks_again() -> None:
    order, answers = press_together()
    assert sorted(answers) == [200, 302]
    assert [refund.amount for refund in Refund.objects.all()] == [Decimal(100)]
    order.refresh_from_db()
    assert order.refunded == Decimal(100)
    assert stock_errors() == []
    assert list(check_orders()) == []


def test_without_comparing_what_was_seen_it_goes_back_twice(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The twin: nothing tells the second that the first was quicker."""
    monkeypatch.setattr("payments.admin.refund_page._state", lambda order: "as ever")
    _order, answers = press_together()
    assert answers == [302, 302]
    assert Refund.objects.count() == 2
