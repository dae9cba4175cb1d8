"""One's own profile, and what administrators see of everybody."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.services import issue_tokens
from tests.accounts.conftest import PASSWORD, bearer, events, log_in, post

pytestmark = pytest.mark.django_db
JSON = "application/json"
ME = {"email": "aliya@example.com", "full_name": "", "phone": "", "role": "user"}


@pytest.fixture
def staff(make_user: Callable[..., User]) -> User:
    return make_user("staff@example.com", role=User.Role.STAFF)


def allow(user: User, codename: str) -> None:
    user.user_permissions.add(Permission.objects.get(codename=codename))


@pytest.mark.parametrize(
    "path", ["/api/users/me", "/api/users/me/", "/api/v1/users/me"]
)
def test_me_is_the_whole_profile(client: Client, user: User, path: str) -> None:
    response = client.get(path, headers=bearer(user))

    assert response.status_code == 200
    body = response.json()
    assert body.pop("id") == str(user.pk)
    assert body.pop("created_at").endswith(("Z", "+05:00"))
    assert body == {**ME, "is_active": True}


def test_me_needs_somebody(client: Client) -> None:
    for response in (
        client.get("/api/users/me"),
        client.patch("/api/users/me", {}, content_type=JSON),
        post(client, "/api/users/me/password", {}),
    ):
        assert response.status_code == 401
        assert response.json()["code"] == "not_authenticated"


@pytest.mark.parametrize("method", ["put", "patch"])
def test_me_changes_name_and_phone_only(
    client: Client, user: User, method: str
) -> None:
    response = getattr(client, method)(
        "/api/users/me",
        {
            "full_name": "Алия",
            "phone": "+7 701 123 45 67",
            "email": "other@example.com",
            "role": "admin",
            "is_active": False,
            "is_superuser": True,
            "id": str(uuid4()),
        },
        content_type=JSON,
        headers=bearer(user),
    )

    assert response.status_code == 200
    after = User.objects.get()
    assert (after.pk, after.email, after.role) == (user.pk, user.email, "user")
    assert (after.full_name, after.phone) == ("Алия", "+77011234567")
    assert after.is_active
    assert response.json()["full_name"] == "Алия"
    assert events() == [
        ("user_updated", {"id": str(user.pk), "email": user.email, "role": "user"})
    ]


def test_nothing_new_is_no_event(client: Client, user: User) -> None:
    User.objects.update(phone="+77011234567")
    same = {"full_name": "", "phone": "8 (701) 123-45-67"}

    client.patch("/api/users/me", same, content_type=JSON, headers=bearer(user))

    assert events() == []
    assert User.objects.get().phone == "+77011234567"


def test_a_phone_that_cannot_be_dialled_is_an_error_of_its_field(
    client: Client, user: User
) -> None:
    change = {"full_name": "Алия", "phone": "+7 701 123 45 6"}
    english = {"Accept-Language": "en", **bearer(user)}

    answer = client.patch("/api/users/me", change, content_type=JSON, headers=english)

    assert answer.status_code == 400
    told = "Write a phone number like +7 701 123 45 67."
    assert answer.json() == {"phone": [told]}
    assert User.objects.get().full_name == ""


def test_an_old_odd_phone_stops_no_other_change(client: Client, user: User) -> None:
    User.objects.update(phone="+7700")
    change = {"full_name": "Алия"}

    answer = client.patch(
        "/api/users/me", change, content_type=JSON, headers=bearer(user)
    )

    assert (answer.status_code, answer.json()["phone"]) == (200, "+7700")
    assert User.objects.get().full_name == "Алия"


@pytest.mark.parametrize(
    "data",
    [
        {"full_name": "x" * 151},
        {"phone": "7" * 33},
        {"phone": "1"},
        {"phone": "+7 701 123 45 6"},
        {"phone": "+7701\x001234567"},
        {"phone": "call me"},
        {"phone": "7" * 10_000},
        {"full_name": "\x00"},
        {"full_name": "\ud800"},
        {"full_name": None},
        {"full_name": []},
        {"phone": {}},
        [],
        7,
    ],
)
def test_me_refuses_odd_values(client: Client, user: User, data: Any) -> None:
    response = client.patch(
        "/api/users/me", data, content_type=JSON, headers=bearer(user)
    )

    assert response.status_code == 400
    assert events() == []


def test_a_cookie_needs_the_csrf_token_for_unsafe_methods(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    log_in(client)
    change: dict[str, Any] = {"data": {"full_name": "A"}, "content_type": JSON}

    assert client.get("/api/users/me").status_code == 200
    refused = client.patch("/api/users/me", **change)
    assert refused.status_code == 403
    assert set(refused.json()) == {"detail", "code"}
    assert User.objects.get().full_name == ""

    token = client.cookies["csrftoken"].value
    allowed = client.patch("/api/users/me", **change, headers={"X-CSRFToken": token})
    assert allowed.status_code == 200


def test_a_session_needs_the_csrf_token_too(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)

    assert client.get("/api/users/me").status_code == 200
    refused = client.patch("/api/users/me", {"full_name": "A"}, content_type=JSON)
    assert refused.status_code == 403


def test_a_bearer_wins_over_cookies_and_needs_no_csrf_token(
    user: User, admin_user: User
) -> None:
    client = Client(enforce_csrf_checks=True)
    log_in(client)
    client.force_login(user)

    response = client.patch(
        "/api/users/me",
        {"full_name": "A"},
        content_type=JSON,
        headers=bearer(admin_user),
    )

    assert response.status_code == 200
    assert response.json()["email"] == "boss@example.com"


def test_a_bad_bearer_is_refused_even_beside_a_good_cookie(
    client: Client, user: User
) -> None:
    log_in(client)

    response = client.get("/api/users/me", headers={"Authorization": "Bearer x"})

    assert response.status_code == 401


@pytest.mark.parametrize("case", ["rubbish", "inactive", "deleted", "refresh"])
def test_a_bad_cookie_is_no_cookie(client: Client, user: User, case: str) -> None:
    log_in(client)
    if case == "rubbish":
        client.cookies["access_token"] = "rubbish"
    elif case == "refresh":
        client.cookies["access_token"] = issue_tokens(user)["refresh_token"]
    elif case == "inactive":
        user.is_active = False
        user.save()
    else:
        user.delete()

    response = client.get("/api/users/me")

    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"


# --- Password ---------------------------------------------------------------------


def change(client: Client, old: str, new: str, **extra: Any) -> Any:
    data = {"old_password": old, "new_password": new}
    return post(client, "/api/users/me/password", data, **extra)


def test_a_new_password_revokes_every_refresh_token(client: Client, user: User) -> None:
    tokens = [issue_tokens(user)["refresh_token"] for _ in range(3)]

    response = change(client, PASSWORD, "another good one", headers=bearer(user))

    assert (response.status_code, response.content) == (204, b"")
    for raw in tokens:
        assert post(client, "/auth/refresh", {"refresh_token": raw}).status_code == 401
    assert log_in(client).status_code == 401
    assert log_in(client, "another good one").status_code == 200


def test_other_peoples_tokens_stay_good(
    client: Client, user: User, admin_user: User
) -> None:
    theirs = issue_tokens(admin_user)["refresh_token"]

    change(client, PASSWORD, "another good one", headers=bearer(user))

    assert post(client, "/auth/refresh", {"refresh_token": theirs}).status_code == 200


def test_the_session_that_changes_the_password_goes_on(user: User) -> None:
    here, elsewhere = Client(), Client()
    here.force_login(user)
    elsewhere.force_login(user)

    assert change(here, PASSWORD, "another good one").status_code == 204

    assert here.get("/api/users/me").status_code == 200
    assert elsewhere.get("/api/users/me").status_code == 401


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ("wrong", "another good one", "old_password"),
        (PASSWORD, "short", "new_password"),
        (PASSWORD, "password123", "new_password"),
        (PASSWORD, "aliya@example.com", "new_password"),
        (PASSWORD, "", "new_password"),
        (PASSWORD, "\ud800" * 9, "new_password"),
        (PASSWORD, "x" * 10_000, "new_password"),
    ],
)
def test_a_refused_password_changes_nothing(
    client: Client, user: User, old: str, new: str, field: str
) -> None:
    refresh = issue_tokens(user)["refresh_token"]

    response = change(client, old, new, headers=bearer(user))

    assert response.status_code == 400
    assert list(response.json()) == [field]
    assert User.objects.get().check_password(PASSWORD)
    assert post(client, "/auth/refresh", {"refresh_token": refresh}).status_code == 200


def test_the_old_password_cannot_be_guessed_for_ever(
    client: Client, user: User
) -> None:
    header = bearer(user)
    for _ in range(settings.LOGIN_FAILURE_LIMIT):
        response = change(client, "wrong", "another good one", headers=header)
        assert response.status_code == 400

    response = change(client, PASSWORD, "another good one", headers=header)

    assert response.status_code == 429
    assert response.json()["code"] == "too_many_attempts"


# --- Everybody --------------------------------------------------------------------


def test_an_admin_lists_everybody(client: Client, user: User, admin_user: User) -> None:
    response = client.get("/api/users", headers=bearer(admin_user))

    assert response.status_code == 200
    body = response.json()
    assert (body["count"], body["next"], body["previous"]) == (2, None, None)
    emails = [row["email"] for row in body["results"]]
    assert emails == ["boss@example.com", "aliya@example.com"]
    assert set(body["results"][0]) == {*ME, "id", "is_active", "created_at"}


def test_the_list_costs_the_same_for_any_number(
    client: Client,
    admin_user: User,
    make_user: Callable[..., User],
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    header = bearer(admin_user)
    for number in range(30):
        make_user(f"user{number}@example.com")
        if number in {1, 29}:
            # Who asks, how many, the page.
            with django_assert_num_queries(3):
                client.get("/api/users?page_size=100", headers=header)


@pytest.mark.parametrize("who", ["nobody", "user", "staff"])
def test_others_may_not(client: Client, user: User, staff: User, who: str) -> None:
    headers = {"nobody": {}, "user": bearer(user), "staff": bearer(staff)}[who]
    expected = 401 if who == "nobody" else 403

    for response in (
        client.get("/api/users", headers=headers),
        client.get(f"/api/users/{user.pk}", headers=headers),
        client.delete(f"/api/users/{user.pk}", headers=headers),
    ):
        assert response.status_code == expected
        assert set(response.json()) == {"detail", "code"}
    assert User.objects.count() == 2


def test_staff_may_what_they_were_given(
    client: Client, user: User, staff: User
) -> None:
    allow(staff, "view_user")
    header = bearer(staff)

    assert client.get("/api/users", headers=header).status_code == 200
    assert client.get(f"/api/users/{user.pk}", headers=header).status_code == 200
    assert client.delete(f"/api/users/{user.pk}", headers=header).status_code == 403

    allow(staff, "delete_user")
    assert client.delete(f"/api/users/{user.pk}", headers=header).status_code == 204


def test_a_permission_without_working_here_is_nothing(
    client: Client, user: User
) -> None:
    allow(user, "view_user")

    assert client.get("/api/users", headers=bearer(user)).status_code == 403


def test_staff_never_delete_an_administrator(
    client: Client, staff: User, admin_user: User
) -> None:
    allow(staff, "delete_user")

    response = client.delete(f"/api/users/{admin_user.pk}", headers=bearer(staff))

    assert response.status_code == 403
    assert User.objects.filter(pk=admin_user.pk).exists()
    assert events() == []


def test_an_admin_deletes_a_user(client: Client, user: User, admin_user: User) -> None:
    refresh = issue_tokens(user)["refresh_token"]
    path = f"/api/users/{user.pk}"

    response = client.delete(path, headers=bearer(admin_user))

    assert (response.status_code, response.content) == (204, b"")
    assert client.get(path, headers=bearer(admin_user)).status_code == 404
    assert client.delete(path, headers=bearer(admin_user)).status_code == 404
    assert post(client, "/auth/refresh", {"refresh_token": refresh}).status_code == 401
    assert events() == [
        ("user_deleted", {"id": str(user.pk), "email": user.email, "role": "user"})
    ]


def test_nobody_deletes_oneself(client: Client, admin_user: User) -> None:
    response = client.delete(f"/api/users/{admin_user.pk}", headers=bearer(admin_user))

    assert response.status_code == 409
    assert response.json()["code"] == "cannot_delete_self"
    assert User.objects.count() == 1
    assert events() == []


@pytest.mark.parametrize(
    "key", [str(uuid4()), "7", "me2", "%00", "x" * 500, "a%20b", "Ә", "%ED%A0%80"]
)
def test_an_unknown_id_is_not_found(client: Client, admin_user: User, key: str) -> None:
    for method in (client.get, client.delete):
        response = method(f"/api/users/{key}", headers=bearer(admin_user))
        assert response.status_code == 404
        assert response.json()["code"] == "not_found"


def test_other_methods_are_not_allowed(
    client: Client, user: User, admin_user: User
) -> None:
    header = bearer(admin_user)

    assert post(client, "/api/users", {}, headers=header).status_code == 405
    assert client.put(f"/api/users/{user.pk}", headers=header).status_code == 405
    assert client.get("/auth/login").status_code == 405
