"""Signing in, out and up in a browser; without JavaScript, as every page."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.core import mail
from django.shortcuts import resolve_url
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from accounts.services import issue_tokens
from tests.accounts.conftest import PASSWORD, events, log_in, post

pytestmark = pytest.mark.django_db
EMAIL = "aliya@example.com"
GOOD = "another good one"


def signed_in(client: Client) -> str | None:
    """The e-mail of the session's user."""
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key).email if key else None


class Page(HTMLParser):
    """What the tests ask of a page's form fields."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.inputs: dict[str, dict[str, str | None]] = {}
        self.labelled: set[str | None] = set()
        self.ids: set[str | None] = set()
        self.headings = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.ids.add(found.get("id"))
        self.headings += tag == "h1"
        if tag == "label":
            self.labelled.add(found.get("for"))
        if tag == "input" and found.get("type") != "hidden" and "hidden" not in found:
            self.inputs[str(found["name"])] = found


@pytest.mark.parametrize("path", ["/login/", "/register/", "/password-reset/"])
@pytest.mark.parametrize("language", ["en", "ru", "kk"])
def test_a_form_is_labelled_and_known_to_password_managers(
    client: Client, path: str, language: str
) -> None:
    response = client.get(path, headers={"Accept-Language": language})

    assert response.status_code == 200
    page = Page(response.text)
    assert page.headings == 1
    for name in set(page.inputs) & {"email", "password", "full_name"}:
        field = page.inputs[name]
        assert field["id"] in page.labelled
        assert field["autocomplete"]
        assert "form-control" in str(field["class"])


def test_the_field_names_are_those_of_the_api(client: Client) -> None:
    own = {"email", "password", "full_name"}

    login, register = (
        Page(client.get(f"/{name}/").text) for name in ("login", "register")
    )

    assert own & set(login.inputs) == {"email", "password"}
    assert own & set(register.inputs) == own
    assert register.inputs["password"]["autocomplete"] == "new-password"


def test_errors_are_tied_to_their_field(client: Client) -> None:
    response = client.post("/register/", {"email": "x", "password": "short"})

    page = Page(response.text)
    for name in ("email", "password"):
        field = page.inputs[name]
        assert field["aria-invalid"] == "true"
        assert "is-invalid" in str(field["class"])
        assert f"id_{name}_error" in str(field["aria-describedby"]).split()
        assert set(str(field["aria-describedby"]).split()) <= page.ids
    assert page.inputs["email"]["value"] == "x"
    assert "value" not in page.inputs["password"]
    # The first of them is where the reader finds herself.
    assert "autofocus" in page.inputs["email"]
    assert "autofocus" not in page.inputs["password"]


@pytest.mark.parametrize("name", ["email", "username"])
def test_login_opens_a_session(client: Client, user: User, name: str) -> None:
    response = client.post("/login/", {name: "Aliya@Example.com", "password": PASSWORD})

    assert response.status_code == 302
    assert response["Location"] == resolve_url("catalog:product-list")
    assert signed_in(client) == EMAIL


def test_login_keeps_the_visitors_session_under_a_new_key(
    client: Client, user: User
) -> None:
    session = client.session
    session["something"] = "kept"
    session.save()
    before = session.session_key

    client.post("/login/", {"email": EMAIL, "password": PASSWORD})

    assert client.session["something"] == "kept"
    assert client.session.session_key != before


@pytest.mark.parametrize(
    ("target", "followed"),
    [
        ("/account/", True),
        ("http://testserver/account/", True),
        ("https://evil.test/", False),
        ("//evil.test", False),
        ("javascript:alert(1)", False),
        ("/\\evil.test", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("page", ["/login/", "/register/"])
def test_next_is_followed_only_within_the_site(
    client: Client, db: None, page: str, target: str, followed: bool
) -> None:
    email = EMAIL
    if page == "/login/":
        User.objects.create_user(EMAIL, PASSWORD)
    data = {"email": email, "password": PASSWORD, "next": target}

    response = client.post(page, data)

    assert response.status_code == 302
    fallback = resolve_url("catalog:product-list")
    assert response["Location"] == (target if followed else fallback)


@pytest.mark.parametrize("case", ["unknown", "wrong", "inactive"])
def test_a_refused_login_says_the_same_to_all(
    client: Client, user: User, case: str
) -> None:
    data = {"email": EMAIL, "password": PASSWORD}
    if case == "unknown":
        data["email"] = "nobody@example.com"
    elif case == "wrong":
        data["password"] = "wrong"
    else:
        user.is_active = False
        user.save()

    response = client.post("/login/", data, headers={"Accept-Language": "en"})

    assert response.status_code == 200
    assert "The e-mail or the password is wrong." in response.text
    assert signed_in(client) is None


@pytest.mark.parametrize("path", ["/login/", "/register/", "/logout/", "/account/"])
def test_pages_ask_for_the_csrf_token(user: User, path: str) -> None:
    client = Client(enforce_csrf_checks=True)

    response = client.post(path, {"email": EMAIL, "password": PASSWORD})

    assert response.status_code == 403


def test_a_page_login_drops_the_cookie_of_somebody_else(
    client: Client, user: User, admin_user: User
) -> None:
    log_in(client)

    data = {"email": admin_user.email, "password": PASSWORD}
    response = client.post("/login/", data)

    assert response.cookies["access_token"].value == ""


def test_register_signs_in(client: Client, db: None) -> None:
    data = {"email": "New@Example.com", "password": PASSWORD, "full_name": "Алия"}

    response = client.post("/register/", data)

    assert response.status_code == 302
    user = User.objects.get()
    assert (user.email, user.full_name) == ("new@example.com", "Алия")
    assert signed_in(client) == "new@example.com"
    assert events() == [
        ("user_created", {"id": str(user.pk), "email": user.email, "role": "user"})
    ]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"email": EMAIL, "password": PASSWORD}, "email"),
        ({"email": "ALIYA@example.com", "password": PASSWORD}, "email"),
        ({"email": "x", "password": PASSWORD}, "email"),
        ({"email": "a\x00@example.com", "password": PASSWORD}, "email"),
        ({"email": "b@example.com", "password": "short"}, "password"),
        ({"email": "b@example.com", "password": "x" * 300}, "password"),
        ({"email": "b@example.com", "password": "b@example.com"}, "password"),
        ({"email": "b@example.com"}, "password"),
        ({}, "email"),
    ],
)
def test_register_refuses_beside_the_field(
    client: Client, user: User, data: dict[str, str], field: str
) -> None:
    response = client.post("/register/", data)

    assert response.status_code == 200
    assert response.context["form"].errors[field]
    assert User.objects.count() == 1
    assert signed_in(client) is None


def test_logout_is_a_post_that_ends_session_and_cookie(
    client: Client, user: User
) -> None:
    log_in(client)
    client.force_login(user)
    assert client.get("/logout/").status_code == 405
    assert signed_in(client) == EMAIL

    response = client.post("/logout/")

    assert response.status_code == 302
    assert signed_in(client) is None
    assert response.cookies["access_token"].value == ""


# --- The account page -------------------------------------------------------------


@pytest.mark.parametrize("path", ["/account/", "/account/password/"])
def test_the_account_needs_somebody(client: Client, path: str) -> None:
    response = client.get(path)

    assert (response.status_code, response["Location"]) == (302, f"/login/?next={path}")


def test_the_account_page_shows_and_saves_the_profile(
    client: Client, user: User
) -> None:
    client.force_login(user)
    page = Page(client.get("/account/").text)
    assert page.headings == 1
    assert {"full_name", "phone", "old_password", "new_password"} <= set(page.inputs)

    phone = "8 (701) 123-45-67"
    data = {"full_name": "Алия", "phone": phone, "email": "x@example.com"}
    response = client.post("/account/", data)

    assert (response.status_code, response["Location"]) == (302, "/account/")
    after = User.objects.get()
    told = (after.full_name, after.phone, after.email)
    assert told == ("Алия", "+77011234567", EMAIL)
    assert [kind for kind, _ in events()] == ["user_updated"]


@pytest.mark.parametrize(
    "phone", ["1", "+7700", "call me", "+7701\x001234567", "7" * 10_000]
)
def test_a_phone_that_cannot_be_dialled_is_said_beside_the_field(
    client: Client, user: User, phone: str
) -> None:
    client.force_login(user)

    response = client.post("/account/", {"full_name": "Алия", "phone": phone})

    assert response.status_code == 200
    assert list(response.context["profile_form"].errors) == ["phone"]
    assert 'id="id_phone_error"' in response.text
    after = User.objects.get()
    assert (after.full_name, after.phone) == ("", "")
    assert events() == []


def test_the_same_phone_in_another_writing_is_nothing_new(
    client: Client, user: User
) -> None:
    User.objects.update(phone="+77011234567")
    client.force_login(user)
    page = Page(client.get("/account/").text)
    assert page.inputs["phone"]["value"] == "+7 701 123 4567"

    client.post("/account/", {"full_name": "", "phone": "8 701 123 45 67"})

    assert User.objects.get().phone == "+77011234567"
    assert events() == []


def test_a_new_password_keeps_this_session_only(user: User) -> None:
    here, elsewhere = Client(), Client()
    here.force_login(user)
    elsewhere.force_login(user)
    refresh = issue_tokens(user)["refresh_token"]

    data = {"old_password": PASSWORD, "new_password": GOOD}
    response = here.post("/account/password/", data)

    assert (response.status_code, response["Location"]) == (302, "/account/")
    assert User.objects.get().check_password(GOOD)
    assert here.get("/account/").status_code == 200
    assert elsewhere.get("/account/").status_code == 302
    assert post(here, "/auth/refresh", {"refresh_token": refresh}).status_code == 401


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [("wrong", GOOD, "old_password"), (PASSWORD, "short", "new_password")],
)
def test_a_refused_password_is_said_beside_the_field(
    client: Client, user: User, old: str, new: str, field: str
) -> None:
    client.force_login(user)

    data = {"old_password": old, "new_password": new}
    response = client.post("/account/password/", data)

    assert response.status_code == 200
    assert list(response.context["password_form"].errors) == [field]
    assert User.objects.get().check_password(PASSWORD)


# --- Password reset ---------------------------------------------------------------


def ask_for_link(client: Client, email: str, language: str = "en") -> Any:
    return client.post(
        "/password-reset/", {"email": email}, headers={"Accept-Language": language}
    )


def test_a_reset_link_sets_a_new_password_once(client: Client, user: User) -> None:
    refresh = issue_tokens(user)["refresh_token"]

    ask_for_link(client, "Aliya@Example.com")

    assert [message.to for message in mail.outbox] == [[EMAIL]]
    assert mail.outbox[0].subject == "A new password for Duken"
    link = re.search(r"http://testserver(/\S+)", str(mail.outbox[0].body))
    assert link
    form_page = client.get(link[1])["Location"]
    assert Page(client.get(form_page).text).inputs["new_password"]

    assert client.post(form_page, {"new_password": "short"}).status_code == 200
    done = client.post(form_page, {"new_password": GOOD}, follow=True)

    assert done.status_code == 200
    assert reverse("accounts:login") in done.text
    assert User.objects.get().check_password(GOOD)
    assert post(client, "/auth/refresh", {"refresh_token": refresh}).status_code == 401
    used = client.get(link[1], follow=True)
    assert used.status_code == 200
    assert "new_password" not in Page(used.text).inputs


@pytest.mark.parametrize("case", ["unknown", "inactive", "no password"])
def test_nobody_learns_whether_there_is_such_an_account(
    client: Client, user: User, case: str
) -> None:
    known = ask_for_link(client, EMAIL)
    mail.outbox.clear()
    if case == "inactive":
        user.is_active = False
    else:
        user.set_unusable_password()
    user.save()

    email = "nobody@example.com" if case == "unknown" else EMAIL
    response = ask_for_link(client, email)

    assert mail.outbox == []
    assert (response.status_code, response["Location"]) == (302, known["Location"])
    assert client.get(response["Location"]).status_code == 200


@pytest.mark.parametrize(
    "link", ["x/y/", "Nw/set-password/", "%00/y/", "4pyT/c-1/", "a/b/c/"]
)
def test_a_made_up_link_is_an_answer_not_an_error(
    client: Client, db: None, link: str
) -> None:
    assert client.get(f"/password-reset/{link}").status_code in {200, 404}


# --- Who is looking at a page -----------------------------------------------------


def test_a_page_knows_who_signed_in_through_the_api(client: Client, user: User) -> None:
    log_in(client)

    response = client.get("/account/")

    assert response.status_code == 200
    assert EMAIL in response.text


@pytest.mark.parametrize("case", ["inactive", "rubbish"])
def test_a_bad_cookie_is_a_visitor(client: Client, user: User, case: str) -> None:
    log_in(client)
    if case == "inactive":
        user.is_active = False
        user.save()
    else:
        client.cookies["access_token"] = "rubbish"

    assert client.get("/account/").status_code == 302


def test_the_session_comes_before_the_cookie(
    client: Client, user: User, admin_user: User
) -> None:
    log_in(client)
    client.force_login(admin_user)

    assert admin_user.email in client.get("/account/").text


def test_an_unread_cookie_costs_no_query(
    rf: Any, user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    from django.contrib.auth.models import AnonymousUser
    from django.http import HttpResponse

    from accounts.middleware import AccessTokenMiddleware

    seen: list[Any] = []

    def view(request: Any) -> HttpResponse:
        seen.append(request)
        return HttpResponse()

    rf.cookies["access_token"] = issue_tokens(user)["access_token"]
    request = rf.get("/")
    request.user = AnonymousUser()

    with django_assert_num_queries(0):
        AccessTokenMiddleware(view)(request)
    with django_assert_num_queries(1):
        assert seen[0].user.email == EMAIL
        assert seen[0].user.role == "user"


def test_the_admin_link_of_staff_works_with_the_cookie(
    client: Client, make_user: Callable[..., User]
) -> None:
    make_user(role=User.Role.ADMIN)
    log_in(client)

    assert client.get("/admin/").status_code == 200
