"""The page that shows staff what letters look like."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import translation
from playwright.sync_api import Page as BrowserPage

from notifications.previews import KINDS, example_order, preview_of
from orders import services as orders
from orders.models import Order
from tests.backoffice import office, queries, staff_with
from tests.factories import make_admin, make_order, make_product, make_user
from tests.notifications.helpers import order_of

pytestmark = pytest.mark.django_db
LIST = "/admin/letters/"
LANGUAGES = ["ru", "kk", "en"]
ALL = [(kind, language) for kind in KINDS for language in LANGUAGES]
each = pytest.mark.parametrize(("kind", "language"), ALL)
PAGES = [LIST, f"{LIST}order_placed/en/", f"{LIST}order_placed/en/html/"]


@pytest.mark.parametrize("address", PAGES)
def test_it_is_for_those_who_work_here(address: str) -> None:
    visitor = Client().get(address)
    assert (visitor.status_code, visitor["Location"]) == (
        302,
        f"/admin/login/?next={address}",
    )

    client = Client()
    client.force_login(make_user())
    assert client.get(address).status_code == 403

    assert office(staff_with()).get(address).status_code == 200
    assert office(staff_with()).post(address).status_code == 405


def test_every_letter_in_every_language_is_listed() -> None:
    page = office().get(LIST)

    for kind, language in ALL:
        assert f'href="{LIST}{kind}/{language}/"' in page.text
    assert len(KINDS) == 9


@each
def test_each_letter_is_shown_as_html_and_as_text(kind: str, language: str) -> None:
    client = office()
    page = client.get(f"{LIST}{kind}/{language}/")

    assert page.status_code == 200
    assert f'src="{LIST}{kind}/{language}/html/"' in page.text
    assert 'sandbox="allow-popups allow-popups-to-escape-sandbox"' in page.text
    message = page.context["message"]
    assert message.body.splitlines()[0] in page.text
    # The page is in the reader's own language, the letter in its own.
    assert "As text" in page.text
    frame = client.get(f"{LIST}{kind}/{language}/html/")
    assert frame.status_code == 200
    assert f'<html lang="{language}">' in frame.text


def test_the_frame_may_show_styles_and_nothing_else() -> None:
    client = office()
    frame = client.get(f"{LIST}order_placed/en/html/")

    assert frame["X-Frame-Options"] == "SAMEORIGIN"
    policy = dict(
        part.strip().split(" ", 1)
        for part in frame["Content-Security-Policy"].split(";")
    )
    assert policy == {
        "default-src": "'none'",
        "style-src": "'unsafe-inline'",
        "frame-ancestors": "'self'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "sandbox": "allow-popups allow-popups-to-escape-sandbox",
    }
    page = client.get(f"{LIST}order_placed/en/")
    assert page["X-Frame-Options"] == "DENY"
    assert "unsafe-inline" not in page["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]


@pytest.mark.parametrize(
    "address",
    ["nothing/en/", "order_placed/xx/", "order_placed/en/text/", "x/ru/html/"],
)
def test_there_is_no_other_letter(address: str) -> None:
    assert office().get(f"{LIST}{address}").status_code == 404


def test_it_shows_the_newest_order_that_fits() -> None:
    order = order_of("en")
    client = office()

    placed = client.get(f"{LIST}order_placed/en/").context["message"]
    assert placed.subject == f"Order {order.number} is placed"
    shipped = client.get(f"{LIST}order_shipped/en/").context["message"]
    assert shipped.subject == "Order 1024 is shipped"

    for status in ("processing", "shipped"):
        orders.set_status(order.pk, status)
    shipped = client.get(f"{LIST}order_shipped/en/").context["message"]
    assert shipped.subject == f"Order {order.number} is shipped"


def test_whoever_may_not_see_orders_sees_none() -> None:
    order_of("en")
    make_product(sku="SECRET-1", stock=1)
    clerk = office(staff_with())

    for kind, subject in (
        ("order_placed", "Order 1024 is placed"),
        ("staff_order", "New order 1024 for"),
        ("staff_low_stock", "Running low: 2 products"),
    ):
        message = clerk.get(f"{LIST}{kind}/en/").context["message"]
        assert message.subject.startswith(subject)
        assert "aliya@example.com" not in message.to
        assert "SECRET-1" not in message.body


@each
def test_what_is_made_up_touches_no_table(
    kind: str, language: str, django_assert_num_queries: Any
) -> None:
    viewer = make_user(role="staff")
    viewer._perm_cache = set()  # asked already
    with translation.override(language), django_assert_num_queries(0):
        message = preview_of(kind, viewer)

    assert message.body and message.to == [viewer.email]
    assert Order.objects.count() == 0


def test_the_example_is_an_order_that_can_be() -> None:
    order = example_order()
    assert order.total == order.delivery_price + sum(
        item.subtotal for item in order.items.all()
    )
    for item in order.items.all():
        assert item.subtotal == item.price * item.quantity


def test_nobody_gets_a_key_to_an_account() -> None:
    """The link of the new password is there to be looked at."""
    admin = make_admin()
    text = office(admin).get(f"{LIST}password_reset/en/").context["message"].body
    [link] = re.findall(r"http://testserver(/password-reset/\S+)", text)

    page = Client().get(link)
    assert page.status_code == 200
    assert "new_password" not in page.text


def test_the_number_of_queries_does_not_depend_on_the_lines() -> None:
    address = f"{LIST}order_placed/en/html/"
    boss = make_admin()
    make_order(None, (make_product(), 1))
    first = queries(office(boss), address)
    make_order(None, *((make_product(), 1) for _ in range(9)))
    assert queries(office(boss), address) == first


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [320, 390, 700])
def test_a_browser_shows_it_in_its_colours(page: BrowserPage, width: int) -> None:
    """With the styles that only the letter's own policy lets through; page and frame
    have no complaints, and nothing scrolls sideways, whatever the names."""
    password = "correct horse battery"
    make_admin(email="boss@example.com", password=password)
    pot = make_product(name="Ч" * 200, stock=5)
    make_order(None, (pot, 1), full_name="W" * 150, comment="x" * 900)
    page.goto("/admin/login/")
    page.fill("#id_username", "boss@example.com")
    page.fill("#id_password", password)
    page.click("[type=submit]")
    page.set_viewport_size({"width": width, "height": 800})

    page.goto(f"{LIST}staff_order/ru/")
    frame = page.frame_locator("iframe")
    button = frame.locator(".button")
    colour = button.evaluate("e => getComputedStyle(e).backgroundColor")
    assert colour == "rgb(0, 107, 120)"

    page.goto(f"{LIST}staff_order/ru/html/")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.emulate_media(color_scheme="dark")
    card = page.locator(".card")
    colour = card.evaluate("e => getComputedStyle(e).backgroundColor")
    assert colour == "rgb(23, 31, 32)"
