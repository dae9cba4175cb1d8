"""A fake Telegram, and people who write to the bot of the tests."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from telegram_bot import client
from telegram_bot.dispatch import handle_update
from tests.telegram.fake import TOKEN, FakeTelegram
from tests.telegram.people import Person

People = Callable[..., Person]


@pytest.fixture
def telegram(settings: Any) -> Iterator[FakeTelegram]:
    fake = FakeTelegram()
    settings.TELEGRAM_BOT_TOKEN = TOKEN
    settings.TELEGRAM_API_URL = fake.url
    settings.SHOP_URL = "https://shop.example"
    yield fake
    client.close_connections()
    fake.close()


@pytest.fixture
def people(telegram: FakeTelegram) -> People:
    """Makes people; what they do comes to the bot at once."""

    def make(language: str = "en") -> Person:
        return Person(telegram, handle_update, language)

    return make


@pytest.fixture
def person(people: People) -> Person:
    return people()


PASSWORD = "correct-horse-7"


@pytest.fixture
def customer(person: Person) -> Person:
    """Somebody who has signed in: aliya@example.com."""
    person.writes(f"/register aliya@example.com {PASSWORD}")
    person.telegram.calls.clear()
    return person
