"""A person who has left traces everywhere, and a look for them in every place."""

import base64
import json
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import connection
from django.test import Client, override_settings
from redis import Redis

from accounts import services as accounts
from accounts.models import User
from cart.services import Cart
from events.models import ArchivedMessage, OutboxMessage
from events.services import relay
from notifications import services as letters
from orders import services as orders
from orders.models import Order
from payments import services as payments
from payments.models import Payment
from telegram_bot import services as telegram
from telegram_bot.models import Chat, Push, Update
from tests.factories import make_admin, make_product
from tests.payments.callbacks import notice

EMAIL = "zarina.marker@example.com"
NAME = "Zarina Markerova"
PHONE = "+77015550199"
ADDRESS = "Marker Street 77"
WORDS = "ring the bell of Markerova twice"
PASSWORD = "correct horse battery"
CHAT = 7_123_456_789
MARKERS = (EMAIL, NAME, PHONE, ADDRESS, WORDS, "Markerova", str(CHAT))


def _as_base64(marker: str) -> list[str]:
    """What of the marker shows in base64, wherever in it the marker begins."""
    found = []
    for before in range(3):
        raw = base64.urlsafe_b64encode(b"?" * before + marker.encode()).decode()
        found.append(raw[(0, 2, 3)[before] :].rstrip("=")[:-1])
    return found


LOOKS = [marker for m in MARKERS for marker in (m.lower(), *_as_base64(m))]


def _shows(text: str) -> bool:
    lowered = text.lower()
    return any(look in lowered or look in text for look in LOOKS)


def traces() -> set[str]:
    """The tables, Redis keys and files in which a marker can be read."""
    found = set()
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')  # noqa: S608 - its own names
            if any(_shows(_text(row)) for row in cursor.fetchall()):
                found.add(table)
    if any(_shows(json.dumps(s.get_decoded())) for s in Session.objects.all()):
        found.add("sessions, decoded")
    if settings.REDIS_URL:
        with Redis.from_url(settings.REDIS_URL) as redis:
            found |= {
                f"redis {key!r}" for key in redis.scan_iter() if _in_redis(redis, key)
            }
    for folder in (settings.MEDIA_ROOT, settings.IMPORT_DIR):
        for file in Path(folder).rglob("*"):
            if file.is_file() and _shows(file.read_bytes().decode("latin-1")):
                found.add(str(file))
    return found


def _text(row: Any) -> str:
    return " ".join(
        json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
        for value in row
    )


def _in_redis(redis: Any, key: bytes) -> bool:
    kind = redis.type(key).decode()
    if kind == "hash":
        value = redis.hgetall(key)
    elif kind == "set":
        value = redis.smembers(key)
    elif kind == "list":
        value = redis.lrange(key, 0, -1)
    else:
        value = redis.get(key)
    return _shows(f"{key!r} {value!r}")


def post(client: Client, path: str, data: Any, **extra: Any) -> Any:
    return client.post(path, data, content_type="application/json", **extra)


def live_here() -> User:
    """Zarina registers, errs, writes, buys, pays, talks to the bot and to staff."""
    client = Client(headers={"accept-language": "en"})
    given = {"email": EMAIL, "password": PASSWORD, "full_name": NAME}
    assert post(client, "/auth/register", given).status_code == 201
    wrong = {"email": EMAIL, "password": "no"}
    assert post(Client(), "/auth/login", wrong).status_code == 401
    user = User.objects.get(email=EMAIL)
    accounts.update_user(user, phone=PHONE)
    accounts.add_address(user, full_name=NAME, phone=PHONE, address=ADDRESS)
    _talk_to_the_bot(user)
    order = _buy(user)
    _be_talked_about(user, order)
    Cart.of_user(user).add(make_product(sku="CUP", name="Cup").pk, 3)
    _pass_on()
    return user


def _talk_to_the_bot(user: User) -> None:
    chat = Chat.objects.create(chat_id=CHAT, name=NAME, last_search=WORDS)
    telegram.link(chat, user)
    telegram.save_draft(chat, {"full_name": NAME, "phone": PHONE, "address": ADDRESS})
    telegram.push(chat, f"Dear {NAME}", about="order_paid:1")
    Update.objects.create(update_id=1, chat_id=CHAT)


def _buy(user: User) -> Order:
    checkout = orders.Checkout(
        email=EMAIL,
        full_name=NAME,
        phone=PHONE,
        address=ADDRESS,
        comment=WORDS,
        delivery_method="courier",
        payment_method="emulator",
        idempotency_key=f"{EMAIL}-1",
    )
    line = orders.Line(make_product(sku="TEAPOT", name="Teapot").pk, 2)
    order = orders.place_order([line], checkout, owner=str(user.pk), user=user).order
    payment = payments.start_payment(order.pk)
    said = {
        "payment_id": str(payment.pk),
        "event_id": uuid4().hex,
        "status": "succeeded",
        "amount": str(payment.amount),
        "currency": payment.currency,
        "payer": NAME,
    }
    payments.take_notice("emulator", notice(payment), json.dumps(said))
    Payment.objects.update(redirect_url=f"https://pay.example/?name={NAME}")
    return order


def _be_talked_about(user: User, order: Order) -> None:
    """By staff, who are quoted by Django's own book, as its forms would do it."""
    boss = make_admin(email="boss@example.com")
    orders.add_note(order.pk, f"{NAME}: {WORDS}", author=boss)
    orders.set_status(order.pk, "processing", actor=boss, note=WORDS)
    quoted = json.dumps([{"added": {"name": "staff note", "object": WORDS}}])
    for thing, message in ((order, quoted), (user, "[]")):
        LogEntry.objects.create(
            user=boss,
            content_type=ContentType.objects.get_for_model(thing),
            object_id=str(thing.pk),
            object_repr=str(thing),
            action_flag=CHANGE,
            change_message=message,
        )


def _pass_on() -> None:
    """Events become letters and pushes; the oldest event lies in the archive."""
    with override_settings(TELEGRAM_STAFF_CHAT_IDS=[-42], TELEGRAM_BOT_TOKEN="1:x"):
        relay()
    letters.send_due_letters()
    mail.outbox.clear()
    assert Push.objects.filter(chat__chat_id=-42, text__contains=EMAIL).exists()
    first = OutboxMessage.objects.filter(event_type="order_created").get()
    names = [field.attname for field in ArchivedMessage._meta.concrete_fields]
    ArchivedMessage.objects.create(**{name: getattr(first, name) for name in names})
    first.delete()


def finish() -> None:
    """The order that is being packed comes to its end."""
    for order in Order.objects.filter(status="processing"):
        orders.set_status(order.pk, "shipped")
        orders.set_status(order.pk, "completed")
