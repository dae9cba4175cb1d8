"""What the product's page tells of delivery."""

from decimal import Decimal

import pytest
from django.test import Client

from orders.models import DeliveryMethod
from tests.factories import make_admin, make_product
from tests.pages import text

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


def test_a_product_page_names_the_ways_and_their_prices(client: Client) -> None:
    shown = text(client.get(make_product().get_absolute_url()))
    assert (
        "Delivery Pickup free Courier free from 50.000,00 ₸ 1.500,00 ₸ Post 2.500,00 ₸"
    ) in shown


def test_only_what_is_offered_today_is_named(client: Client) -> None:
    DeliveryMethod.objects.filter(code="post").update(is_active=False)
    DeliveryMethod.objects.filter(code="courier").update(
        price=Decimal(0), free_from=Decimal(100)
    )
    shown = text(client.get(make_product().get_absolute_url()))
    # What is free anyway is not free from a sum.
    assert "Delivery Pickup free Courier free" in shown
    assert "free from" not in shown
    assert "Post" not in shown


def test_without_ways_nothing_is_told(client: Client) -> None:
    DeliveryMethod.objects.update(is_active=False)
    assert "Delivery" not in text(client.get(make_product().get_absolute_url()))


def test_what_cannot_be_bought_is_not_delivered(client: Client) -> None:
    client.force_login(make_admin())
    hidden = make_product(is_active=False)
    assert "Delivery" not in text(client.get(hidden.get_absolute_url()))
