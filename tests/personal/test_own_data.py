"""One's own data, by the page and by the API."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import issue_tokens
from orders.models import Order
from tests.factories import make_order, make_user
from tests.pages import html, queries, text

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture
def user() -> User:
    return make_user(email="zarina@example.com", password=PASSWORD)


@pytest.fixture
def visitor(user: User) -> Client:
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    return client


def api(client: Client, what: str, user: User, **body: Any) -> Any:
    return client.post(
        f"/api/users/me/{what}",
        body,
        content_type="application/json",
        headers={
            "Authorization": f"Bearer {issue_tokens(user)['access_token']}",
            "Accept-Language": "en",
        },
    )


def errors(response: Any, form: str) -> dict[str, list[str]]:
    assert response.status_code == 200
    return {k: list(v) for k, v in response.context[form].errors.items()}


# --- Pages ----------------------------------------------------------------------------


def test_the_account_page_leads_there(visitor: Client, settings: Any) -> None:
    assert b'href="/account/data/"' in visitor.get("/account/").content
    assert "Download my data" in text(visitor.get("/account/data/"))
    # The header's cart is one, where carts are in the database.
    cart = 0 if settings.REDIS_URL else 1
    assert queries(visitor, "/account/data/") == 4 + cart


def test_a_visitor_signs_in_first(client: Client) -> None:
    for path in ("/account/data/", "/account/data/download/", "/account/data/delete/"):
        method = client.get if path.endswith("/data/") else client.post
        assert method(path)["Location"] == f"/login/?next={path}"


def test_the_file_is_for_who_knows_the_password(visitor: Client, user: User) -> None:
    wrong = visitor.post("/account/data/download/", {"password": "no"})
    assert errors(wrong, "export_form") == {
        "password": ["This is not your current password."]
    }

    answer = visitor.post("/account/data/download/", {"password": PASSWORD})

    disposition = 'attachment; filename="personal-data.json"'
    assert answer["Content-Disposition"] == disposition
    assert "no-store" in answer["Cache-Control"]
    assert answer.json()["account"]["email"] == user.email


def test_the_account_goes_with_password_and_address(
    visitor: Client, user: User
) -> None:
    gone = visitor.post(
        "/account/data/delete/", {"email": " Zarina@Example.com", "password": PASSWORD}
    )

    assert (gone.status_code, gone["Location"]) == (302, "/")
    assert not User.objects.filter(pk=user.pk).exists()
    front = visitor.get("/")
    assert "Your account is deleted. Goodbye!" in html(front)
    assert not front.wsgi_request.user.is_authenticated


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"email": "zarina@example.com", "password": "no"},
            {"password": ["This is not your current password."]},
        ),
        (
            {"email": "other@example.com", "password": PASSWORD},
            {"email": ["This is not the e-mail address of your account."]},
        ),
        (
            {},
            {
                "email": ["This field is required."],
                "password": ["This field is required."],
            },
        ),
    ],
)
def test_nothing_goes_without_them(
    visitor: Client, user: User, given: Any, said: Any
) -> None:
    answer = visitor.post("/account/data/delete/", given)

    assert errors(answer, "delete_form") == said
    assert User.objects.filter(pk=user.pk).exists()


def test_an_order_under_way_is_named_in_place_of_the_form(
    visitor: Client, user: User
) -> None:
    order = make_order(user)

    page = visitor.get("/account/data/")

    assert f"Order {order.number} is not completed yet." in text(page)
    assert b'action="/account/data/delete/"' not in page.content
    posted = visitor.post(
        "/account/data/delete/", {"email": user.email, "password": PASSWORD}
    )
    assert "is not completed yet" in errors(posted, "delete_form")["__all__"][0]


def test_the_password_is_guessed_as_seldom_as_at_the_door(
    visitor: Client, settings: Any
) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    for _ in range(2):
        visitor.post("/account/data/download/", {"password": "no"})

    answer = visitor.post("/account/data/download/", {"password": PASSWORD})

    assert answer.status_code == 429 and int(answer["Retry-After"]) > 0


# --- API ------------------------------------------------------------------------------


def test_the_api_exports(client: Client, user: User) -> None:
    order = make_order(user)

    answer = api(client, "export", user, password=PASSWORD)

    assert (answer.status_code, answer["Cache-Control"]) == (200, "no-store")
    assert answer.json()["account"]["email"] == user.email
    assert [o["number"] for o in answer.json()["orders"]] == [order.number]


def test_the_api_deletes(client: Client, user: User) -> None:
    make_order(user)
    body = {"password": PASSWORD, "email": user.email}
    refused = api(client, "delete", user, **body)
    assert (refused.status_code, refused.json()["code"]) == (409, "orders_in_progress")
    Order.objects.update(status="completed")
    token = issue_tokens(user)["access_token"]

    assert api(client, "delete", user, **body).status_code == 204

    bearer = {"Authorization": f"Bearer {token}"}
    assert client.get("/api/users/me", headers=bearer).status_code == 401
    assert Order.objects.get().user is None


def test_the_api_says_which_field_is_wrong(client: Client, user: User) -> None:
    for what in ("export", "delete"):
        answer = api(client, what, user, password="no", email=user.email)
        assert (answer.status_code, answer.json()) == (
            400,
            {"password": ["This is not your current password."]},
        )
    answer = api(client, "delete", user, password=PASSWORD, email="a@example.com")
    assert answer.json() == {
        "email": ["This is not the e-mail address of your account."]
    }
    assert client.post("/api/users/me/export").status_code == 401


def test_a_session_is_signed_out_by_the_api_too(visitor: Client, user: User) -> None:
    body = {"password": PASSWORD, "email": user.email}
    answer = visitor.post("/api/users/me/delete", body, "application/json")

    assert answer.status_code == 204
    assert "_auth_user_id" not in visitor.session
