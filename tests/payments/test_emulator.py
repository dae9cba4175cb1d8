"""The emulator as a provider: what it does when something is missing."""

import os
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client

from orders.models import Order
from payments import services
from payments.exceptions import ProviderUnavailable
from payments.models import EmulatedCharge
from payments.providers import emulator
from tests.deploy.papers import ROOT
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


def test_it_asks_its_own_address_and_not_that_of_links(settings: Any) -> None:
    """In a container nothing listens at SHOP_URL."""
    payment = waiting_payment()
    settings.SHOP_URL = "http://localhost:1"
    emulator.answer(payment, "succeeded")
    assert status(payment.order) == "paid"
    settings.PAYMENT_EMULATOR_URL = "http://localhost:1"
    with pytest.raises(ProviderUnavailable):
        emulator.answer(payment, "succeeded")


ADDRESS = """
import environ
environ.Env.read_env = classmethod(lambda *args, **kwargs: None)
from shop import settings
print(repr(settings.PAYMENT_EMULATOR_URL))
"""


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, ""),
        ({"SHOP_URL": "http://localhost:9000/"}, "http://localhost:9000"),
        # As docker-compose.yml says it.
        ({"SHOP_URL": "http://localhost:9000", "PAYMENT_EMULATOR_URL": ""}, ""),
        ({"PAYMENT_EMULATOR_URL": "http://web:8000/"}, "http://web:8000"),
    ],
)
def test_its_address_is_that_of_links_unless_it_has_one(
    given: dict[str, str], address: str
) -> None:
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", ADDRESS],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "SECRET_KEY": "x" * 50, **given},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert done.stdout.strip() == repr(address)


@pytest.mark.parametrize("hosts", [[".example.com"], ["*", "shop.example"], ["*"]])
def test_the_shop_answers_itself_by_any_name(settings: Any, hosts: list[str]) -> None:
    payment = waiting_payment()
    settings.ALLOWED_HOSTS = hosts
    emulator.answer(payment, "succeeded")
    assert status(payment.order) == "paid"
