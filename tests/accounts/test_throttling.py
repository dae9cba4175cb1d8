"""The login limit, shared by every face."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.db.models import F
from django.test import Client, RequestFactory

from accounts import services
from accounts.exceptions import TooManyAttempts
from accounts.models import User
from accounts.services import people
from accounts.throttling import attempt_address, attempted_email
from shop.http import NO_ADDRESS
from tests.accounts.conftest import PASSWORD, log_in, post

pytestmark = pytest.mark.django_db
EMAIL = "aliya@example.com"


@pytest.fixture(autouse=True)
def limit_of_three(settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 3


def by_api(client: Client, password: str, email: str = EMAIL) -> int:
    data = {"email": email, "password": password}
    return post(client, "/auth/login", data).status_code


def by_form(client: Client, password: str, email: str = EMAIL) -> int:
    data = {"username": email, "password": password}
    return client.post("/auth/token", data).status_code


def by_page(client: Client, password: str, email: str = EMAIL) -> int:
    return client.post("/login/", {"email": email, "password": password}).status_code


def by_admin(client: Client, password: str, email: str = EMAIL) -> int:
    data = {"username": email, "password": password}
    return client.post("/admin/login/", data).status_code


FACES = [by_api, by_form, by_page, by_admin]


@pytest.mark.parametrize("face", FACES)
def test_after_the_limit_the_right_password_is_refused_too(
    client: Client, admin_user: User, face: Callable[..., int]
) -> None:
    wrong = 401 if face in {by_api, by_form} else 200
    email = admin_user.email

    assert [face(client, "wrong", email) for _ in range(3)] == [wrong] * 3
    assert face(client, "wrong", email) == 429
    assert face(client, PASSWORD, email) == 429
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("last", FACES)
def test_the_faces_share_one_count(
    client: Client, user: User, last: Callable[..., int]
) -> None:
    by_api(client, "wrong", "ALIYA@example.com")
    by_page(client, "wrong", " Aliya@Example.com")
    by_admin(client, "wrong", "aliya@EXAMPLE.com")

    assert last(client, PASSWORD) == 429


def test_a_fullwidth_spelling_is_the_same_account(client: Client, user: User) -> None:
    for _ in range(3):
        by_api(client, "wrong", "ａliya@example.com")

    assert by_api(client, PASSWORD) == 429


def test_another_browser_is_the_same_account(client: Client, user: User) -> None:
    for number in range(3):
        log_in(client, "wrong", headers={"User-Agent": f"browser {number}"})

    assert by_api(client, PASSWORD) == 429


def test_others_are_not_touched(client: Client, user: User, admin_user: User) -> None:
    for _ in range(4):
        by_api(client, "wrong")

    assert by_api(client, PASSWORD, admin_user.email) == 200
    assert log_in(client, REMOTE_ADDR="198.51.100.7").status_code == 200
    assert by_api(client, PASSWORD) == 429


def test_the_api_says_when_to_come_back(client: Client, user: User) -> None:
    for _ in range(3):
        by_api(client, "wrong")

    response = log_in(client)

    body = response.json()
    assert set(body) == {"detail", "code", "retry_after"}
    assert body["code"] == "too_many_attempts"
    assert 890 <= body["retry_after"] <= 900
    assert response["Retry-After"] == str(body["retry_after"])
    assert "access_token" not in response.cookies


@pytest.mark.parametrize("path", ["/login/", "/admin/login/"])
def test_pages_say_it_in_html(client: Client, user: User, path: str) -> None:
    for _ in range(3):
        by_api(client, "wrong")

    data = {"username": EMAIL, "password": PASSWORD}
    response = client.post(path, data, headers={"Accept-Language": "en"})

    assert response.status_code == 429
    assert response["Content-Type"].startswith("text/html")
    assert "accounts/locked.html" in [template.name for template in response.templates]
    assert "15 minutes" in response.text
    assert int(response["Retry-After"]) > 890


def test_the_lock_ends_fifteen_minutes_after_the_last_counted_try(
    client: Client, user: User
) -> None:
    for _ in range(3):
        by_api(client, "wrong")
    by_api(client, "wrong")  # refused, so not counted
    attempts = AccessAttempt.objects.all()
    assert attempts.get().failures_since_start == 3

    attempts.update(attempt_time=F("attempt_time") - timedelta(minutes=14))
    assert by_api(client, PASSWORD) == 429
    attempts.update(attempt_time=F("attempt_time") - timedelta(minutes=2))
    assert by_api(client, PASSWORD) == 200


@pytest.mark.parametrize("face", [by_api, by_page])
def test_a_good_login_clears_the_count(
    client: Client, user: User, face: Callable[..., int]
) -> None:
    for _ in range(2):
        by_api(client, "wrong")
    face(client, PASSWORD)
    client.logout()

    assert not AccessAttempt.objects.exists()
    assert by_api(client, "wrong") == 401


def test_unknown_accounts_are_counted_too(client: Client) -> None:
    codes = [by_api(client, "wrong", "nobody@example.com") for _ in range(4)]

    assert codes == [401, 401, 401, 429]


def test_an_empty_limit_is_off(client: Client, user: User, settings: Any) -> None:
    settings.AXES_ENABLED = False
    settings.AXES_FAILURE_LIMIT = 0

    assert {by_api(client, "wrong") for _ in range(6)} == {401}
    assert by_api(client, PASSWORD) == 200
    assert not AccessAttempt.objects.exists()


def test_a_right_try_that_overtook_the_lock_is_refused(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(request: Any, **credentials: str) -> Any:
        found = authenticate(request, **credentials)
        for _ in range(3):  # meanwhile, elsewhere
            authenticate(RequestFactory().post("/"), username=EMAIL, password="wrong")
        return found

    monkeypatch.setattr(people, "authenticate", slow)

    assert by_api(client, PASSWORD) == 429


def test_no_password_is_kept(client: Client, user: User) -> None:
    by_page(client, "a secret")
    by_form(client, "a secret")

    kept = "".join(map(str, AccessAttempt.objects.values_list().get()))
    assert "a secret" not in kept


@pytest.mark.parametrize(
    ("address", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("fe80::1%eth0", "fe80::"),
        ("", NO_ADDRESS),
        ("unknown", NO_ADDRESS),
        ("203.0.113.9:5000", "203.0.113.9"),
    ],
)
def test_what_an_address_counts_as(address: str, counted: str) -> None:
    request = RequestFactory().post("/", REMOTE_ADDR=address)

    assert attempt_address(request) == counted


def test_odd_addresses_break_nothing(client: Client, user: User) -> None:
    for address in ("", "unknown", "::ffff:203.0.113.9", "2001:db8::1"):
        assert log_in(client, "x", REMOTE_ADDR=address).status_code == 401


def test_the_attempted_email_fits_its_column() -> None:
    request = RequestFactory().post("/", {"email": " A@B.KZ "})

    assert attempted_email(request, None) == "a@b.kz"
    assert len(attempted_email(request, {"username": "x" * 999})) == 255


def test_the_service_says_it_to_other_faces(user: User, rf: RequestFactory) -> None:
    for _ in range(3):
        authenticate(rf.post("/"), username=EMAIL, password="wrong")

    with pytest.raises(TooManyAttempts):
        services.check_credentials(rf.post("/"), EMAIL, PASSWORD)
