"""The login that everybody knows is good for a developer's shop only."""

from typing import Any

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client

from accounts.models import User
from accounts.services import DEMO_LOGIN, DEMO_STAFF
from tests.accounts.conftest import post

EMAIL, PASSWORD = DEMO_LOGIN


@pytest.fixture(autouse=True)
def demo_admin(db: None) -> User:
    """As a database holds it that was filled while DEBUG was true."""
    return User.objects.create_superuser(EMAIL, PASSWORD)


def log_in(client: Client, email: str = EMAIL, password: str = PASSWORD) -> Any:
    return post(client, "/auth/login", {"email": email, "password": password})


@pytest.mark.parametrize("email", [EMAIL, " Admin@Example.COM"])
def test_with_debug_false_the_demo_login_is_a_wrong_password(
    client: Client, email: str
) -> None:
    response = log_in(client, email)

    assert response.status_code == 401
    assert response.content == log_in(client, password="wrong").content
    assert "access_token" not in response.cookies


@pytest.mark.parametrize(("email", "password"), DEMO_STAFF.values())
def test_neither_does_any_demo_login_of_the_staff(
    client: Client, email: str, password: str, settings: Any
) -> None:
    User.objects.create_user(email, password, role=User.Role.STAFF)

    assert log_in(client, email, password).status_code == 401
    settings.DEBUG = True
    assert log_in(client, email, password).status_code == 200


@pytest.mark.parametrize("page", ["/login/", "/admin/login/"])
def test_no_page_lets_it_in_either(client: Client, page: str) -> None:
    response = client.post(page, {"username": EMAIL, "password": PASSWORD})

    assert response.status_code == 200
    assert SESSION_KEY not in client.session


def test_its_tries_are_counted_like_all_others(client: Client, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 3

    assert [log_in(client).status_code for _ in range(4)] == [401, 401, 401, 429]


def test_with_debug_true_it_opens(client: Client, settings: Any) -> None:
    settings.DEBUG = True

    assert log_in(client).status_code == 200


def test_the_account_with_a_password_of_its_own_opens(
    client: Client, demo_admin: User
) -> None:
    demo_admin.set_password("correct horse battery")
    demo_admin.save()

    assert log_in(client, password="correct horse battery").status_code == 200


def test_the_password_of_somebody_else_is_their_own_business(client: Client) -> None:
    User.objects.create_user("aliya@example.com", PASSWORD)

    assert log_in(client, "aliya@example.com").status_code == 200
