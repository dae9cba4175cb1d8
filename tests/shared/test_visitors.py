"""A page that is made once shows each visitor what is theirs, and nobody else's."""

import pytest
from django.test import Client

from catalog import services
from catalog.models import Product
from tests.factories import make_cart, make_product, make_user
from tests.pages import html, text
from tests.shared.visitors import (
    HTMX,
    Keeper,
    put_in,
    tokens,
    visitor,
    without_token,
)

pytestmark = pytest.mark.django_db(transaction=True)

PAGES = ["/", "/catalog/", "/product/kettle/"]
EMAIL = "aliya@example.com"
TOLD = "Added to the cart."


def count_of(page: str) -> str:
    """The number beside the cart in the header."""
    return page.partition('<span id="cart-count">')[2].partition("</span>")[0].strip()


def shopper(product: Product, qty: int = 1) -> Client:
    """Somebody who has signed in and put pieces into the cart.

    Their next page says how many there are, and that one was added.
    """
    client = visitor()
    client.force_login(make_user(email=EMAIL))
    put_in(client, product, qty=qty)
    return client


@pytest.mark.parametrize("address", PAGES)
def test_two_visitors_get_the_same_page_but_for_the_token(
    product: Product, keeper: Keeper, address: str
) -> None:
    first, second = visitor().get(address), visitor().get(address)
    assert keeper.count == 1
    assert len(tokens(first)) == len(tokens(second)) == 1
    assert tokens(first) != tokens(second)
    assert without_token(first) == without_token(second)
    assert first.headers["Vary"] == second.headers["Vary"]


@pytest.mark.parametrize("address", PAGES)
def test_each_token_is_good_for_the_visitor_who_got_it(
    product: Product, address: str
) -> None:
    first, second = (visitor(enforce_csrf_checks=True) for _ in range(2))
    for client in (first, second):
        (token,) = tokens(client.get(address))
        assert put_in(client, product, token.decode()).status_code == 302
    # And for nobody else: the other one's cookie does not fit.
    (token,) = tokens(first.get(address))
    second.cookies["csrftoken"] = "a" * 32
    assert put_in(second, product, token.decode()).status_code == 403


@pytest.mark.parametrize("address", PAGES)
@pytest.mark.parametrize("shopper_first", [True, False])
def test_what_is_a_shoppers_own_never_shows_to_the_next(
    product: Product, keeper: Keeper, address: str, shopper_first: bool
) -> None:
    client = shopper(product, qty=3)
    if not shopper_first:
        visitor().get(address)
    own, other = html(client.get(address)), html(visitor().get(address))
    assert (EMAIL in own, TOLD in own, count_of(own)) == (True, True, "3")
    assert (EMAIL in other, TOLD in other, count_of(other)) == (False, False, "")
    # What was told once is not told again.
    again = html(client.get(address))
    assert (EMAIL in again, TOLD in again, count_of(again)) == (True, False, "3")
    assert "Sign in" in other and "Sign in" not in own
    assert keeper.count == 1


@pytest.mark.parametrize("address", PAGES)
def test_what_is_kept_has_never_seen_a_visitor(
    product: Product, keeper: Keeper, address: str
) -> None:
    client = shopper(product)
    response = client.get(address)
    assert EMAIL in html(response)
    assert keeper.count == 1
    assert "Kettle" in keeper.text
    for own in (EMAIL, TOLD, "Sign out", client.cookies["sessionid"].value):
        assert own not in keeper.text
    # Neither a form's token (the menu has one of its own) nor the secret they hide.
    assert len(tokens(response)) == 2
    for token in tokens(response):
        assert token.decode() not in keeper.text
    assert client.cookies["csrftoken"].value not in keeper.text


def test_a_visitor_without_an_account_has_a_count_and_messages_too(
    product: Product,
) -> None:
    client = visitor()
    put_in(client, product, qty=2)
    for page, expected in [
        (html(client.get("/catalog/")), (True, "2")),
        (html(client.get("/catalog/")), (False, "2")),
        (html(visitor().get("/catalog/")), (False, "")),
    ]:
        assert (TOLD in page, count_of(page)) == expected


def test_the_shopper_of_another_page_is_another_shopper(product: Product) -> None:
    aliya, dana = shopper(product, qty=1), visitor()
    other = make_user(email="dana@example.com")
    make_cart(other, (product, 5))
    dana.force_login(other)

    def shown(client: Client) -> tuple[bool, bool, str]:
        page = html(client.get("/catalog/"))
        return EMAIL in page, other.email in page, count_of(page)

    for _ in range(2):
        assert shown(aliya) == (True, False, "1")
        assert shown(dana) == (False, True, "5")


def test_a_cookie_of_no_session_is_answered_like_none(product: Product) -> None:
    client = visitor()
    client.cookies["sessionid"] = "x" * 32
    assert without_token(client.get("/")) == without_token(visitor().get("/"))


def test_what_somebody_looked_at_shows_to_them_alone(product: Product) -> None:
    lamp, chair = make_product(name="Lamp"), make_product(name="Chair")
    a, b = visitor(), visitor()
    a.get(lamp.get_absolute_url())
    b.get(chair.get_absolute_url())
    for _ in range(2):
        seen_by = {
            name: text(client.get("/product/kettle/")).partition("Recently viewed")[2]
            for name, client in (("a", a), ("b", b), ("nobody", visitor()))
        }
        assert {
            name: ("Lamp" in shelf, "Chair" in shelf) for name, shelf in seen_by.items()
        } == {"a": (True, False), "b": (False, True), "nobody": (False, False)}


def test_a_page_of_the_cache_is_remembered_like_any_other(
    product: Product, keeper: Keeper
) -> None:
    first, second = visitor(), visitor()
    for client in (first, second):
        response = client.get("/product/kettle/")
        assert client.cookies["recently_viewed"].value == str(product.number)
        assert "Cookie" in response["Vary"]
    assert keeper.count == 1


def test_nobody_can_write_a_token_into_a_products_text(keeper: Keeper) -> None:
    """What stands for the token follows from the secret key: words are words."""
    name = "csrf_token {{ csrf_token }} shop.shared token place"
    product = make_product(name=name, slug="odd")
    for _ in range(2):
        response = visitor().get(product.get_absolute_url())
        assert "csrf_token {{ csrf_token }} shop.shared token place" in html(response)
        assert len(tokens(response)) == 1
    assert keeper.count == 1


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_a_list_says_all_that_it_depends_on(
    product: Product, headers: dict[str, str]
) -> None:
    """One without a product too, which has no form and so asks for no token."""
    varies = {
        "Accept-Language", "Cookie", "HX-Request", "HX-Target",
        "HX-History-Restore-Request",
    }  # fmt: skip
    for address in ("/", "/catalog/", "/catalog/?min_price=99999"):
        made, kept = (visitor().get(address, headers=headers) for _ in range(2))
        for response in (made, kept):
            assert set(response["Vary"].split(", ")) >= varies


def test_an_address_of_before_depends_on_who_asks(product: Product) -> None:
    services.update_product(product.pk, slug="pot")
    moved = visitor().get("/product/kettle/")
    assert (moved.status_code, moved["Location"]) == (301, "/product/pot/")
    assert "Cookie" in moved["Vary"].split(", ")
