"""First words: /start, /help, what is unknown, languages, and groups."""

from typing import Any

import pytest

from accounts.models import User
from telegram_bot.models import Chat
from telegram_bot.services import remember_bot
from tests.telegram.conftest import People
from tests.telegram.fake import USERNAME, FakeTelegram
from tests.telegram.people import Person

pytestmark = pytest.mark.django_db
HELP = """\
/products — the catalog, or a search in it
/product number or SKU — one product
/cart — the cart
/order 1:2,2:1 (number or SKU, quantity) — order at once
/orders — your orders
/cancel order number — cancel an order
/login e-mail password — sign in
/register e-mail password — open an account
/logout — sign out
/language — choose the language
/help — what the bot can do
/start — begin

Anything else that you write is searched for in the catalog."""


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


def test_start_knows_who_is_there(customer: Person) -> None:
    assert customer.writes("/start") == (
        "Welcome to Duken!\n"
        "You are signed in as aliya@example.com.\n"
        "\n"
        "Write what you are looking for, or choose:"
    )


@pytest.mark.parametrize(
    "text", ["/help", "/HELP", "/what", "/what is 1 2", "/help me"]
)
def test_help_and_what_is_unknown(person: Person, text: str) -> None:
    assert person.writes(text) == HELP


def test_a_command_may_name_the_bot(person: Person) -> None:
    assert person.writes(f"/help@{USERNAME}") == HELP


@pytest.mark.parametrize(
    "text", [None, "", "   ", "/", "//", "/привет", "/" + "x" * 99]
)
def test_what_is_no_command_is_a_search_or_a_hint(
    person: Person, text: str | None
) -> None:
    said = person.writes(text)
    if text and text.strip():
        assert said.startswith("Search: ") and said.endswith("Nothing found")
    else:
        hint = "Please write what you are looking for, or a command: /help"
        assert said == hint


def test_the_number_of_the_chat(person: Person) -> None:
    assert person.writes("/id") == f"The number of this chat: {person.chat}"


@pytest.mark.parametrize(
    ("language", "cart"),
    [
        ("en", "Cart"),
        ("en-US", "Cart"),
        ("kk", "Себет"),
        ("ru", "Корзина"),
        ("de", "Корзина"),
        ("", "Корзина"),
    ],
)
def test_telegrams_language_is_taken_if_it_is_ours(
    people: People, language: str, cart: str
) -> None:
    person = people(language)
    person.writes("/start")
    assert person.sees().labels == [["Каталог" if cart != "Cart" else "Catalog", cart]]


def test_the_language_is_chosen_by_a_button(person: Person) -> None:
    person.writes("/language")
    assert person.sees().text == "Choose the language:"
    assert person.sees().labels == [["Русский"], ["Қазақ"], ["English"]]
    person.presses("Русский")
    assert Chat.objects.get().language == "ru"
    assert "Каталог" in str(person.sees().labels)
    person.writes("/language en")
    assert Chat.objects.get().language == "en"


def test_the_choice_is_the_accounts_too(customer: Person) -> None:
    customer.writes("/language ru")
    assert User.objects.get().language == "ru"


def test_the_accounts_language_wins(customer: Person) -> None:
    User.objects.update(language="kk")
    customer.writes("/start")
    assert customer.sees().labels[0] == ["Каталог", "Себет"]


@pytest.mark.parametrize("data", ["language:de", "language", "language:ru:en"])
def test_a_forged_language_changes_nothing(person: Person, data: str) -> None:
    person.deliver(person.press(data))
    assert person.toast() == "This button is out of date. Please begin anew: /products"
    assert Chat.objects.get().language == ""


GROUP = {"id": -1009, "type": "supergroup", "title": "Friends"}


@pytest.mark.parametrize("text", ["/cart", f"/login@{USERNAME.upper()} a@b.c secret"])
def test_a_group_is_sent_elsewhere(
    person: Person, telegram: FakeTelegram, text: str
) -> None:
    remember_bot(USERNAME)
    person.where = GROUP
    person.deliver(person.message(text))

    assert telegram.sent(-1009) == [
        f"I answer in private only.\nhttps://t.me/{USERNAME}\n"
        "The number of this chat: -1009"
    ]
    assert ("deleteMessage" in telegram.methods()) == ("secret" in text)


@pytest.mark.parametrize("text", ["hello", "/cart@other_bot", None])
def test_what_a_group_says_otherwise_is_none_of_the_bots_business(
    person: Person, telegram: FakeTelegram, text: str | None
) -> None:
    remember_bot(USERNAME)
    person.where = GROUP
    person.deliver(person.message(text))
    assert telegram.calls == []
    assert not Chat.objects.exists()


def test_a_button_in_a_group_is_answered(person: Person) -> None:
    person.where = GROUP
    person.deliver(person.press("cart:1"))
    assert person.toast() == "I answer in private only."


def test_other_bots_are_not_answered(person: Person, telegram: FakeTelegram) -> None:
    person.sender["is_bot"] = True
    person.deliver(person.message("/start"))
    assert telegram.calls == []


def test_a_chat_that_blocks_the_bot_is_noted(person: Person) -> None:
    def membership(status: str) -> dict[str, Any]:
        change = {
            "chat": person.where,
            "from": person.sender,
            "date": 1,
            "old_chat_member": {"status": "member"},
            "new_chat_member": {"status": status},
        }
        return {"update_id": person.message("")["update_id"], "my_chat_member": change}

    person.writes("/start")
    person.deliver(membership("kicked"))
    assert Chat.objects.get().blocked_at is not None
    person.deliver(membership("member"))
    assert Chat.objects.get().blocked_at is None
