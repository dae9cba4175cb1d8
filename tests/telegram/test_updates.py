"""An update is answered once, in its turn, and never with a 500."""

import threading
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection, connections
from django.utils import timezone

from accounts.models import User
from cart.services import Cart
from orders.models import Order
from telegram_bot import services
from telegram_bot.dispatch import handle_update
from telegram_bot.exceptions import ChatBusy
from telegram_bot.models import Chat, Push, Update
from telegram_bot.registry import commands
from telegram_bot.services.updates import MAX_ATTEMPTS
from tests.concurrency.helpers import PATIENCE, run_together
from tests.factories import make_product, make_user
from tests.telegram.conftest import PASSWORD, People
from tests.telegram.fake import FakeTelegram
from tests.telegram.people import Person

pytestmark = pytest.mark.django_db


def test_a_repeated_update_does_nothing_twice(
    customer: Person, telegram: FakeTelegram
) -> None:
    product = make_product()
    update = customer.message(f"/order {product.number}:1")
    for _ in range(3):
        customer.deliver(update)
    assert Order.objects.count() == 1
    assert len(telegram.sent(customer.chat)) == 1
    row = Update.objects.get(pk=update["update_id"])
    assert (row.chat_id, row.attempts) == (customer.chat, 1)
    assert row.handled_at is not None


def test_what_an_update_said_is_kept_nowhere(person: Person) -> None:
    person.writes("/login aliya@example.com hush-hush-5")
    person.writes(f"/register bota@example.com {PASSWORD}")
    for model in (Update, Chat, Push):
        for row in model.objects.values():
            assert "hush" not in repr(row) and PASSWORD not in repr(row)


def test_an_update_whose_answer_died_is_answered_again(
    person: Person, telegram: FakeTelegram, monkeypatch: Any
) -> None:
    product = make_product()
    person.writes(f"/product {product.number}")
    update = person.press(f"card:{product.number}:0:1", person.sees())

    def die(*args: Any) -> None:
        raise OperationalError("the connection is lost")

    with monkeypatch.context() as patch:
        patch.setattr("telegram_bot.dispatch.send_answers", die)
        with pytest.raises(OperationalError):
            person.deliver(update)
    person.deliver(update)
    assert person.toast() == "In the cart: 1"
    assert Update.objects.get(pk=update["update_id"]).attempts == 2


@pytest.mark.parametrize("way", ["register", "login", "code", "cancel"])
def test_what_was_done_is_not_refused_the_second_time(
    person: Person, monkeypatch: Any, way: str
) -> None:
    from tests.factories import make_order

    user = None
    if way != "register":
        user = make_user(email="aliya@example.com", password=PASSWORD)
    text = f"/{way} aliya@example.com {PASSWORD}"
    if way == "code":
        text = f"/start {services.make_code(user)}"
    if way == "cancel":
        person.writes(text.replace("cancel", "login"))
        text = f"/cancel {make_order(user).number}"
    update = person.message(text)

    def die(*args: Any) -> None:
        raise OperationalError("the connection is lost")

    with monkeypatch.context() as patch:
        patch.setattr("telegram_bot.dispatch.send_answers", die)
        with pytest.raises(OperationalError):
            person.deliver(update)
    before = len(person.telegram.sent(person.chat))
    person.deliver(update)
    [said] = person.telegram.sent(person.chat)[before:]
    if way == "cancel":
        assert said == f"Order {Order.objects.get().number} is canceled."
    else:
        assert said.startswith("You are signed in as aliya@example.com.")
    assert User.objects.count() == 1


def test_a_bug_is_told_kindly_and_not_repeated(
    person: Person, telegram: FakeTelegram, monkeypatch: Any, caplog: Any
) -> None:
    def bug(*args: Any) -> None:
        raise RuntimeError("what was I thinking")

    monkeypatch.setitem(
        commands, "cart", commands["cart"].__class__("cart", bug, "", "")
    )
    update = person.message("/cart")
    person.deliver(update)
    person.deliver(update)
    assert telegram.sent(person.chat) == [
        "Something broke on our side. Please try again later."
    ]
    assert "what was I thinking" in caplog.text
    assert f"No answer to Telegram update {update['update_id']}" in caplog.text


def test_an_update_that_kills_is_given_up(person: Person, caplog: Any) -> None:
    update = person.message("/cart")
    Update.objects.create(
        update_id=update["update_id"], chat_id=person.chat, attempts=MAX_ATTEMPTS
    )
    person.deliver(update)
    assert person.telegram.calls == []
    assert Update.objects.get().handled_at is not None
    assert f"Telegram update {update['update_id']} is given up" in caplog.text


@pytest.mark.parametrize(
    "raw",
    [
        None,
        [],
        "update",
        {},
        {"update_id": "1"},
        {"update_id": True},
        {"update_id": 2**63},
        {"update_id": 1},
        {"update_id": 1, "message": None},
        {"update_id": 1, "message": []},
        {"update_id": 1, "message": {"text": "/start"}},
        {"update_id": 1, "message": {"chat": {"id": "7"}, "text": "/start"}},
        {"update_id": 1, "message": {"chat": {"id": 2**80}, "text": "/start"}},
        {"update_id": 1, "callback_query": {"id": "1", "data": "cart:1"}},
        {"update_id": 1, "callback_query": {"message": {"chat": {"id": 1}}}},
        {"update_id": 1, "my_chat_member": {"chat": {}}},
        {"update_id": 1, "edited_message": {"chat": {"id": 7}, "text": "/start"}},
        {"update_id": 1, "channel_post": {"chat": {"id": 7}, "text": "/start"}},
    ],
)
def test_what_is_no_update_of_interest_is_passed_over(
    telegram: FakeTelegram, raw: Any
) -> None:
    handle_update(raw)
    assert telegram.calls == []
    assert not Chat.objects.exists() and not Update.objects.exists()


def test_half_an_update_is_answered_as_far_as_it_goes(telegram: FakeTelegram) -> None:
    message = {"chat": {"id": 7}, "text": "/cart"}
    handle_update({"update_id": 1, "message": message})
    assert telegram.sent(7) == ["Корзина пуста."]
    # Nobody's number, and so a group's.
    message = {"chat": {"id": -7, "type": "private"}, "text": "/orders"}
    handle_update({"update_id": 2, "message": message})
    assert "-7" in telegram.sent(-7)[0]


def test_names_and_texts_that_no_database_takes(people: People) -> None:
    person = people()
    person.sender["first_name"] = "A\0\ud800" + "x" * 300
    person.writes("hello \0 \udfff")
    chat = Chat.objects.get()
    assert len(chat.name) == 150 and chat.name.startswith("A\ufffd?")
    assert chat.last_search == "hello \ufffd ?"


def test_old_updates_are_forgotten(person: Person) -> None:
    person.writes("/start")
    services.forget_old()
    assert Update.objects.count() == 1
    Update.objects.update(created_at=timezone.now() - timedelta(days=4))
    Push.objects.create(chat=Chat.objects.get(), text="x", status="sent")
    Push.objects.update(created_at=timezone.now() - timedelta(days=8))
    Chat.objects.update(
        draft={"token": "x"}, seen_at=timezone.now() - timedelta(days=2)
    )
    services.forget_old()
    assert not Update.objects.exists()
    assert not Push.objects.exists()
    assert Chat.objects.get().draft == {}


class TestAtOnce:
    """On real threads, each with a connection of its own."""

    pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

    def test_one_update_many_times(
        self, customer: Person, telegram: FakeTelegram
    ) -> None:
        product = make_product(stock=50)
        update = customer.message(f"/order {product.number}:2")
        results = run_together(handle_update, [(update,)] * 6)
        assert results == [None] * 6
        assert Order.objects.count() == 1
        assert len(telegram.sent(customer.chat)) == 1
        product.refresh_from_db()
        assert product.stock == 48

    def test_without_the_lock_it_is_answered_more_than_once(
        self, customer: Person, telegram: FakeTelegram, monkeypatch: Any
    ) -> None:
        from contextlib import nullcontext

        from tests.concurrency.helpers import Meeting

        meeting = Meeting(2)
        taken = services.take_update

        def take(incoming: Any) -> bool:
            answer = taken(incoming)
            meeting.wait()
            return answer

        monkeypatch.setattr(services, "only_one", lambda *args: nullcontext())
        monkeypatch.setattr(services, "take_update", take)
        update = customer.message("/cart")
        run_together(handle_update, [(update,)] * 2)
        assert len(telegram.sent(customer.chat)) == 2

    def test_two_chats_with_one_code(self, people: People) -> None:
        first, second = people(), people()
        user = make_user(email="aliya@example.com")
        text = f"/start {services.make_code(user)}"
        updates = [(first.message(text),), (second.message(text),)]
        assert run_together(handle_update, updates) == [None, None]
        chats = Chat.objects.select_related("user")
        assert sorted(chat.account == user for chat in chats) == [False, True]

    def test_two_buttons_of_one_chat(self, customer: Person) -> None:
        product = make_product()
        press = [(customer.press(f"card:{product.number}:0:1"),) for _ in range(4)]
        run_together(handle_update, press)
        cart = Cart.of_user(User.objects.get())
        assert cart.stored().lines == {product.pk: 1}

    def test_who_is_deleted_while_linking_leaves_no_trace(self, people: People) -> None:
        from accounts.services import delete_user
        from tests.factories import make_admin

        admin = make_admin()
        for _ in range(5):
            person, user = people(), make_user()
            update = person.message(f"/start {services.make_code(user)}")
            results = run_together(
                lambda act: act(),
                [
                    lambda update=update: handle_update(update),
                    lambda user=user: delete_user(user, by=admin),
                ],
            )
            assert results == [None, None]
            assert not User.objects.filter(pk=user.pk).exists()
            assert Chat.objects.get(chat_id=person.chat).user is None


class TestOnlyOne:
    """The lock of a chat."""

    pytestmark = pytest.mark.django_db(transaction=True)

    def hold(self, held: threading.Event, over: threading.Event) -> None:
        with services.only_one("answer", 7):
            held.set()
            over.wait(PATIENCE)

    def test_the_second_waits_and_then_has_it(self) -> None:
        held, over = threading.Event(), threading.Event()

        def second() -> str:
            held.wait(PATIENCE)
            with pytest.raises(ChatBusy), services.only_one("answer", 7, patience=0.1):
                pass
            with services.only_one("answer", 8, patience=0.1):
                pass
            over.set()
            with services.only_one("answer", 7):
                return "mine"

        acts = [lambda: self.hold(held, over), second]
        assert run_together(lambda act: act(), acts) == [None, "mine"]

    def test_an_error_gives_it_back(self) -> None:
        with pytest.raises(RuntimeError), services.only_one("answer", 7):
            raise RuntimeError

        def take() -> None:
            with services.only_one("answer", 7, patience=0.1):
                pass

        assert run_together(take, [()]) == [None]

    @pytest.mark.postgres
    def test_a_holder_whose_connection_dies_holds_nothing(self) -> None:
        held, over = threading.Event(), threading.Event()
        pids: list[int] = []

        def first() -> None:
            with services.only_one("answer", 7):
                pids.append(connection.connection.info.backend_pid)
                held.set()
                over.wait(PATIENCE)

        def second() -> str:
            held.wait(PATIENCE)
            with connections["default"].cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(%s)", pids)
            with services.only_one("answer", 7):
                over.set()
                return "mine"

        results = run_together(lambda act: act(), [first, second])
        assert results == [None, "mine"]
