"""No log, whatever happens, holds what people have told the shop, or a secret."""

import logging
import re
import smtplib
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.core import mail
from django.db import IntegrityError, connection, transaction
from django.test import Client

from accounts.models import User
from accounts.tasks import send_reset_link
from catalog.services import import_runs
from shop.celery import app
from shop.watching import queries
from telegram_bot.dispatch import handle_update
from telegram_bot.registry import commands
from tests.api import client_of
from tests.catalog.runs import received
from tests.factories import make_product, make_user
from tests.orders.pages import fill
from tests.telegram.fake import FakeTelegram
from tests.telegram.people import Person
from tests.watching.conftest import Logs

pytestmark = pytest.mark.django_db

NAME, STREET = "Маркерова Айгерим", "проспект Маркерный 17, кв. 4"
EMAIL, PHONE = "marker.person@example.kz", "+77015550917"
PASSWORD, WRONG = "Marker-pass-4711", "Marker-wrong-0815"
COMMENT = "Позвоните маркерной соседке"
COOKIE, BEARER = "marker0cookie0value", "marker0bearer0value"
TOKEN, QUERY = "marker0address0token", "marker0query0value"
HOST = "marker-host.example"
SAID = {
    NAME, STREET, EMAIL, PHONE, PASSWORD, WRONG, COMMENT, COOKIE, BEARER, TOKEN, QUERY,
    HOST, "Маркерова", "Маркерный", "marker.person", "7015550917", "701 555 09 17",
    quote(EMAIL), quote(NAME), "marker",
}  # fmt: skip
FORM = {"full_name": NAME, "email": EMAIL, "phone": PHONE, "address": STREET}


@pytest.fixture(params=["json", "console"])
def logs(
    request: pytest.FixtureRequest, make_logs: Callable[..., Logs], settings: Any
) -> Any:
    """All that can be told is: every line of the shop, and every statement."""
    settings.SLOW_QUERY_MS = 0.000001
    connection.execute_wrappers.append(queries.watch)
    yield make_logs(request.param, "DEBUG")
    connection.execute_wrappers.remove(queries.watch)


def nothing_personal(logs: Logs, *more: str) -> None:
    said = logs.everything()
    found = {word for word in {*SAID, *more} if word.lower() in said.lower()}
    assert not found, [
        line
        for line in said.splitlines()
        if any(word.lower() in line.lower() for word in found)
    ][:5]


@pytest.fixture
def visitor() -> Client:
    client = Client(raise_request_exception=False)
    client.cookies["theme"] = COOKIE
    return client


def test_people_come_and_order_and_pay(logs: Logs, visitor: Client) -> None:
    product = make_product()
    visitor.post("/register/", {
        **FORM, "password1": PASSWORD, "password2": PASSWORD, "password": PASSWORD,
    })  # fmt: skip
    api = client_of()
    registered = api.post("/auth/register", {**FORM, "password": PASSWORD})
    assert User.objects.filter(email=EMAIL).exists()
    for word in (WRONG, PASSWORD):
        visitor.post("/login/", {"username": EMAIL, "email": EMAIL, "password": word})
        login = api.post("/auth/login", {"email": EMAIL, "password": word})
    access = login.json()["access_token"]
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {access}")
    assert api.get("/api/me").status_code in {200, 404}
    guest = Client(raise_request_exception=False)
    fill(guest, product)
    form = {**FORM, "comment": COMMENT, "payment_method": "cash", "consent": "on"}
    answer = guest.post("/checkout/", {**form, "delivery_method": ""})
    guest.get(answer.headers.get("Location", "/"))
    ordered = api.post(
        "/api/orders",
        {**FORM, "comment": COMMENT, "items": [{"sku": product.sku, "quantity": 1}]},
        format="json",
    )
    nothing_personal(logs, access, str(registered.content))
    assert '"order"' in logs.file() or "order=" in logs.file(), ordered.content


def test_a_link_for_a_new_password(
    logs: Logs, visitor: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user(email=EMAIL, full_name=NAME)
    visitor.post("/password-reset/", {"email": EMAIL})
    [link] = re.findall(r"http://testserver(/password-reset/\S+/)", mail.outbox[0].body)
    visitor.get(link)
    visitor.post(link, {"new_password1": PASSWORD, "new_password2": WRONG})

    def refused(*args: Any, **kwargs: Any) -> None:
        answer = f"5.1.1 <{EMAIL}> unknown".encode()
        raise smtplib.SMTPRecipientsRefused({EMAIL: (550, answer)})

    monkeypatch.setattr(
        "accounts.services.resetting.EmailMultiAlternatives.send", refused
    )
    visitor.post("/password-reset/", {"email": EMAIL})
    monkeypatch.setattr("accounts.tasks.services.send_reset_link", refused)
    send_reset_link.apply(args=[EMAIL, "en", "http://testserver"])
    nothing_personal(logs, link, link.split("/")[-2])
    assert "a reset link was not sent" in logs.everything()
    assert "SMTPRecipientsRefused" in logs.file("error")


def test_addresses_headers_and_hosts(logs: Logs, visitor: Client) -> None:
    headers = {
        "Authorization": f"Bearer {BEARER}",
        "X-Request-ID": f"{EMAIL} {TOKEN}",
        "Referer": f"https://{HOST}/?{QUERY}",
    }
    for path in (
        f"/{EMAIL}/{TOKEN}/", f"/?q={QUERY}&token={TOKEN}", f"/orders/?x={QUERY}",
        f"/password-reset/MQ/{TOKEN}/", f"/api/orders?email={quote(EMAIL)}",
        f"/letters/{TOKEN}/", f"/static/{TOKEN}.css", f"/media/{TOKEN}.jpg",
        f"/health?x={QUERY}", f"/img?url=https://{HOST}/{TOKEN}",
    ):  # fmt: skip
        visitor.get(path, headers=headers)
        visitor.post(path, {"email": EMAIL}, headers=headers)
        Client(enforce_csrf_checks=True).post(path, {"email": EMAIL})
    visitor.get("/", headers={"Host": HOST})
    nothing_personal(logs)
    assert "shop.requests" in logs.file()


@pytest.mark.parametrize("way", ["page", "api"])
@pytest.mark.parametrize("fault", ["sentence", "key", "row", "statement", "driver"])
def test_what_breaks_with_data_in_its_hands(
    logs: Logs, visitor: Client, monkeypatch: pytest.MonkeyPatch, fault: str, way: str
) -> None:
    make_user(email=EMAIL)
    product = make_product()

    def broken(*args: Any, **kwargs: Any) -> None:
        secret_local = PASSWORD  # noqa: F841 - what no traceback may show
        if fault == "sentence":
            raise RuntimeError(f"{NAME}, {STREET}: {PHONE} <{EMAIL}> {COMMENT}")
        if fault == "key":
            raise KeyError(NAME)
        with transaction.atomic():
            if fault == "row":
                make_user(email=EMAIL, full_name=NAME)
            elif fault == "statement":
                with connection.cursor() as cursor:
                    table = User._meta.db_table
                    cursor.execute(
                        f"INSERT INTO {table} (full_name) VALUES (%s)",  # noqa: S608
                        [NAME],
                    )
            else:
                raise IntegrityError(
                    'duplicate key value violates unique constraint "user_email"\n'
                    f"DETAIL:  Key (email)=({EMAIL}) already exists."
                )

    monkeypatch.setattr("orders.services.placing.lock_products", broken)
    form = {**FORM, "comment": COMMENT, "payment_method": "cash", "consent": "on"}
    if way == "page":
        fill(visitor, product)
        status = visitor.post("/checkout/", form).status_code
    else:
        api = client_of()
        api.raise_request_exception = False
        lines = {"items": [{"sku": product.sku, "quantity": 1}]}
        answer = api.post("/api/orders", {**form, **lines}, format="json")
        status = answer.status_code
    assert status == 500
    nothing_personal(logs)
    told = logs.file("error")
    assert "placing.py" in told and "Traceback" in told
    if fault == "driver":
        # What helps is still there.
        assert 'unique constraint "user_email"' in told.replace('\\"', '"')


def test_the_bot(logs: Logs, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    telegram = FakeTelegram()
    settings.TELEGRAM_BOT_TOKEN = token = "123456789:marker-bot-token-of-27-letters"
    settings.TELEGRAM_API_URL = telegram.url
    settings.SHOP_URL = "https://shop.example"
    try:
        person = Person(telegram, handle_update)
        person.writes(f"/register {EMAIL} {PASSWORD}")
        person.writes(f"{NAME} {PHONE}")

        def bug(*args: Any) -> None:
            raise RuntimeError(f"what {EMAIL} with {token} wrote: '{NAME}'")

        command = commands["cart"].__class__("cart", bug, "", "")
        monkeypatch.setitem(commands, "cart", command)
        person.writes("/cart")
    finally:
        telegram.close()
    nothing_personal(logs, token)
    assert "No answer to Telegram update" in logs.file("error")


def test_an_import_that_breaks(logs: Logs, monkeypatch: pytest.MonkeyPatch) -> None:
    run = received(f"sku,name,price,stock\nA-1,{NAME},10,1\n")

    def broken(*args: Any, **kwargs: Any) -> None:
        raise ValueError(f"row 2: '{NAME}' of {EMAIL}")

    monkeypatch.setattr("catalog.services.import_runs._file_of", broken)
    import_runs.look(run.pk)
    nothing_personal(logs)
    assert f"import {run.pk} failed" in logs.file("error")


def test_a_task_that_fails_with_its_arguments(logs: Logs) -> None:
    @app.task(name="tests.broken", shared=False)
    def broken(email: str, name: str) -> None:
        raise RuntimeError(f"no letter to {email}, '{name}'")

    try:
        broken.apply(args=[EMAIL, NAME])
    finally:
        app.tasks.pop("tests.broken")
    nothing_personal(logs)
    assert "task failed" in logs.file("error")


def test_the_test_would_see_them(logs: Logs) -> None:
    """A line that says a name as its own words is one that this file must find."""
    logging.getLogger("shop").error("a letter to " + "Маркерова")
    with pytest.raises(AssertionError):
        nothing_personal(logs)
