"""The database breaks, or the session goes, before an answer could be given."""

from typing import Any
from unittest.mock import patch

import pytest
from django.contrib.sessions.models import Session
from django.db import InterfaceError, OperationalError
from django.test import Client

from orders import services
from orders.models import Order
from tests.api import client_of
from tests.factories import make_order, make_product

pytestmark = pytest.mark.django_db
BUY = {"email": "guest@example.com"}
KEY = {"Idempotency-Key": "k"}


def guest_with_a_cart() -> Any:
    guest = client_of()
    line = {"product_id": str(make_product(stock=3).pk), "qty": 1}
    assert guest.post("/api/cart/add", line).status_code == 200
    return guest


@pytest.mark.parametrize("error", [OperationalError, InterfaceError])
def test_a_session_that_cannot_be_saved_is_no_fault_of_the_buyer(error: Any) -> None:
    """Their order stands: told that they asked wrongly, they would never know of it."""
    guest = guest_with_a_cart()
    with patch.object(Session, "save", side_effect=error("cut off")):
        answer = guest.post("/api/order/checkout", BUY, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (503, "unavailable")
    again = guest.post("/api/order/checkout", BUY, headers=KEY)
    assert (again.status_code, again.json()["id"]) == (200, str(Order.objects.get().pk))
    assert guest.get(f"/api/orders/{again.json()['id']}").status_code == 200


def test_a_page_whose_session_cannot_be_made_is_a_503(client: Client) -> None:
    address = make_order().get_signed_url()
    with patch.object(Session, "save", side_effect=OperationalError("cut off")):
        page = client.get(address)
    assert (page.status_code, page["Retry-After"]) == (503, "30")
    assert "cut off" not in page.content.decode()


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("get", "/nothing/", 404), ("post", "/i18n/setlang/", 403)],
)
def test_a_refusal_whose_page_cannot_be_made_is_a_503(
    method: str, path: str, status: int
) -> None:
    client = Client(enforce_csrf_checks=True)
    assert getattr(client, method)(path).status_code == status
    with patch("cart.services.Cart.count", side_effect=OperationalError("cut off")):
        page = getattr(client, method)(path)
    assert (page.status_code, page["Retry-After"]) == (503, "30")


def test_a_session_that_is_gone_is_a_bad_request_as_ever() -> None:
    guest = guest_with_a_cart()
    place = services.checkout_cart

    def place_and_lose_the_session(*args: Any, **kwargs: Any) -> Any:
        Session.objects.all().delete()
        return place(*args, **kwargs)

    with patch.object(services, "checkout_cart", place_and_lose_the_session):
        answer = guest.post("/api/order/checkout", BUY, headers=KEY)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
