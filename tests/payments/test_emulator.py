"""The emulator as a provider: what it does when something is missing."""

from typing import Any

import pytest
from django.test import Client

from orders.models import Order
from payments import services
from payments.models import EmulatedCharge
from payments.providers import emulator
from tests.factories import make_user
from tests.payments.callbacks import online_order, waiting_payment

pytestmark = pytest.mark.django_db


def status(order: Order) -> str:
    return Order.objects.get(pk=order.pk).status


def test_an_answer_about_a_payment_that_the_emulator_never_heard_of() -> None:
    """The process died between the shop's row and the provider's."""
    user = make_user()
    order = online_order(user)
    payment = services.start_payment(order.pk)
    EmulatedCharge.objects.all().delete()
    browser = Client()
    browser.force_login(user)
    answer = browser.post(f"/payment/{payment.pk}/", {"answer": "succeeded"})
    assert (answer.status_code, answer["Location"]) == (302, f"/payment/{payment.pk}/")
    browser.post(f"/payment/{payment.pk}/", {"answer": "succeeded"})
    assert status(order) == "paid"


@pytest.mark.parametrize("hosts", [[".example.com"], ["*", "shop.example"], ["*"]])
def test_the_shop_answers_itself_by_any_name(settings: Any, hosts: list[str]) -> None:
    payment = waiting_payment()
    settings.ALLOWED_HOSTS = hosts
    emulator.answer(payment, "succeeded")
    assert status(payment.order) == "paid"
