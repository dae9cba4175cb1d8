"""Wrong passwords of one address on many accounts, and of many addresses on one."""

import hashlib
from collections.abc import Callable
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.contrib.auth import authenticate
from django.test import Client

from accounts.models import User
from accounts.services import people
from shop import throttling
from tests.accounts.conftest import PASSWORD, bearer, log_in, post
from tests.accounts.test_throttling import FACES, by_admin, by_api, by_page

pytestmark = pytest.mark.django_db
EMAIL = "aliya@example.com"


@pytest.fixture(autouse=True)
def limits(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Far below the one of a pair. Five minutes are over of a window of fifteen."""
    settings.LOGIN_FAILURE_LIMIT_ADDRESS = 4
    settings.LOGIN_FAILURE_LIMIT_ACCOUNT = 3
    monkeypatch.setattr(throttling.time, "time", lambda: 1_800_000_300.0)


def spray(face: Callable[..., int], number: int, times: int = 4) -> list[int]:
    client = Client()
    return [face(client, "wrong", f"u{number}{n}@example.com") for n in range(times)]


def from_elsewhere(n: int, password: str = "wrong") -> Any:
    return log_in(Client(), password, REMOTE_ADDR=f"198.51.100.{n}")


@pytest.mark.parametrize("face", FACES)
def test_one_address_has_so_many_tries_whatever_the_account(
    user: User, admin_user: User, face: Callable[..., int]
) -> None:
    client, email = Client(), admin_user.email
    assert 429 not in spray(face, 1)

    assert spray(face, 2) == [429] * 4
    assert face(client, PASSWORD, email) == 429
    assert "_auth_user_id" not in client.session
    assert from_elsewhere(1, PASSWORD).status_code == 200


def test_all_doors_share_the_count(user: User) -> None:
    for face in (*FACES, by_api):
        spray(face, FACES.index(face), times=1)

    assert by_page(Client(), PASSWORD, EMAIL) == 429
    assert by_admin(Client(), PASSWORD, EMAIL) == 429


def test_one_password_less_and_the_right_one_still_signs_in(user: User) -> None:
    spray(by_api, 1, times=3)

    assert by_api(Client(), PASSWORD, EMAIL) == 200
    # It clears nothing: with one account of one's own, the others would be free.
    assert by_api(Client(), "wrong", "other@example.com") == 401
    assert by_api(Client(), "wrong", "another@example.com") == 429


def test_an_account_has_so_many_tries_wherever_from(user: User, settings: Any) -> None:
    assert [from_elsewhere(n).status_code for n in range(3)] == [401] * 3

    assert from_elsewhere(4, PASSWORD).status_code == 429
    # Nobody else is touched.
    settings.LOGIN_FAILURE_LIMIT_ACCOUNT = 0
    assert from_elsewhere(4, PASSWORD).status_code == 200


def test_spellings_of_an_account_are_one(user: User) -> None:
    for n, email in enumerate((EMAIL, " ALIYA@example.com", "ａliya@example.com")):
        data = {"email": email, "password": "wrong"}
        post(Client(), "/auth/login", data, REMOTE_ADDR=f"198.51.100.{n}")

    assert from_elsewhere(4, PASSWORD).status_code == 429


def test_a_change_of_password_is_a_door_too(user: User) -> None:
    for n in range(3):
        from_elsewhere(n)
    data = {"old_password": PASSWORD, "new_password": "another good one"}

    response = post(Client(), "/api/users/me/password", data, headers=bearer(user))

    assert (response.status_code, response.json()["code"]) == (429, "too_many_attempts")
    assert User.objects.get().check_password(PASSWORD)


def test_the_answer_is_that_of_a_locked_account(user: User) -> None:
    spray(by_api, 1)

    response = log_in(Client(), headers={"Accept-Language": "en"})

    assert response.json() == {
        "detail": "Too many failed attempts to sign in. Please try again later.",
        "code": "too_many_attempts",
        "retry_after": 600,
    }
    assert response["Retry-After"] == "600"
    assert "access_token" not in response.cookies


@pytest.mark.parametrize("path", ["/login/", "/admin/login/"])
@pytest.mark.parametrize("pair_is_counted", [True, False])
def test_pages_say_it_in_html(
    user: User, settings: Any, path: str, pair_is_counted: bool
) -> None:
    settings.AXES_ENABLED = pair_is_counted
    spray(by_api, 1)

    data = {"username": EMAIL, "password": PASSWORD}
    response = Client().post(path, data, headers={"Accept-Language": "en"})

    assert (response.status_code, response["Retry-After"]) == (429, "600")
    assert "accounts/locked.html" in [template.name for template in response.templates]
    assert "You can try again in 10 minutes." in response.text


def test_what_is_refused_is_not_counted(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No password is looked at, so hammering prolongs nothing."""
    spray(by_api, 1)
    attempts = AccessAttempt.objects.count()
    spray(by_api, 2)

    assert AccessAttempt.objects.count() == attempts == 4
    monkeypatch.setattr(throttling.time, "time", lambda: 1_800_000_900.0)
    assert by_api(Client(), PASSWORD, EMAIL) == 200


def test_a_locked_pair_uses_up_nothing_of_its_address(
    user: User, settings: Any
) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    client = Client()

    codes = [by_api(client, "wrong") for _ in range(9)]

    assert codes == [401, 401] + [429] * 7
    assert spray(by_api, 1, times=3) == [401, 401, 429]


def test_a_right_try_that_overtook_the_limit_is_refused(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(request: Any, **credentials: str) -> Any:
        found = authenticate(request, **credentials)
        monkeypatch.setattr(people, "authenticate", authenticate)
        spray(by_api, 1)  # meanwhile, elsewhere
        return found

    monkeypatch.setattr(people, "authenticate", slow)

    assert by_api(Client(), PASSWORD, EMAIL) == 429


def test_empty_is_off(user: User, settings: Any) -> None:
    settings.LOGIN_FAILURE_LIMIT_ADDRESS = settings.LOGIN_FAILURE_LIMIT_ACCOUNT = 0

    assert set(spray(by_api, 1, times=9)) == {401}
    assert by_api(Client(), PASSWORD, EMAIL) == 200


def test_no_address_of_a_person_is_kept(user: User) -> None:
    by_api(Client(), "wrong", EMAIL)
    window = 1_800_000_300 // 900
    account = hashlib.sha256(EMAIL.encode()).hexdigest()

    assert throttling.cache.get(f"rate:login:user:{account}:{window}") == 1
    assert throttling.cache.get(f"rate:login:user:{EMAIL}:{window}") is None
