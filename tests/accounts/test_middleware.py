"""One browser, one person: the session and the API's cookie never disagree."""

import pytest
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.test import Client

from accounts.models import User
from tests.accounts.conftest import PASSWORD, log_in

pytestmark = pytest.mark.django_db


def who_is_there(client: Client) -> str | None:
    response = client.get("/api/users/me")
    return response.json()["email"] if response.status_code == 200 else None


def test_the_back_offices_logout_drops_the_cookie(client: Client, user: User) -> None:
    user.role = User.Role.ADMIN
    user.save()
    log_in(client)
    assert client.get("/admin/").status_code == 200

    response = client.post("/admin/logout/")

    assert response.cookies[settings.ACCESS_TOKEN_COOKIE].value == ""
    assert client.get("/admin/").status_code == 302
    assert who_is_there(client) is None


@pytest.mark.parametrize("page", ["/admin/login/", "/login/"])
def test_a_login_drops_the_cookie_of_somebody_else(
    client: Client, user: User, admin_user: User, page: str
) -> None:
    log_in(client)
    assert who_is_there(client) == user.email

    data = {"username": admin_user.email, "password": PASSWORD}
    assert client.post(page, data).status_code == 302

    assert client.session[SESSION_KEY] == str(admin_user.pk)
    assert who_is_there(client) == admin_user.email


def test_a_registration_drops_the_cookie_of_somebody_else(
    client: Client, user: User
) -> None:
    log_in(client)

    data = {"email": "new@example.com", "password": PASSWORD}
    assert client.post("/register/", data).status_code == 302

    assert who_is_there(client) == "new@example.com"


def test_a_login_through_the_api_keeps_its_own_cookie(
    client: Client, user: User, admin_user: User
) -> None:
    client.force_login(admin_user)
    log_in(client)

    response = log_in(client)

    tokens = response.json()
    assert response.cookies[settings.ACCESS_TOKEN_COOKIE].value
    cookie = client.cookies[settings.ACCESS_TOKEN_COOKIE].value
    assert cookie == tokens["access_token"]
    assert who_is_there(client) == user.email


def test_a_refused_login_leaves_the_cookie_alone(
    client: Client, user: User, admin_user: User
) -> None:
    log_in(client)

    data = {"username": admin_user.email, "password": "wrong"}
    response = client.post("/admin/login/", data)

    assert settings.ACCESS_TOKEN_COOKIE not in response.cookies
    assert who_is_there(client) == user.email
