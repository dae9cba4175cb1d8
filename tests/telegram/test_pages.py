"""The bot on the account page and in the back office."""

import re
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import User
from telegram_bot.models import Chat, Push
from telegram_bot.services import link, remember_bot
from tests.factories import make_admin, make_user
from tests.telegram.fake import USERNAME, FakeTelegram
from tests.telegram.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def user(client: Client) -> User:
    user = make_user(email="aliya@example.com", language="en")
    client.force_login(user)
    client.cookies["django_language"] = "en"
    return user


def account(client: Client) -> str:
    response = client.get("/account/")
    assert response.status_code == 200
    return response.content.decode()


def code_of(page: str) -> str:
    found = re.search(r"/start ([\w-]+)<", page)
    assert found
    return found[1]


def test_without_a_bot_the_page_says_nothing_of_it(client: Client, user: User) -> None:
    assert "Telegram" not in account(client)


def test_the_code_of_the_page_links_the_chat(
    client: Client, user: User, person: Person
) -> None:
    remember_bot(USERNAME)
    page = account(client)
    code = code_of(page)
    assert f'href="https://t.me/{USERNAME}?start={code}"' in page
    assert "The code is good once, for 15 minutes." in page
    assert person.writes(f"/start {code}") == "You are signed in as aliya@example.com."
    page = account(client)
    assert f"Aliya @aliya{person.chat}" in page
    assert code_of(page) != code


def test_the_page_waits_for_nobody(
    client: Client, user: User, telegram: FakeTelegram
) -> None:
    """Telegram has not told the bot's name yet: the code is shown all the same."""
    page = account(client)
    assert code_of(page)
    assert "https://t.me/" not in page
    assert telegram.calls == []


def test_the_bots_name_may_be_set(
    client: Client, user: User, telegram: FakeTelegram, settings: Any
) -> None:
    remember_bot(USERNAME)
    settings.TELEGRAM_BOT_USERNAME = "@my_shop_bot"
    assert 'href="https://t.me/my_shop_bot?start=' in account(client)


def test_another_token_is_another_bot(
    client: Client, user: User, telegram: FakeTelegram, settings: Any
) -> None:
    remember_bot(USERNAME)
    settings.TELEGRAM_BOT_TOKEN = "777:another"
    assert "https://t.me/" not in account(client)


def test_a_chat_is_unlinked(client: Client, user: User, person: Person) -> None:
    person.writes("/start")
    chat = Chat.objects.get()
    link(chat, user)
    address = reverse("telegram_bot:unlink", args=[chat.pk])
    assert f'action="{address}"' in account(client)

    response = client.post(address, follow=True)
    assert response.redirect_chain == [("/account/", 302)]
    assert "The chat is unlinked." in response.content.decode()
    chat.refresh_from_db()
    assert (chat.user, chat.auth_hash) == (None, "")
    assert person.writes("/orders").startswith("To order, sign in")


def test_somebody_elses_chat_is_not_unlinked(
    client: Client, user: User, person: Person
) -> None:
    person.writes("/start")
    chat = Chat.objects.get()
    other = make_user()
    link(chat, other)
    address = reverse("telegram_bot:unlink", args=[chat.pk])
    assert client.post(address).status_code == 404
    assert client.get(address).status_code == 405
    assert Client().post(address).status_code == 302
    chat.refresh_from_db()
    assert chat.user == other
    assert f"aliya{person.chat}" not in account(client)


def test_names_are_text_and_not_markup(
    client: Client, user: User, person: Person
) -> None:
    person.sender["first_name"] = "<script>alert(1)</script>"
    person.writes("/start")
    link(Chat.objects.get(), user)
    assert "<script>alert(1)" not in account(client)


@pytest.mark.parametrize("chats", [0, 1, 3])
def test_the_page_takes_the_same_queries_for_any_number_of_chats(
    client: Client,
    user: User,
    telegram: FakeTelegram,
    chats: int,
    settings: Any,
    django_assert_num_queries: Any,
) -> None:
    for n in range(chats):
        link(Chat.objects.create(chat_id=n), user)
    # Session, user, the bot's name and the chats; the cart is in Redis, if there is.
    with django_assert_num_queries(4 if settings.REDIS_URL else 5):
        account(client)


@pytest.fixture
def office(client: Client) -> Client:
    client.force_login(make_admin(language="en"))
    client.cookies["django_language"] = "en"
    return client


def test_the_back_office_sends_what_failed_once_more(
    office: Client, person: Person, telegram: FakeTelegram
) -> None:
    from telegram_bot.services import send_due_pushes

    person.writes("/start")
    chat = Chat.objects.get()
    failed = Push.objects.create(chat=chat, text="first", status="failed", attempts=9)
    sent = Push.objects.create(chat=chat, text="two", status="sent")
    address = reverse("admin:telegram_bot_push_changelist")
    assert "failed" in office.get(address).content.decode()
    told = office.post(
        address,
        {"action": "retry", "_selected_action": [failed.pk, sent.pk]},
        follow=True,
    )
    assert "1 message will be sent again." in told.content.decode()
    send_due_pushes()
    assert telegram.sent(person.chat)[1:] == ["first"]


def test_the_back_office_signs_chats_out(office: Client, person: Person) -> None:
    person.writes("/register aliya@example.com correct-horse-7")
    chat = Chat.objects.get()
    address = reverse("admin:telegram_bot_chat_changelist")
    assert "aliya@example.com" in office.get(address).content.decode()
    told = office.post(
        address, {"action": "unlink", "_selected_action": [chat.pk]}, follow=True
    )
    assert "1 chat is signed out." in told.content.decode()
    chat.refresh_from_db()
    assert chat.user is None


@pytest.mark.parametrize("model", ["chat", "push"])
def test_the_back_office_edits_neither(
    office: Client, person: Person, model: str
) -> None:
    person.writes("/start")
    chat = Chat.objects.get()
    push = Push.objects.create(chat=chat, text="one")
    pk = {"chat": chat.pk, "push": push.pk}[model]
    page = reverse(f"admin:telegram_bot_{model}_change", args=[pk])
    assert office.get(page).status_code == 200
    assert office.post(page, {"text": "two", "name": "x"}).status_code == 302
    push.refresh_from_db()
    chat.refresh_from_db()
    assert (push.text, chat.name) == ("one", f"Aliya @aliya{person.chat}")
    assert office.get(f"/admin/telegram_bot/{model}/add/").status_code == 403
    delete = reverse(f"admin:telegram_bot_{model}_delete", args=[pk])
    assert office.post(delete, {"post": "yes"}).status_code == 403


@pytest.mark.parametrize("model", ["chat", "push"])
def test_the_back_office_finds_by_number_and_name(
    office: Client, person: Person, model: str
) -> None:
    person.writes("/start")
    Chat.objects.create(chat_id=5, name="Somebody")
    for chat in Chat.objects.all():
        Push.objects.create(chat=chat, text="one")

    def found(query: str) -> list[int]:
        address = reverse(f"admin:telegram_bot_{model}_changelist")
        response = office.get(address, {"q": query})
        rows = response.context["cl"].queryset
        return [row.chat_id if model == "chat" else row.chat.chat_id for row in rows]

    for query in (str(person.chat), f" {person.chat} ", "Aliya"):
        assert found(query) == [person.chat]
    for query in ("-7", "9" * 40, "nobody"):
        assert found(query) == []
