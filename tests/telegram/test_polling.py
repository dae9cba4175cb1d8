"""Long polling: nothing is confirmed before it is answered, and nothing stops it."""

import signal
import threading
from collections.abc import Callable, Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import OperationalError

from telegram_bot import client, polling
from telegram_bot.dispatch import handle_update
from telegram_bot.models import Bot
from telegram_bot.polling import Poller
from telegram_bot.webhook import webhook_secret
from tests.faults.processes import wait_until
from tests.telegram.fake import USERNAME, FakeTelegram, Refusal, broken, too_many
from tests.telegram.people import Person

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def impatient(monkeypatch: Any) -> None:
    monkeypatch.setattr("tests.telegram.fake.LONGEST_POLL", 0.1)
    monkeypatch.setattr(polling, "FIRST_WAIT", 0.01)
    monkeypatch.setattr(polling, "LONGEST_WAIT", 0.02)
    monkeypatch.setattr(polling, "CONFLICT_WAIT", 0.02)
    monkeypatch.setattr(polling, "PAUSE", 0.02)
    # It would be the test's own connection, and all that it has not committed.
    monkeypatch.setattr(polling, "close_old_connections", lambda: None)


@pytest.fixture
def person(telegram: FakeTelegram) -> Person:
    """Their updates wait at Telegram's."""
    return Person(telegram, telegram.queue)


class Run:
    """A poller in this thread, ended by another one as soon as something is so."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.poller = Poller(self.said.append)

    def until(self, condition: Callable[[], object]) -> None:
        def watch() -> None:
            try:
                wait_until(condition, "the poller has come so far")
            finally:
                self.poller.finish()

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            self.poller.run()
        finally:
            watcher.join()


@pytest.fixture
def run() -> Run:
    return Run()


def is_confirmed(telegram: FakeTelegram) -> bool:
    return not telegram.updates


def test_it_introduces_itself_and_answers(
    telegram: FakeTelegram, person: Person, run: Run
) -> None:
    person.writes("/cart")
    run.until(lambda: is_confirmed(telegram))

    assert telegram.methods() == [
        "getMe",
        *["setMyCommands"] * 4,
        "sendMessage",
    ]
    assert run.said == [f"@{USERNAME} listens."]
    assert telegram.sent(person.chat) == ["The cart is empty."]
    assert Bot.objects.get().username == USERNAME
    names = [command["command"] for command in telegram.commands["ru"]]
    assert names[:3] == ["products", "product", "cart"] and "id" not in names
    assert set(telegram.commands) == {"", "ru", "kk", "en"}
    assert telegram.commands["en"][2]["description"] == "the cart"
    first, *_later = telegram.polls
    assert first.params["allowed_updates"] == (
        '["message", "callback_query", "my_chat_member"]'
    )
    assert first.params["timeout"] == str(client.POLL_SECONDS)


def test_a_webhook_is_taken_down(
    telegram: FakeTelegram, person: Person, run: Run
) -> None:
    telegram.webhook = {"url": "https://old.example/telegram/webhook/"}
    telegram.fail("deleteWebhook", broken())
    person.writes("/cart")
    run.until(lambda: is_confirmed(telegram))
    assert telegram.webhook == {}
    assert run.said[1] == "Updates went to a webhook. They come here now."
    assert telegram.sent(person.chat) == ["The cart is empty."]


def test_a_server_that_knows_less_is_enough(
    telegram: FakeTelegram, person: Person, run: Run, monkeypatch: Any
) -> None:
    """Without a name for the bot, without menus, and asking without waiting."""
    monkeypatch.setattr("tests.telegram.fake.LONGEST_POLL", 0)
    monkeypatch.setattr(telegram, "_getMe", lambda call: True)
    monkeypatch.setattr(telegram, "_setMyCommands", None)
    person.writes("/cart")
    run.until(lambda: is_confirmed(telegram) and len(telegram.polls) > 2)
    assert telegram.sent(person.chat) == ["The cart is empty."]
    assert run.said == ["The bot listens."]


def test_nothing_is_confirmed_before_it_is_answered(
    telegram: FakeTelegram, person: Person, run: Run, monkeypatch: Any
) -> None:
    answered: list[int] = []

    def handle(update: Any) -> None:
        if len(answered) == 2 and len(telegram.polls) < 3:
            raise OperationalError("the database is down")
        answered.append(update["update_id"])

    monkeypatch.setattr(polling, "handle_update", handle)
    updates = [person.message(f"{n}") for n in range(4)]
    telegram.queue(*updates)
    run.until(lambda: is_confirmed(telegram))
    # Those that were answered before the database went are asked for no more.
    assert answered == [update["update_id"] for update in updates]
    offsets = [poll.params.get("offset") for poll in telegram.polls]
    first = updates[0]["update_id"]
    assert offsets[:2] == [None, str(first + 2)]
    assert offsets[-1] == str(first + 4)


def test_a_dead_telegram_is_waited_for(
    telegram: FakeTelegram, person: Person, run: Run
) -> None:
    telegram.fail("getMe", broken(), b"junk")
    telegram.fail("getUpdates", broken(), too_many(0), Refusal(400, "Bad Request"))
    person.writes("/cart")
    run.until(lambda: is_confirmed(telegram))
    assert telegram.sent(person.chat) == ["The cart is empty."]


def test_two_at_once_say_so(telegram: FakeTelegram, person: Person, run: Run) -> None:
    other = "Conflict: terminated by other getUpdates request"
    telegram.fail("getUpdates", Refusal(409, other))
    person.writes("/cart")
    run.until(lambda: is_confirmed(telegram))
    assert run.said[1] == (
        "Telegram gives the updates to somebody else: another process asks with this"
        " token. Waiting for it to end."
    )
    assert telegram.sent(person.chat) == ["The cart is empty."]


def test_garbage_does_not_stop_it(
    telegram: FakeTelegram, person: Person, run: Run
) -> None:
    telegram.queue({"update_id": 1, "message": "?"}, {"update_id": 2})
    telegram.queue(person.message("/cart") | {"update_id": 3})
    run.until(lambda: is_confirmed(telegram))
    assert telegram.sent(person.chat) == ["The cart is empty."]


def test_a_signal_ends_the_waiting(telegram: FakeTelegram, monkeypatch: Any) -> None:
    """Long before Telegram answers the question that is under way."""
    monkeypatch.setattr("tests.telegram.fake.LONGEST_POLL", 60)
    main = threading.main_thread().ident
    assert main is not None and threading.current_thread().ident == main

    def end() -> None:
        wait_until(lambda: telegram.polls, "it polls")
        signal.pthread_kill(main, signal.SIGTERM)

    before = {n: signal.getsignal(n) for n in (signal.SIGTERM, signal.SIGINT)}
    thread = threading.Thread(target=end)
    out = StringIO()
    try:
        thread.start()
        call_command("run_telegram_bot", stdout=out)
    finally:
        thread.join()
        for number, handler in before.items():
            signal.signal(number, handler)
    assert out.getvalue() == f"@{USERNAME} listens.\nThe bot has stopped.\n"
    assert len(telegram.polls) == 1


def script(person: Person, telegram: FakeTelegram) -> Iterator[dict[str, Any]]:
    yield person.message("/start")
    yield person.message("/help")
    yield person.message("/login a@example.com hush-hush-5")
    yield person.message("/language kk")
    yield person.message("/products")
    yield person.press("category:-:1", telegram.newest(person.chat))
    yield person.press("nonsense")
    yield person.message("/cart")
    yield person.message("шай")


def test_polling_and_webhook_answer_alike(
    telegram: FakeTelegram, run: Run, monkeypatch: Any
) -> None:
    def calls(person: Person) -> list[tuple[str, str, Any]]:
        return [
            (call.method, call.text, call.params.get("reply_markup"))
            for call in telegram.calls
            if call.chat == person.chat or call.method == "answerCallbackQuery"
        ]

    posted = Person(telegram, handle_update)
    for update in script(posted, telegram):
        posted.deliver(update)
    expected = calls(posted)
    telegram.calls.clear()

    polled = Person(telegram, telegram.queue)
    steps = script(polled, telegram)

    def next_step() -> bool:
        """The next update once the one before has been confirmed; True at the end."""
        if telegram.updates:
            return False
        update = next(steps, None)
        if update is not None:
            telegram.queue(update)
        return update is None

    run.until(next_step)
    assert calls(polled) == expected
    assert len(expected) > 9


def test_without_a_token_there_is_no_bot(settings: Any) -> None:
    settings.TELEGRAM_BOT_TOKEN = ""
    with pytest.raises(CommandError, match="TELEGRAM_BOT_TOKEN is not set"):
        call_command("run_telegram_bot")


@pytest.mark.parametrize("token", ["nonsense", "1:2:3", "1: 2"])
def test_what_is_no_token_is_told(settings: Any, token: str) -> None:
    settings.TELEGRAM_BOT_TOKEN = token
    with pytest.raises(CommandError, match=r"^TELEGRAM_BOT_TOKEN: Token must"):
        call_command("run_telegram_bot")


def test_a_token_that_telegram_does_not_know(
    telegram: FakeTelegram, settings: Any
) -> None:
    settings.TELEGRAM_BOT_TOKEN = "123456:another"
    with pytest.raises(CommandError, match=r"^Telegram knows no bot of"):
        call_command("run_telegram_bot")


def test_the_webhook_is_set_and_deleted(telegram: FakeTelegram) -> None:
    out = StringIO()
    call_command("run_telegram_bot", "--set-webhook", stdout=out)
    assert telegram.webhook == {
        "url": "https://shop.example/telegram/webhook/",
        "secret_token": webhook_secret(),
        "allowed_updates": '["message", "callback_query", "my_chat_member"]',
    }
    assert Bot.objects.get().username == USERNAME
    assert set(telegram.commands) == {"", "ru", "kk", "en"}
    call_command("run_telegram_bot", "--delete-webhook", stdout=out)
    assert telegram.webhook == {}
    assert out.getvalue() == (
        "Telegram posts updates to https://shop.example/telegram/webhook/\n"
        "Telegram posts updates nowhere.\n"
    )


@pytest.mark.parametrize("url", ["", "http://shop.example"])
def test_a_webhook_needs_an_address_with_https(
    telegram: FakeTelegram, settings: Any, url: str
) -> None:
    settings.SHOP_URL = url
    with pytest.raises(CommandError, match="Telegram posts to https only"):
        call_command("run_telegram_bot", "--set-webhook")
    assert telegram.calls == []


def test_a_dead_telegram_refuses_the_webhook(telegram: FakeTelegram) -> None:
    telegram.fail("setWebhook", broken())
    with pytest.raises(CommandError, match="setWebhook: 500 Internal Server Error"):
        call_command("run_telegram_bot", "--set-webhook")
