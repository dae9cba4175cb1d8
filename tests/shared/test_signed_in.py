"""Who signed in through the API, or asks for a part, is known on these pages too."""

import pytest
from django.test import Client

from accounts.models import User
from catalog.models import Product
from tests.factories import make_admin, make_product, make_user
from tests.pages import html
from tests.shared.visitors import HTMX, Keeper, put_in, tokens, visitor

pytestmark = pytest.mark.django_db(transaction=True)
TOLD = "Added to the cart."


def by_api(user: User) -> Client:
    """A browser with the cookie that the API's login sets, and no session."""
    client = visitor(enforce_csrf_checks=True)
    body = {"email": user.email, "password": "pw"}
    answer = client.post("/auth/login", body, "application/json")
    assert answer.status_code == 200
    assert "access_token" in client.cookies and "sessionid" not in client.cookies
    return client


@pytest.mark.parametrize("address", ["/", "/catalog/", "/product/kettle/"])
def test_a_shopper_of_the_api_is_greeted_by_pages(
    product: Product, keeper: Keeper, address: str
) -> None:
    user = make_user(email="aliya@example.com")
    client = by_api(user)
    for _ in range(2):
        assert user.email in html(client.get(address))
        assert user.email not in html(visitor().get(address))
    assert user.email not in keeper.text
    assert client.cookies["access_token"].value not in keeper.text
    assert keeper.count == 1


def test_staff_of_the_api_see_what_is_hidden_and_leave_nothing(keeper: Keeper) -> None:
    make_product(name="Secret", slug="secret", is_active=False)
    client = by_api(make_admin())
    for _ in range(2):
        assert client.get("/product/secret/").status_code == 200
        assert visitor().get("/product/secret/").status_code == 404
    assert keeper.count == 0


def test_an_old_cookie_of_the_api_is_nobodys(product: Product) -> None:
    client = visitor()
    client.cookies["access_token"] = "old"
    assert "Sign in" in html(client.get("/product/kettle/"))


def test_who_becomes_staff_is_staff_at_once(keeper: Keeper) -> None:
    make_product(name="Secret", slug="secret", is_active=False)
    user = make_user()
    client = visitor()
    client.force_login(user)
    assert client.get("/product/secret/").status_code == 404
    user.role = User.Role.ADMIN
    user.save()
    admin = make_admin()
    # The rights of an admin come with the role, or with a group.
    user.user_permissions.set(admin.user_permissions.all())
    user.groups.set(admin.groups.all())
    assert client.get("/product/secret/").status_code == 200
    assert visitor().get("/product/secret/").status_code == 404


def test_a_part_of_a_page_leaves_what_waits_to_be_told(product: Product) -> None:
    client = visitor()
    put_in(client, product)
    for _ in range(2):
        assert TOLD not in html(client.get("/catalog/", headers=HTMX))
    assert TOLD in html(client.get("/catalog/"))
    assert TOLD not in html(client.get("/catalog/"))


def test_the_token_of_a_part_is_good_too(product: Product, keeper: Keeper) -> None:
    first, second = (visitor(enforce_csrf_checks=True) for _ in range(2))
    for client in (first, second):
        (token,) = tokens(client.get("/catalog/", headers=HTMX))
        assert put_in(client, product, token.decode()).status_code == 302
    # Without one nobody puts anything into anybody's cart.
    assert put_in(first, product).status_code == 403


def test_who_signs_out_is_nobody_again(product: Product) -> None:
    client = visitor()
    client.force_login(make_user(email="aliya@example.com"))
    assert "aliya@example.com" in html(client.get("/catalog/"))
    client.post("/logout/")
    page = html(client.get("/catalog/"))
    assert "aliya@example.com" not in page and "Sign in" in page
