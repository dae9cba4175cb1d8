"""The letter with a reset link: it follows the answer, and no token travels to it."""

import re
import smtplib
from typing import Any

import pytest
from celery.exceptions import Retry
from django.core import mail
from django.test import Client
from kombu.exceptions import OperationalError

from accounts import services, tasks
from accounts.models import User
from accounts.tasks import WAITS, send_reset_link
from accounts.views import RedirectFirst

pytestmark = pytest.mark.django_db
EMAIL = "aliya@example.com"
HOME = "http://testserver"


def ask(client: Client, language: str = "en", email: str = EMAIL, **extra: Any) -> Any:
    headers = {"Accept-Language": language}
    return client.post("/password-reset/", {"email": email}, headers=headers, **extra)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """What was handed to the broker, which hands it to nobody."""
    calls: list[dict[str, Any]] = []
    monkeypatch.setattr(
        send_reset_link, "apply_async", lambda **call: calls.append(call["kwargs"])
    )
    return calls


@pytest.mark.parametrize(
    ("language", "subject", "greeting"),
    [
        ("en", "A new password for Duken", "Hello!"),
        ("ru", "Новый пароль в магазине Duken", "Здравствуйте!"),
        ("kk", "Duken дүкенінің жаңа құпиясөзі", "Сәлеметсіз бе!"),
    ],
)
def test_it_is_html_and_text_in_the_readers_language(
    client: Client, user: User, language: str, subject: str, greeting: str
) -> None:
    ask(client, language)

    [letter] = mail.outbox
    [html] = [part.content for part in letter.alternatives]
    assert (letter.to, letter.subject) == ([EMAIL], subject)
    assert letter.extra_headers == {"Auto-Submitted": "auto-generated"}
    link = re.search(rf"{HOME}/password-reset/\S+/", letter.body)
    assert link and f'href="{link[0]}"' in html
    for text in (letter.body, html):
        assert greeting in text and EMAIL in text
    assert f'lang="{language}"' in html


def test_the_broker_gets_the_wish_and_no_token_for_anybody(
    client: Client, user: User, asked: list[dict[str, Any]]
) -> None:
    known = ask(client)
    unknown = ask(client, email="nobody@example.com")

    # The same for both: what the answer costs tells nothing.
    same = {"language": "en", "home": HOME}
    assert asked == [{"email": EMAIL, **same}, {"email": "nobody@example.com", **same}]
    assert (known.status_code, unknown.status_code) == (302, 302)
    assert mail.outbox == []


def test_the_answer_does_not_wait_for_the_letter(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    when: list[str] = []
    close = RedirectFirst.close

    def closing(self: RedirectFirst) -> None:
        when.append("answered")
        close(self)

    monkeypatch.setattr(RedirectFirst, "close", closing)
    monkeypatch.setattr(
        services, "ask_for_reset_link", lambda *args, **kwargs: when.append("asked")
    )
    ask(client)

    assert when == ["answered", "asked"]


def test_the_links_lead_to_the_shops_one_address_if_it_is_set(
    client: Client, user: User, settings: Any
) -> None:
    settings.SHOP_URL = "https://duken.example"
    ask(client, HTTP_HOST="localhost")
    settings.SHOP_URL = ""
    ask(client, HTTP_HOST="localhost:8001")

    links = [re.findall(r"\S+/password-reset/", m.body) for m in mail.outbox]
    assert [link for [link] in links] == [
        "https://duken.example/password-reset/",
        "http://localhost:8001/password-reset/",
    ]
    assert "http://localhost:8001/\n" in mail.outbox[1].body


# --- What can break ---------------------------------------------------------------


def errors(caplog: Any) -> list[str]:
    """What went wrong, without the lines that each request has."""
    return [one.message for one in caplog.records if one.levelname == "ERROR"]


def broken(*args: Any, **kwargs: Any) -> Any:
    raise smtplib.SMTPServerDisconnected("gone")


def test_a_mail_server_that_is_down_is_no_error_of_the_page(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    monkeypatch.setattr(
        "accounts.services.resetting.EmailMultiAlternatives.send", broken
    )

    response = ask(client)

    assert (response.status_code, response["Location"]) == (
        302,
        "/password-reset/sent/",
    )
    assert errors(caplog) == ["a reset link was not sent"]


@pytest.mark.parametrize("error", [OperationalError, TimeoutError])
def test_without_a_broker_the_letter_is_sent_all_the_same(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch, error: type[Exception]
) -> None:
    def no_broker(**call: Any) -> None:
        raise error("no broker")

    monkeypatch.setattr(send_reset_link, "apply_async", no_broker)

    assert ask(client).status_code == 302
    assert [letter.to for letter in mail.outbox] == [[EMAIL]]

    monkeypatch.setattr(
        "accounts.services.resetting.EmailMultiAlternatives.send", broken
    )
    assert ask(client).status_code == 302


def test_whatever_else_breaks_is_logged_and_no_answer(
    client: Client, user: User, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    def fault(*args: Any, **kwargs: Any) -> None:
        raise KeyError("a fault of ours")

    monkeypatch.setattr(services, "ask_for_reset_link", fault)

    assert ask(client).status_code == 302
    assert errors(caplog) == ["what was to follow an answer failed"]


def test_the_task_tries_again_and_ends(
    user: User, monkeypatch: pytest.MonkeyPatch, caplog: Any
) -> None:
    """As a worker runs it: five further tries, each after a longer wait."""
    monkeypatch.setattr(tasks.services, "send_reset_link", broken)
    waits = []

    def retry(exc: Exception, countdown: int) -> Retry:
        waits.append(countdown)
        return Retry(exc=exc)

    monkeypatch.setattr(send_reset_link, "retry", retry)
    for tries in range(6):
        send_reset_link.push_request(retries=tries, is_eager=False)
        try:
            if tries < 5:
                with pytest.raises(Retry):
                    send_reset_link.run(EMAIL, "en", HOME)
            else:
                send_reset_link.run(EMAIL, "en", HOME)
        finally:
            send_reset_link.pop_request()

    assert waits == WAITS
    assert [record.message for record in caplog.records] == [
        "a reset link was not sent"
    ]
