"""The rows of §2 that come before authentication."""

from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import jwt
import pytest
from django.conf import settings
from django.contrib.auth import user_logged_in
from django.contrib.sessions.models import Session
from django.test import Client

from accounts.models import User
from accounts.services import issue_tokens
from tests.accounts.conftest import PASSWORD, bearer, events, log_in, post

pytestmark = pytest.mark.django_db
PREFIXES = ["/auth", "/api/auth", "/api/v1/auth"]
KEY = settings.SIMPLE_JWT["SIGNING_KEY"]


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, KEY, algorithms=["HS256"])


def expired(token: str) -> str:
    """The same token, its time over."""
    return jwt.encode({**claims(token), "exp": 1_700_000_000}, KEY, "HS256")


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("slash", ["", "/"])
def test_register_opens_an_account_and_signs_in(
    client: Client, prefix: str, slash: str
) -> None:
    response = post(
        client,
        f"{prefix}/register{slash}",
        {"email": " New@Example.com ", "password": PASSWORD, "full_name": "Aliya"},
    )

    assert response.status_code == 201
    user = User.objects.get()
    body = response.json()
    assert (user.email, user.full_name, user.role) == (
        "new@example.com",
        "Aliya",
        "user",
    )
    assert user.password.startswith(("md5$", "argon2$"))
    assert user.last_login is not None
    assert {**body, "access_token": "", "refresh_token": ""} == {
        "id": str(user.pk),
        "email": "new@example.com",
        "role": "user",
        "access_token": "",
        "refresh_token": "",
        "token_type": "bearer",
    }
    assert response.cookies["access_token"].value == body["access_token"]
    assert events() == [
        ("user_created", {"id": str(user.pk), "email": user.email, "role": "user"})
    ]


def test_the_access_token_has_exactly_the_promised_claims(
    client: Client, user: User
) -> None:
    found = claims(log_in(client).json()["access_token"])

    assert set(found) == {"token_type", "sub", "email", "role", "exp", "iat", "jti"}
    assert (found["sub"], found["email"], found["role"]) == (
        str(user.pk),
        "aliya@example.com",
        "user",
    )
    assert found["exp"] - found["iat"] == 3600


def test_register_refuses_a_taken_email_in_any_letter_case(
    client: Client, user: User
) -> None:
    data = {"email": "ALIYA@example.com", "password": PASSWORD}

    response = post(client, "/auth/register", data)

    assert response.status_code == 409
    assert response.json()["code"] == "email_taken"
    assert User.objects.count() == 1
    assert events() == []
    assert "access_token" not in response.cookies


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"password": PASSWORD}, "email"),
        ({"email": "no-address", "password": PASSWORD}, "email"),
        ({"email": f"{'a' * 250}@example.com", "password": PASSWORD}, "email"),
        ({"email": "a\x00@example.com", "password": PASSWORD}, "email"),
        ({"email": "\ud800@example.com", "password": PASSWORD}, "email"),
        ({"email": ["a@example.com"], "password": PASSWORD}, "email"),
        ({"email": {"a": 1}, "password": PASSWORD}, "email"),
        ({"email": "a@example.com"}, "password"),
        ({"email": "a@example.com", "password": "short"}, "password"),
        ({"email": "a@example.com", "password": "password123"}, "password"),
        ({"email": "a@example.com", "password": "1029384756"}, "password"),
        ({"email": "a@example.com", "password": 1029384756}, "password"),
        ({"email": "aliyabek@example.com", "password": "aliyabek1"}, "password"),
        ({"email": "a@example.com", "password": "x" * 257}, "password"),
        ({"email": "a@example.com", "password": "\ud800" * 10}, "password"),
        ({"email": "a@example.com", "password": "\x00" * 10}, "password"),
        ({"email": "a@example.com", "password": None}, "password"),
        (
            {"email": "a@example.com", "password": PASSWORD, "full_name": "x" * 151},
            "full_name",
        ),
        (
            {"email": "a@example.com", "password": PASSWORD, "full_name": "\ud800"},
            "full_name",
        ),
        ([], "non_field_errors"),
        ('"text"', "non_field_errors"),
        (7, "non_field_errors"),
        (None, "email"),
    ],
)
def test_register_names_the_field_that_is_wrong(
    client: Client, data: Any, field: str
) -> None:
    response = post(client, "/auth/register", data)

    assert response.status_code == 400
    assert field in response.json()
    assert not User.objects.exists()


@pytest.mark.parametrize("body", ["", "{", "[[[", '{"email": NaN}', "\ufeff{}", "\x00"])
@pytest.mark.parametrize(
    "path", ["register", "login", "token", "refresh", "verify", "logout"]
)
def test_no_body_is_a_server_error(client: Client, path: str, body: str) -> None:
    response = client.post(f"/auth/{path}", body, content_type="application/json")

    assert response.status_code in {200, 400, 401}


@pytest.mark.parametrize("path", ["login", "token"])
@pytest.mark.parametrize("name", ["email", "username"])
@pytest.mark.parametrize("kind", ["json", "form", "multipart"])
def test_login_takes_either_name_in_any_form(
    client: Client, user: User, path: str, name: str, kind: str
) -> None:
    data = {name: "Aliya@Example.com", "password": PASSWORD}
    if kind == "json":
        response = post(client, f"/auth/{path}", data)
    elif kind == "form":
        form = "application/x-www-form-urlencoded"
        response = client.post(f"/auth/{path}", urlencode(data), content_type=form)
    else:
        response = client.post(f"/auth/{path}", data)

    assert response.status_code == 200
    body = response.json()
    assert set(body) == {"access_token", "refresh_token", "token_type"}
    assert body["token_type"] == "bearer"
    assert response["Cache-Control"] == "no-store"


def test_the_cookie_is_out_of_reach(client: Client, user: User, settings: Any) -> None:
    settings.HTTPS_ONLY = True

    cookie = log_in(client).cookies["access_token"]

    assert cookie["httponly"] is True
    assert cookie["secure"] is True
    assert (cookie["samesite"], cookie["path"], cookie["max-age"]) == ("Lax", "/", 3600)


def test_login_on_plain_http_has_a_cookie_that_works_there(
    client: Client, user: User
) -> None:
    assert not log_in(client).cookies["access_token"]["secure"]


def test_login_opens_no_session(client: Client, user: User) -> None:
    response = log_in(client)

    assert "sessionid" not in response.cookies
    assert "csrftoken" in response.cookies  # cookie users need it for unsafe methods
    assert not Session.objects.exists()


@pytest.mark.parametrize("case", ["unknown", "wrong", "inactive"])
def test_nobody_learns_why_the_login_failed(
    client: Client, user: User, case: str
) -> None:
    data = {"email": "aliya@example.com", "password": PASSWORD}
    if case == "unknown":
        data["email"] = "nobody@example.com"
    elif case == "wrong":
        data["password"] = "wrong"
    else:
        user.is_active = False
        user.save()

    response = post(client, "/auth/login", data)

    assert response.status_code == 401
    assert set(response.json()) == {"detail", "code"}
    assert response.json()["code"] == "invalid_credentials"
    assert "access_token" not in response.cookies


@pytest.mark.parametrize(
    "data",
    [
        {"email": "aliya@example.com"},
        {"password": PASSWORD},
        {"email": "", "password": PASSWORD},
        {"email": "x" * 300, "password": PASSWORD},
        {"email": "\x00", "password": PASSWORD},
        {"email": "\ud800", "password": PASSWORD},
        {"email": {}, "password": PASSWORD},
        {"email": "aliya@example.com", "password": "x" * 100_000},
        {"email": "aliya@example.com", "password": []},
        [],
        "x",
    ],
)
def test_a_login_without_sense_is_a_field_error(
    client: Client, user: User, data: Any
) -> None:
    assert post(client, "/auth/login", data).status_code == 400


def test_an_unknown_email_costs_a_hash_too(client: Client, mocker_hash: list) -> None:
    post(client, "/auth/login", {"email": "nobody@example.com", "password": "x"})

    assert mocker_hash == ["x"]


@pytest.fixture
def mocker_hash(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The passwords that were hashed."""
    from django.contrib.auth.hashers import MD5PasswordHasher

    hashed: list[str] = []
    encode = MD5PasswordHasher.encode

    def count(self: Any, password: str, salt: str) -> str:
        hashed.append(password)
        return encode(self, password, salt)

    monkeypatch.setattr(MD5PasswordHasher, "encode", count)
    return hashed


def test_login_and_registration_are_announced_once(client: Client, user: User) -> None:
    announced = []

    def listen(request: Any, user: User, **kwargs: Any) -> None:
        announced.append((user.email, request.session is not None))

    user_logged_in.connect(listen)
    try:
        log_in(client)
        post(client, "/auth/login", {"email": "aliya@example.com", "password": "wrong"})
        post(client, "/auth/register", {"email": "b@example.com", "password": PASSWORD})
    finally:
        user_logged_in.disconnect(listen)

    assert announced == [("aliya@example.com", True), ("b@example.com", True)]


def test_old_cookies_do_not_disturb_a_login(user: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["access_token"] = "rubbish"
    assert log_in(client).status_code == 200

    assert log_in(client).status_code == 200  # with the good cookie, no CSRF token


def test_a_login_ends_the_session_of_somebody_else(
    client: Client, user: User, admin_user: User
) -> None:
    client.force_login(admin_user)

    log_in(client)

    assert "_auth_user_id" not in client.session
    assert client.get("/auth/verify").json()["email"] == "aliya@example.com"


def test_a_login_keeps_what_a_visitor_had(client: Client, user: User) -> None:
    session = client.session
    session["something"] = "kept"
    session.save()

    log_in(client)

    assert client.session["something"] == "kept"


@pytest.mark.parametrize("path", ["register", "login", "token", "refresh", "logout"])
def test_another_site_cannot_sign_a_visitor_in_or_out(
    client: Client, user: User, path: str
) -> None:
    data = {"email": "aliya@example.com", "password": PASSWORD}

    response = client.post(
        f"/auth/{path}", data, headers={"Origin": "https://evil.test"}
    )

    assert response.status_code == 403
    assert response.json()["code"] == "csrf_failed"
    assert response.cookies == {}


def test_our_own_pages_may_sign_in(client: Client, user: User) -> None:
    assert log_in(client, headers={"Origin": "http://testserver"}).status_code == 200


def test_refresh_gives_a_new_pair_once(client: Client, user: User) -> None:
    old = log_in(client).json()["refresh_token"]

    response = post(client, "/auth/refresh", {"refresh_token": old})
    again = post(client, "/auth/refresh", {"refresh_token": old})

    assert response.status_code == 200
    assert set(response.json()) == {"access_token", "refresh_token", "token_type"}
    assert response.json()["refresh_token"] != old
    assert again.status_code == 401
    assert again.json()["code"] == "token_not_valid"


def test_refreshed_tokens_know_the_user_as_now(client: Client, user: User) -> None:
    old = log_in(client).json()["refresh_token"]
    user.role = User.Role.STAFF
    user.email = "new@example.com"
    user.save()

    new = post(client, "/auth/refresh", {"refresh_token": old}).json()

    for token in (new["access_token"], new["refresh_token"]):
        assert claims(token)["role"] == "staff"
        assert claims(token)["email"] == "new@example.com"


@pytest.mark.parametrize(
    "case", ["inactive", "deleted", "expired", "access", "rubbish"]
)
def test_refresh_refuses(client: Client, user: User, case: str) -> None:
    pair = issue_tokens(user)
    raw = pair["refresh_token"]
    if case == "inactive":
        user.is_active = False
        user.save()
    elif case == "deleted":
        user.delete()
    elif case == "access":
        raw = pair["access_token"]
    else:
        raw = expired(raw) if case == "expired" else "a.b.c"

    response = post(client, "/auth/refresh", {"refresh_token": raw})

    assert response.status_code == 401
    assert response.json()["code"] == "token_not_valid"


@pytest.mark.parametrize(
    "data",
    [{}, [], {"refresh_token": None}, {"refresh_token": {}}, {"refresh_token": ""}],
)
def test_refresh_without_a_token_is_a_field_error(client: Client, data: Any) -> None:
    assert post(client, "/auth/refresh", data).status_code == 400


@pytest.mark.parametrize(
    "payload",
    [
        {"sub": "7"},
        {"sub": None},
        {},
        {"sub": str(UUID(int=1))},
        {"exp": 10**20},
        {"exp": None},
        {"jti": None},
        {"token_type": "other"},
    ],
)
def test_odd_tokens_signed_with_the_shared_key_are_refused(
    client: Client, user: User, payload: dict[str, Any]
) -> None:
    for kind in ("access", "refresh"):
        base = {"token_type": kind, "exp": 4_000_000_000, "jti": "x", **payload}
        body = {key: value for key, value in base.items() if value is not None}
        raw = jwt.encode(body, KEY, "HS256")

        header = {"Authorization": f"Bearer {raw}"}
        assert client.get("/auth/verify", headers=header).status_code == 401
        refresh = post(client, "/auth/refresh", {"refresh_token": raw})
        assert refresh.status_code == 401


@pytest.mark.parametrize("prefix", PREFIXES)
@pytest.mark.parametrize("method", ["get", "post"])
def test_verify_says_who_the_bearer_is(
    client: Client, user: User, prefix: str, method: str
) -> None:
    response = getattr(client, method)(f"{prefix}/verify", headers=bearer(user))

    assert response.status_code == 200
    assert response.json() == {
        "id": str(user.pk),
        "email": "aliya@example.com",
        "role": "user",
    }


@pytest.mark.parametrize(
    "header",
    [
        None,
        "Bearer",
        "Bearer a b",
        "Bearer rubbish",
        "Bearer \xff\xfe",
        "Bearer e30.e30.e30",
        "Bearer " + "a" * 8000,
        "Basic YTpi",
    ],
)
def test_verify_refuses(client: Client, header: str | None) -> None:
    headers = {"Authorization": header} if header else {}

    response = client.get("/auth/verify", headers=headers)

    assert response.status_code == 401
    assert set(response.json()) == {"detail", "code"}


@pytest.mark.parametrize("case", ["expired", "inactive", "deleted", "other key"])
def test_verify_refuses_a_token_that_was_good(
    client: Client, user: User, case: str
) -> None:
    raw = issue_tokens(user)["access_token"]
    if case == "inactive":
        user.is_active = False
        user.save()
    elif case == "deleted":
        user.delete()
    elif case == "other key":
        raw = jwt.encode(claims(raw), "k" * 40, "HS256")
    else:
        raw = expired(raw)

    header = {"Authorization": f"Bearer {raw}"}
    response = client.get("/auth/verify", headers=header)

    assert response.status_code == 401


def test_logout_revokes_the_refresh_token_and_removes_the_cookie(
    client: Client, user: User
) -> None:
    refresh = log_in(client).json()["refresh_token"]

    response = post(client, "/auth/logout", {"refresh_token": refresh})

    assert response.status_code == 200
    assert response.json() == {"detail": "logged out"}
    assert response.cookies["access_token"].value == ""
    assert response.cookies["access_token"]["max-age"] == 0
    again = post(client, "/auth/refresh", {"refresh_token": refresh})
    assert again.status_code == 401


@pytest.mark.parametrize(
    "data", [None, {}, {"refresh_token": "rubbish"}, {"refresh_token": None}]
)
def test_logout_is_fine_without_a_good_token(client: Client, data: Any) -> None:
    assert post(client, "/auth/logout", data).status_code == 200
    assert post(client, "/auth/logout", data).json() == {"detail": "logged out"}


def test_logout_ends_the_session_but_not_a_visitors(client: Client, user: User) -> None:
    session = client.session
    session["something"] = "kept"
    session.save()
    post(client, "/auth/logout")
    assert client.session["something"] == "kept"

    client.force_login(user)
    post(client, "/auth/logout")
    assert "_auth_user_id" not in client.session
