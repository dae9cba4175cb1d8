"""First words: /start, /help, what is unknown, and languages."""

import pytest

from tests.telegram.people import Person

pytestmark = pytest.mark.django_db


def test_start_says_what_can_be_done(person: Person) -> None:
    assert person.writes("/start") == (
        "Welcome to Duken!\n"
        "To order, sign in by the link on the page of your account, or here:\n"
        "/login e-mail password\n"
        "No account yet:\n"
        "/register e-mail password\n"
        "\n"
        "Write what you are looking for, or choose:"
    )
    assert person.sees().labels == [["Catalog", "Cart"]]
