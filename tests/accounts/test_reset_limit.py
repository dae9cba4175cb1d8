"""Nobody's mailbox is filled by the page that sends reset links."""

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from accounts.models import User
from shop import throttling

pytestmark = pytest.mark.django_db
EMAIL = "aliya@example.com"


def ask(email: str = EMAIL, address: str = "192.0.2.1") -> Any:
    return Client().post("/password-reset/", {"email": email}, REMOTE_ADDR=address)


def test_five_links_are_sent_and_the_sixth_is_not(user: User) -> None:
    answers = [ask() for _ in range(6)]

    assert len(mail.outbox) == 5
    assert {answer.status_code for answer in answers} == {302}
    assert len({answer["Location"] for answer in answers}) == 1


def test_an_account_has_one_limit_however_it_is_written_and_asked_for(
    user: User,
) -> None:
    for number in range(6):
        ask(EMAIL.upper() if number % 2 else EMAIL, f"192.0.2.{number}")

    assert len(mail.outbox) == 5


def test_an_address_has_a_limit_over_all_accounts(user: User) -> None:
    for number in range(20):
        ask(f"somebody{number}@example.com")

    ask()
    assert mail.outbox == []

    ask(address="192.0.2.2")
    assert [message.to for message in mail.outbox] == [[EMAIL]]


def test_who_is_refused_by_address_uses_up_nobodys_mail(user: User) -> None:
    for number in range(20):
        ask(f"somebody{number}@example.com")
    for _ in range(6):
        ask()

    ask(address="192.0.2.2")

    assert len(mail.outbox) == 1


def test_a_household_is_one_address(user: User) -> None:
    for number in range(20):
        ask(f"somebody{number}@example.com", f"2001:db8::{number:x}")

    ask(address="2001:db8::ffff")

    assert mail.outbox == []


def test_after_a_while_links_are_sent_again(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    timeouts = set()
    add = throttling.cache.add

    def note(key: str, value: int, timeout: int) -> bool:
        timeouts.add(timeout)
        return add(key, value, timeout=timeout)

    monkeypatch.setattr(throttling.cache, "add", note)
    for _ in range(6):
        ask()

    throttling.cache.clear()  # what the timeout does
    ask()

    assert timeouts == {15 * 60}
    assert len(mail.outbox) == 6


@pytest.mark.parametrize("answer", [None, ValueError])
def test_a_cache_that_is_down_lets_through(
    user: User, monkeypatch: pytest.MonkeyPatch, answer: Any
) -> None:
    def incr(key: str) -> Any:
        if answer is None:
            return None  # django-redis that ignores exceptions
        raise answer(key)

    monkeypatch.setattr(throttling.cache, "incr", incr)

    for _ in range(7):
        ask()

    assert len(mail.outbox) == 7
