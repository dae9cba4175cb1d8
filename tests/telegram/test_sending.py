"""What Telegram may answer instead of yes, and what becomes of the message then."""

import logging
import traceback
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from telegram_bot import answering, client
from telegram_bot.exceptions import (
    BotBlocked,
    CallRefused,
    Conflict,
    TelegramError,
    TokenRefused,
    TooManyMessages,
    Unreachable,
)
from telegram_bot.models import Chat, Push
from telegram_bot.services import push, send_due_pushes, send_pushes
from tests.factories import make_product
from tests.telegram.fake import (
    TOKEN,
    FakeTelegram,
    Refusal,
    blocked,
    broken,
    too_many,
)
from tests.telegram.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture
def waits(monkeypatch: Any) -> list[int]:
    """What is waited out, without waiting."""
    waited: list[int] = []
    monkeypatch.setattr(answering.time, "sleep", waited.append)
    return waited


@pytest.fixture
def chat(telegram: FakeTelegram) -> Chat:
    return Chat.objects.create(chat_id=7, name="Aliya")


def rows() -> list[tuple[str, str]]:
    return list(Push.objects.order_by("id").values_list("text", "status"))


def test_a_short_wait_is_waited_out(
    person: Person, telegram: FakeTelegram, waits: list[int]
) -> None:
    telegram.fail("sendMessage", too_many(2))
    assert person.writes("/cart") == "The cart is empty.\nThe cart is empty."
    assert waits == [2]
    assert len(telegram.messages) == 1
    assert not Push.objects.exists()


def test_after_a_long_wait_a_push_goes_on(
    person: Person, telegram: FakeTelegram, waits: list[int]
) -> None:
    telegram.fail("sendMessage", too_many(30))
    before = timezone.now()
    person.writes("/cart")
    assert waits == []
    held_up = Push.objects.get()
    assert (held_up.text, held_up.status) == ("The cart is empty.", "pending")
    assert held_up.keyboard == [[{"text": "Catalog", "callback_data": "category:-:1"}]]
    assert held_up.next_attempt_at is not None
    assert held_up.next_attempt_at >= before + timedelta(seconds=30)
    # Not before its time.
    send_due_pushes()
    assert telegram.methods() == ["sendMessage"]
    Push.objects.update(next_attempt_at=timezone.now())
    send_due_pushes()
    assert person.sees().text == "The cart is empty."
    assert person.sees().labels == [["Catalog"]]
    assert rows() == [("The cart is empty.", "sent")]


@pytest.mark.parametrize("fault", [broken(), b"<html>Bad Gateway</html>", b"[1]"])
def test_a_broken_telegram_gets_the_answer_later(
    person: Person, telegram: FakeTelegram, fault: Any
) -> None:
    telegram.fail("sendMessage", fault)
    person.writes("/cart")
    assert not telegram.messages
    send_due_pushes()
    assert person.sees().text == "The cart is empty."
    assert rows() == [("The cart is empty.", "sent")]


def test_a_telegram_that_hangs_is_not_waited_for(
    person: Person, telegram: FakeTelegram, monkeypatch: Any
) -> None:
    monkeypatch.setattr(client, "READ_TIMEOUT", 0.2)
    telegram.fail("sendMessage", 2)
    person.writes("/cart")
    assert rows() == [("The cart is empty.", "pending")]


def test_a_dead_telegram_gets_all_of_it_later_in_order(
    person: Person, telegram: FakeTelegram
) -> None:
    person.writes("/start")
    client.close_connections()
    telegram.close()
    person.deliver(person.message("/login a@example.com secret"))
    person.deliver(person.message("/cart"))
    texts = [text for text, _status in rows()]
    assert texts == ["", "The e-mail or the password is wrong.", "The cart is empty."]
    # Tried, put off, and the others left alone.
    send_due_pushes()
    assert list(Push.objects.values_list("attempts", flat=True).order_by("id")) == [
        1,
        0,
        0,
    ]
    again = FakeTelegram(telegram.port)
    try:
        send_due_pushes()
        assert again.calls == []
        Push.objects.update(next_attempt_at=None)
        send_due_pushes()
        assert again.methods() == ["deleteMessage", "sendMessage", "sendMessage"]
        assert again.sent(person.chat) == texts[1:]
    finally:
        client.close_connections()
        again.close()


def test_after_one_silence_nothing_more_is_tried(
    person: Person, telegram: FakeTelegram
) -> None:
    products = [make_product(name="x" * 250) for _ in range(30)]
    telegram.fail("sendMessage", *[broken()] * 9)
    person.writes("/register aliya@example.com correct-horse-7")
    line = ",".join(f"{product.number}:1" for product in products)
    telegram.calls.clear()
    person.writes(f"/order {line}")
    assert telegram.methods() == ["sendMessage"]
    # All parts wait, the greeting first.
    assert [status for _text, status in rows()] == ["pending"] * 3
    assert rows()[0][0] == "You are signed in as aliya@example.com."


def test_whoever_blocks_the_bot_is_left_alone(
    person: Person, telegram: FakeTelegram
) -> None:
    person.writes("/start")
    row = Chat.objects.get()
    for text in ("one", "two"):
        push(row, text)
    telegram.fail("sendMessage", blocked())
    telegram.calls.clear()
    send_due_pushes()
    assert telegram.methods() == ["sendMessage"]
    assert rows() == [("one", "failed"), ("two", "failed")]
    row.refresh_from_db()
    assert row.blocked_at is not None
    # Until they write again.
    assert person.writes("/cart") == "The cart is empty."
    row.refresh_from_db()
    assert row.blocked_at is None


def test_an_answer_to_whoever_has_blocked_meanwhile(
    person: Person, telegram: FakeTelegram
) -> None:
    telegram.fail("sendMessage", blocked())
    person.writes("/cart")
    assert Chat.objects.get().blocked_at is not None
    assert not Push.objects.exists()


def test_a_chat_that_is_not_there_fails_and_the_next_goes_on(
    chat: Chat, telegram: FakeTelegram
) -> None:
    push(chat, "one")
    push(chat, "two")
    telegram.fail("sendMessage", Refusal(400, "Bad Request: chat not found"))
    assert send_pushes(chat.pk)
    assert rows() == [("one", "failed"), ("two", "sent")]
    failed = Push.objects.first()
    assert Push.objects.get(text="one").last_error == (
        "sendMessage: 400 Bad Request: chat not found"
    )
    assert failed is not None


def test_a_group_that_moved_is_followed(chat: Chat, telegram: FakeTelegram) -> None:
    text = "Bad Request: group chat was upgraded to a supergroup chat"
    telegram.fail("sendMessage", Refusal(400, text, migrate_to_chat_id=-1007))
    push(chat, "one")
    send_due_pushes()
    assert telegram.sent(-1007) == ["one"]
    push(chat, "two")
    send_due_pushes()
    assert telegram.sent(-1007) == ["one", "two"]


def test_order_is_kept_while_the_first_waits(
    chat: Chat, telegram: FakeTelegram
) -> None:
    push(chat, "one")
    push(chat, "two")
    telegram.fail("sendMessage", too_many(60))
    send_due_pushes()
    send_due_pushes()
    assert len(telegram.calls) == 1
    first = Push.objects.get(text="one")
    assert (first.attempts, first.status) == (1, "pending")
    assert first.last_error == "sendMessage: 429 Too Many Requests: retry after 60"
    Push.objects.update(next_attempt_at=None)
    send_due_pushes()
    assert telegram.sent(7) == ["one", "one", "two"]


def test_waits_grow_and_end(chat: Chat, telegram: FakeTelegram) -> None:
    push(chat, "news")
    telegram.fail("sendMessage", *[broken()] * 20)
    waits = []
    for _ in range(12):
        before = timezone.now()
        send_pushes(chat.pk)
        until = Push.objects.get().next_attempt_at
        assert until is not None
        waits.append(round((until - before).total_seconds()))
        Push.objects.update(next_attempt_at=None)
    assert waits == [2, 4, 8, 16, 32, 64, 128, 256, 512, 600, 600, 600]
    # News of days ago is none.
    Push.objects.update(created_at=timezone.now() - timedelta(days=3, seconds=1))
    send_pushes(chat.pk)
    assert rows() == [("news", "failed")]


def test_a_push_about_the_same_is_written_once(chat: Chat) -> None:
    push(chat, "one", about="order_paid:1")
    push(chat, "two", about="order_paid:1")
    push(chat, "three", about="order_paid:2")
    assert [text for text, _status in rows()] == ["one", "three"]


def test_without_a_token_nothing_is_sent(chat: Chat, settings: Any) -> None:
    push(chat, "one")
    settings.TELEGRAM_BOT_TOKEN = ""
    send_due_pushes()
    assert rows() == [("one", "pending")]


@pytest.mark.parametrize(
    ("fault", "expected"),
    [
        (Refusal(400, "Bad Request: x"), CallRefused),
        (Refusal(401, "Unauthorized"), TokenRefused),
        (Refusal(403, "Forbidden: bot was kicked"), BotBlocked),
        (Refusal(404, "Not Found"), TokenRefused),
        (Refusal(409, "Conflict"), Conflict),
        (Refusal(413, "Request Entity Too Large"), CallRefused),
        (too_many(3), TooManyMessages),
        (broken(), Unreachable),
        (Refusal(502, "Bad Gateway"), Unreachable),
        (b"", Unreachable),
        (b"not json", Unreachable),
        (b"null", Unreachable),
        (b'{"ok": false}', Unreachable),
    ],
)
def test_every_no_has_its_name(
    telegram: FakeTelegram, fault: Any, expected: type[TelegramError]
) -> None:
    telegram.fail("sendMessage", fault)
    with pytest.raises(TelegramError) as caught:
        client.get_client().send_text(7, "hello")
    assert type(caught.value) is expected


def test_links_have_no_preview(telegram: FakeTelegram) -> None:
    client.get_client().send_text(7, "https://shop.example/orders/1/?token=x")
    assert telegram.calls[0].params["link_preview_options"] == '{"is_disabled": true}'


def test_the_token_is_in_no_log_and_no_error(
    person: Person,
    telegram: FakeTelegram,
    caplog: Any,
    monkeypatch: Any,
    settings: Any,
) -> None:
    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(client, "READ_TIMEOUT", 0.2)
    for fault in (broken(), too_many(50), b"junk", 1, Refusal(401, "Unauthorized")):
        telegram.fail("sendMessage", fault)
        person.writes("/login aliya@example.com hush-hush-5")
    send_due_pushes()
    client.close_connections()
    telegram.close()
    person.deliver(person.message("/start"))
    with pytest.raises(Unreachable) as dead:
        client.get_client().get_username()
    settings.TELEGRAM_API_URL = "http://127.0.0.1:1/" + "x" * 10
    with pytest.raises(Unreachable) as nobody:
        client.get_client().get_updates(1, 1)

    said = caplog.text + repr(caplog.records)
    for error in (dead.value, nobody.value):
        said += "".join(traceback.format_exception(error)) + repr(error.__context__)
    for row in Push.objects.all():
        said += row.last_error + row.text
    assert "An answer is held up" in said
    assert TOKEN not in said and TOKEN.partition(":")[2] not in said
    assert "hush-hush-5" not in said
    # The library's own logger would tell all of it, and is kept from that.
    assert not logging.getLogger("TeleBot").isEnabledFor(logging.DEBUG)
    assert not logging.getLogger("TeleBot").handlers
    assert not logging.getLogger("urllib3.connectionpool").isEnabledFor(logging.DEBUG)
