"""What happens in the shop, as chats hear of it: once, in order, in their language."""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog.models import StockEntry
from catalog.services import adjust_stock, delete_product, update_product
from events.models import Delivery, OutboxMessage
from events.services import already_told, relay
from orders import services as orders
from payments import services as payments
from telegram_bot import tasks
from telegram_bot.models import Chat, Push
from telegram_bot.services import (
    push,
    push_line,
    pushing,
    send_due_pushes,
    unlink,
)
from tests.accounts.test_deletion_races import let_somebody_wait_for_us
from tests.concurrency.helpers import PATIENCE, run_together
from tests.factories import make_order, make_product, make_user
from tests.telegram.conftest import People
from tests.telegram.fake import FakeTelegram, Refusal
from tests.telegram.people import Person

pytestmark = pytest.mark.django_db


def news(telegram: FakeTelegram, chat: int) -> list[str]:
    """What the chat hears of everything that has happened by now."""
    before = len(telegram.sent(chat))
    relay()
    send_due_pushes()
    return telegram.sent(chat)[before:]


def test_the_life_of_an_order(customer: Person, telegram: FakeTelegram) -> None:
    product = make_product(price=Decimal(4500))
    order = make_order(User.objects.get(), (product, 2), payment_method="transfer")
    number = order.number
    assert news(telegram, customer.chat) == [
        f"Order {number} is placed: 9.000,00\xa0₸."
    ]
    assert customer.sees().labels == [["Look at the order"]]
    for status in ("paid", "processing", "shipped", "completed"):
        orders.set_status(order.pk, status)
    assert news(telegram, customer.chat) == [
        f"Order {number} is paid. Thank you!",
        f"Order {number} is on its way.",
        f"Order {number} is completed. Thank you!",
    ]
    payments.refund_order(order.pk, stock="write_off")
    assert news(telegram, customer.chat) == [f"Order {number} is refunded."]
    customer.presses("Look at the order")
    assert customer.sees().text.startswith(f"Order {number} · refunded")


def test_a_canceled_order_says_why(customer: Person, telegram: FakeTelegram) -> None:
    order = make_order(User.objects.get())
    news(telegram, customer.chat)
    orders.cancel_order(order.pk, reason="expired")
    assert news(telegram, customer.chat) == [
        f"Order {order.number} is canceled.\nnot paid in time"
    ]


def test_what_staff_think_of_an_order_is_not_told(
    customer: Person, telegram: FakeTelegram
) -> None:
    order = make_order(User.objects.get())
    news(telegram, customer.chat)
    orders.cancel_order(order.pk, reason="fraud", note="The third this week.")
    assert news(telegram, customer.chat) == [f"Order {order.number} is canceled."]


def test_what_was_done_in_the_chat_is_not_told_there_again(
    people: People, telegram: FakeTelegram
) -> None:
    first, second = people(), people()
    first.writes("/register aliya@example.com correct-horse-7")
    second.writes("/login aliya@example.com correct-horse-7")
    product = make_product()
    first.writes(f"/order {product.number}:1")
    assert news(telegram, first.chat) == []
    number = User.objects.get().orders.get().number
    assert telegram.sent(second.chat)[-1] == f"Order {number} is placed: 100,00\xa0₸."
    first.writes(f"/cancel {number}")
    assert news(telegram, first.chat) == []
    assert telegram.sent(second.chat)[-1] == f"Order {number} is canceled."


def test_a_key_that_only_looks_like_a_chats_keeps_nobody_from_being_told(
    customer: Person, telegram: FakeTelegram
) -> None:
    for key in ("telegram-", "telegram-x-1", "telegram-99999999999999999999-1", "x"):
        order = make_order(User.objects.get(), idempotency_key=key)
        assert news(telegram, customer.chat) == [
            f"Order {order.number} is placed: 200,00\xa0₸."
        ]


def test_others_hear_nothing(customer: Person, telegram: FakeTelegram) -> None:
    make_order(make_user())
    assert news(telegram, customer.chat) == []


def test_an_event_that_comes_twice_is_told_once(
    customer: Person, telegram: FakeTelegram
) -> None:
    make_order(User.objects.get())
    assert len(news(telegram, customer.chat)) == 1
    Delivery.objects.all().delete()
    OutboxMessage.objects.update(status="pending")
    assert news(telegram, customer.chat) == []


@pytest.mark.parametrize("language", ["ru", "kk"])
def test_each_chat_hears_in_its_language(
    people: People, telegram: FakeTelegram, language: str
) -> None:
    person = people(language)
    person.writes("/register aliya@example.com correct-horse-7")
    order = make_order(User.objects.get())
    orders.cancel_order(order.pk)
    news(telegram, person.chat)
    expected = {
        "ru": f"Заказ №{order.number} отменён.",
        "kk": f"№{order.number} тапсырыстан бас тартылды.",
    }
    assert telegram.sent(person.chat)[-1] == expected[language]


def signed_out(person: Person) -> None:
    unlink(Chat.objects.get(chat_id=person.chat))


def deactivated(person: Person) -> None:
    User.objects.update(is_active=False)


def with_a_new_password(person: Person) -> None:
    user = User.objects.get()
    user.set_password("another-horse-8")
    user.save()


def hidden(person: Person) -> None:
    orders.hide_order(User.objects.get().orders.get().pk)


def blocked(person: Person) -> None:
    Chat.objects.update(blocked_at=timezone.now())


GONE = [signed_out, deactivated, with_a_new_password, blocked]


@pytest.mark.parametrize("leave", [*GONE, hidden])
def test_whoever_has_left_hears_nothing(
    customer: Person, telegram: FakeTelegram, leave: Any
) -> None:
    make_order(User.objects.get())
    leave(customer)
    assert news(telegram, customer.chat) == []
    assert not Push.objects.exists()


@pytest.mark.parametrize("leave", GONE)
def test_what_waited_for_whoever_has_left_is_not_sent(
    customer: Person, telegram: FakeTelegram, leave: Any
) -> None:
    make_order(User.objects.get())
    relay()
    assert Push.objects.pending().count() == 1
    leave(customer)
    before = len(telegram.calls)
    send_due_pushes()
    assert len(telegram.calls) == before
    assert not Push.objects.pending().exists()


def test_who_signs_in_next_gets_nothing_of_whoever_was_there(
    customer: Person, telegram: FakeTelegram
) -> None:
    make_order(User.objects.get())
    relay()
    make_user(email="other@example.com", password="correct-horse-7")
    customer.writes("/login other@example.com correct-horse-7")
    before = len(telegram.sent(customer.chat))
    send_due_pushes()
    assert telegram.sent(customer.chat)[before:] == []


def test_old_events_are_no_news(customer: Person, telegram: FakeTelegram) -> None:
    make_order(User.objects.get())
    OutboxMessage.objects.update(created_at=timezone.now() - timedelta(days=3))
    assert news(telegram, customer.chat) == []


def test_demo_data_is_no_news(customer: Person, telegram: FakeTelegram) -> None:
    with already_told():
        make_order(User.objects.get())
    assert news(telegram, customer.chat) == []


def test_without_a_bot_nothing_is_written(customer: Person, settings: Any) -> None:
    settings.TELEGRAM_BOT_TOKEN = ""
    settings.TELEGRAM_STAFF_CHAT_IDS = [-5]
    make_order(User.objects.get())
    relay()
    assert not Push.objects.exists()


STAFF, OWNER = -1001, 42


@pytest.fixture
def staff(telegram: FakeTelegram, settings: Any) -> FakeTelegram:
    settings.TELEGRAM_STAFF_CHAT_IDS = [STAFF, OWNER, STAFF]
    return telegram


def test_staff_hear_of_new_orders_in_the_shops_language(staff: FakeTelegram) -> None:
    product = make_product(name="Чайник", price=Decimal(4500))
    user = make_user(email="aliya@example.com")
    order = make_order(user, (product, 2))

    [text] = news(staff, STAFF)
    first, *rest = text.split("\n")
    assert str(order.number) in first and first.endswith("9.000,00\xa0₸")
    assert rest == ["aliya@example.com", "", "Чайник × 2"]
    assert staff.sent(OWNER) == [text]
    [[open_it]] = staff.newest(STAFF).keyboard
    assert open_it["url"] == (
        f"https://shop.example/admin/orders/order/{order.pk}/change/"
    )


def test_long_orders_are_shortened_for_staff(staff: FakeTelegram) -> None:
    products = [make_product(name="я" * 255) for _ in range(25)]
    make_order(None, *((product, 1) for product in products))
    [text] = news(staff, STAFF)
    assert len(text) <= 4096
    assert text.endswith("…")


def a_minute_later() -> None:
    Push.objects.filter(about__startswith="low_stock:").update(
        next_attempt_at=timezone.now()
    )


def test_low_stock_is_told_together_a_minute_later(staff: FakeTelegram) -> None:
    names = ("Чайник", "Утюг", "Фен")
    products = [make_product(name=n, sku=f"S-{n}", stock=5) for n in names]
    for product in products[:2]:
        adjust_stock(product, -2, StockEntry.Reason.WRITE_OFF)
    assert news(staff, STAFF) == []
    a_minute_later()
    [text] = news(staff, STAFF)
    assert text.split("\n")[1:] == ["S-Чайник · Чайник — 3", "S-Утюг · Утюг — 3"]
    assert staff.sent(OWNER) == [text]
    # What runs low after that is another message.
    adjust_stock(products[2], -2, StockEntry.Reason.WRITE_OFF)
    adjust_stock(products[0], 5, StockEntry.Reason.RECEIPT)
    adjust_stock(products[0], -6, StockEntry.Reason.WRITE_OFF)
    relay()
    a_minute_later()
    [text] = news(staff, STAFF)
    assert text.split("\n")[1:] == ["S-Фен · Фен — 3", "S-Чайник · Чайник — 2"]


def test_an_order_is_told_before_the_minute_is_over(staff: FakeTelegram) -> None:
    product = make_product(name="Чайник", sku="KET-1", stock=5)
    make_order(None, (product, 2))
    [order] = news(staff, STAFF)
    assert "KET-1" not in order and "Чайник × 2" in order
    a_minute_later()
    [low] = news(staff, STAFF)
    assert low.endswith("\nKET-1 · Чайник — 3")


def test_a_thousand_products_are_a_few_messages(staff: FakeTelegram) -> None:
    chat = Chat.objects.create(chat_id=STAFF)
    for n in range(300):
        push_line(chat, "Low stock:", f"{n} " + "x" * 60, about=f"low_stock:{n}")
    texts = list(Push.objects.order_by("id").values_list("text", flat=True))
    assert len(texts) == 5
    assert all(len(text) <= 4096 for text in texts)
    assert sum(text.count("\n") for text in texts) == 300


def test_a_message_that_is_being_sent_takes_nothing_in(
    staff: FakeTelegram, monkeypatch: Any
) -> None:
    chat = Chat.objects.create(chat_id=STAFF)
    push_line(chat, "Low stock:", "one", about="low_stock:1")
    a_minute_later()
    send = pushing._send

    def send_while_more_runs_low(row: Push) -> None:
        send(row)
        push_line(chat, "Low stock:", "two", about="low_stock:2")

    with monkeypatch.context() as patch:
        patch.setattr(pushing, "_send", send_while_more_runs_low)
        send_due_pushes()
    a_minute_later()
    send_due_pushes()
    assert staff.sent(STAFF) == ["Low stock:\none", "Low stock:\ntwo"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_a_line_that_is_being_added_is_waited_for(staff: FakeTelegram) -> None:
    chat = Chat.objects.create(chat_id=STAFF)
    push_line(chat, "Low stock:", "one", about="low_stock:1")
    a_minute_later()
    added = threading.Event()

    def add() -> None:
        with transaction.atomic():
            push_line(chat, "Low stock:", "two", about="low_stock:2")
            added.set()
            let_somebody_wait_for_us()

    def send() -> None:
        assert added.wait(PATIENCE)
        send_due_pushes()

    assert run_together(lambda act: act(), [add, send]) == [None, None]
    assert staff.sent(STAFF) == ["Low stock:\none\ntwo"]


def test_a_product_deleted_meanwhile_is_named_by_its_sku(staff: FakeTelegram) -> None:
    product = make_product(name="Чайник", sku="KET-1", stock=5)
    adjust_stock(product, -2, StockEntry.Reason.WRITE_OFF)
    delete_product(product)
    relay()
    a_minute_later()
    [low] = news(staff, STAFF)
    assert low.endswith("\nKET-1 — 3")


def test_a_staff_chat_that_removed_the_bot_is_left_alone(staff: FakeTelegram) -> None:
    kicked = "Forbidden: bot was kicked from the supergroup chat"
    staff.fail("sendMessage", Refusal(403, kicked))
    make_order()
    news(staff, OWNER)
    assert Chat.objects.exclude(blocked_at=None).count() == 1
    make_order()
    relay()
    assert Push.objects.pending().count() == 1


def test_edits_are_nobodys_news(staff: FakeTelegram) -> None:
    product = make_product()
    update_product(product.pk, name="Another")
    assert news(staff, STAFF) == []


def test_pushes_are_woken_after_the_commit_where_there_is_a_broker(
    telegram: FakeTelegram,
    settings: Any,
    monkeypatch: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    chat = Chat.objects.create(chat_id=7)
    sent: list[int] = []

    def note(args: tuple[int], **options: Any) -> None:
        sent.extend(args)

    monkeypatch.setattr(tasks.send_pushes, "apply_async", note)
    with django_capture_on_commit_callbacks(execute=True):
        push(chat, "one")
    assert sent == []
    settings.CELERY_TASK_ALWAYS_EAGER = False
    with django_capture_on_commit_callbacks(execute=True):
        push(chat, "two")
        assert sent == []
    assert sent == [chat.pk]


def test_the_tasks_do_what_they_are_called(
    telegram: FakeTelegram, person: Person
) -> None:
    person.writes("/start")
    chat = Chat.objects.get()
    push(chat, "one")
    tasks.send_pushes(chat.pk)
    push(chat, "two")
    tasks.send_due_pushes()
    assert telegram.sent(person.chat)[1:] == ["one", "two"]
    tasks.forget_telegram()
    assert Push.objects.count() == 2
