"""The webhook: who is let in, and what Telegram is told to send again."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.test import Client

from telegram_bot import views
from telegram_bot.exceptions import ChatBusy
from telegram_bot.models import Update
from telegram_bot.webhook import webhook_secret
from tests.factories import make_product
from tests.telegram.fake import FakeTelegram, broken
from tests.telegram.people import Person

pytestmark = pytest.mark.django_db
Post = Callable[..., Any]
ADDRESS = "/telegram/webhook/"


@pytest.fixture
def post(telegram: FakeTelegram) -> Post:
    """Posts as Telegram does; a client that checks for CSRF tokens."""

    def send(body: Any, secret: str | None = None, **more: Any) -> Any:
        client = Client(enforce_csrf_checks=True, raise_request_exception=False)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        told = webhook_secret() if secret is None else secret
        headers = {"X-Telegram-Bot-Api-Secret-Token": told} if told else {}
        return client.post(ADDRESS, data, "application/json", headers=headers, **more)

    return send


@pytest.fixture
def person(telegram: FakeTelegram, post: Post) -> Person:
    def deliver(update: dict[str, Any]) -> None:
        assert post(update).status_code == 200

    return Person(telegram, deliver)


def test_an_update_is_answered(person: Person) -> None:
    product = make_product(name="Kettle")
    assert person.writes("/cart") == "The cart is empty."
    person.writes(f"/product {product.number}")
    person.presses("Add to cart")
    assert person.toast() == "In the cart: 1"


def test_a_repeat_is_answered_with_200_and_nothing_else(
    person: Person, telegram: FakeTelegram
) -> None:
    update = person.message("/cart")
    person.deliver(update)
    person.deliver(update)
    assert telegram.methods() == ["sendMessage"]


@pytest.mark.parametrize("secret", ["", "wrong", "секрет", "x" * 5000])
def test_whoever_does_not_know_the_secret_is_refused(
    telegram: FakeTelegram, post: Post, secret: str
) -> None:
    person = Person(telegram, print)
    assert post(person.message("/start"), secret).status_code == 403
    assert telegram.calls == [] and not Update.objects.exists()


def test_the_secret_may_be_set(
    telegram: FakeTelegram, post: Post, settings: Any
) -> None:
    made = webhook_secret()
    assert len(made) == 64 and settings.TELEGRAM_BOT_TOKEN not in made
    settings.TELEGRAM_WEBHOOK_SECRET = "my-own_secret"
    person = Person(telegram, print)
    assert post(person.message("/start"), made).status_code == 403
    assert post(person.message("/start"), "my-own_secret").status_code == 200


def test_without_a_bot_there_is_no_such_page(post: Post, settings: Any) -> None:
    secret = webhook_secret()
    settings.TELEGRAM_BOT_TOKEN = ""
    assert post({"update_id": 1}, secret).status_code == 404


def test_it_is_posted_to(telegram: FakeTelegram, client: Client) -> None:
    assert client.get(ADDRESS).status_code == 405


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"1",
        b'"x"',
        b"{}",
        b'{"update_id": "1"}',
        b'{"update_id": true}',
        b'{"update_id": 1.5}',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"update_id": 1, "x": "' + b"x" * 1024 * 1024 + b'"}',
        b"x" * 3 * 1024 * 1024,
    ],
)
def test_what_is_no_update_is_refused(
    telegram: FakeTelegram, post: Post, body: bytes
) -> None:
    assert post(body).status_code == 400
    assert telegram.calls == []


@pytest.mark.parametrize(
    "update",
    [
        {"update_id": 1},
        {"update_id": 2**70},
        {"update_id": 1, "message": 5},
        {"update_id": 1, "poll": {"id": "1"}},
        {"update_id": 1, "message": {"chat": {"id": -5, "type": "group"}}},
    ],
)
def test_what_is_of_no_interest_is_not_sent_again(post: Post, update: Any) -> None:
    assert post(update).status_code == 200


def test_a_bug_is_not_sent_again(person: Person, monkeypatch: Any) -> None:
    def bug(*args: Any) -> None:
        raise RuntimeError("bug")

    monkeypatch.setattr("telegram_bot.handlers.cart.show_cart", bug)
    assert person.writes("/cart") == (
        "Something broke on our side. Please try again later."
    )


def test_a_telegram_that_does_not_answer_is_no_reason_to_send_it_again(
    person: Person, telegram: FakeTelegram
) -> None:
    telegram.fail("sendMessage", broken())
    person.deliver(person.message("/cart"))


@pytest.mark.parametrize("error", [OperationalError("down"), ChatBusy("7")])
def test_what_may_be_better_later_is_sent_again(
    telegram: FakeTelegram, post: Post, monkeypatch: Any, error: Exception
) -> None:
    def fail(update: Any) -> None:
        raise error

    monkeypatch.setattr(views, "handle_update", fail)
    assert post(Person(telegram, print).message("/start")).status_code == 503
