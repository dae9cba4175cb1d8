"""Where people come in: no way out to another site, no token but our own."""

import base64
import json
from typing import Any

import jwt
import pytest
from django.conf import settings as real
from django.test import Client

from accounts.models import User
from accounts.services import issue_tokens
from tests.factories import make_user

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "/\\evil.example/",
    "\\\\evil.example",
    "///evil.example",
    "http:evil.example",
    "javascript:alert(1)",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "\x00//evil.example",
    " //evil.example",
]


@pytest.fixture
def user() -> User:
    return make_user(email="aliya@example.com", password=PASSWORD)


@pytest.mark.parametrize("target", ELSEWHERE)
def test_nobody_is_led_to_another_site(user: User, target: str) -> None:
    login = {"email": user.email, "password": PASSWORD, "next": target}
    new = {"email": "new@example.com", "password": PASSWORD, "next": target}
    for path, data, lands in (
        ("/login/", login, "/"),
        ("/register/", new, "/"),
        ("/i18n/setlang/", {"language": "en", "next": target}, "/"),
        ("/logout/", {"next": target}, "/"),
    ):
        answer = Client().post(path, data)
        assert (answer.status_code, answer["Location"]) == (302, lands), path
    asked = Client()
    asked.force_login(user)
    page = asked.get("/login/", {"next": target})
    assert b"evil.example" not in page.content or page.status_code == 200
    assert page.get("Location", "/") == "/"


def test_a_page_of_ours_is_where_one_wanted_to_go(user: User) -> None:
    login = {"email": user.email, "password": PASSWORD, "next": "/orders/?page=2"}
    assert Client().post("/login/", login)["Location"] == "/orders/?page=2"


def without_signature(claims: dict[str, Any], alg: str) -> str:
    def part(data: dict[str, Any]) -> str:
        raw = json.dumps(data).encode()
        return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()

    return f"{part({'alg': alg, 'typ': 'JWT'})}.{part(claims)}."


def test_a_token_is_signed_by_the_one_algorithm_and_key(user: User) -> None:
    good = issue_tokens(user)["access_token"]
    key = real.SIMPLE_JWT["SIGNING_KEY"]
    claims = jwt.decode(good, key, ["HS256"])
    header, body, signature = good.split(".")
    bad = [
        *(without_signature(claims, alg) for alg in ("none", "None", "NONE", "HS256")),
        jwt.encode(claims, key, "HS384"),
        jwt.encode(claims, "x" * 40, "HS256"),
        jwt.encode({**claims, "role": "admin"}, "y" * 40, "HS256"),
        f"{header}.{body}.",
        f"{header}.{body}.{signature[:-2]}",
        f"{header}.{body[:-2]}xx.{signature}",
        issue_tokens(user)["refresh_token"],
        "a.b.c",
    ]

    def status(token: str) -> int:
        head = {"authorization": f"Bearer {token}"}
        return Client().get("/auth/verify", headers=head).status_code

    assert status(good) == 200
    assert [status(token) for token in bad] == [401] * len(bad)
    # Nor does the cookie take what the header refuses.
    for token in bad:
        client = Client()
        client.cookies["access_token"] = token
        assert client.get("/api/users/me").status_code == 401


def test_cookies_say_no_more_than_they_have_to(user: User, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.HTTPS_ONLY = True
    login = {"email": user.email, "password": PASSWORD}
    page, api = Client(), Client()
    page.post("/login/", login, secure=True)
    api.post("/auth/login", login, "application/json", secure=True)

    for cookie in (page.cookies["sessionid"], api.cookies["access_token"]):
        assert cookie["secure"] and cookie["httponly"], cookie.key
        # For this host alone, and not with forms of other sites.
        assert (cookie["samesite"], cookie["domain"]) == ("Lax", ""), cookie.key
