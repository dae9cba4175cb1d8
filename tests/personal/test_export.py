"""What somebody is told that the shop holds about them."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.serializers.json import DjangoJSONEncoder

from accounts import services
from accounts.models import User
from tests.factories import make_user
from tests.personal import traces as zarina
from tests.personal.traces import live_here

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _payments(settings: Any) -> None:
    settings.PAYMENT_EMULATOR = True


def plain(held: dict[str, Any]) -> dict[str, Any]:
    return json.loads(json.dumps(held, cls=DjangoJSONEncoder))


def test_everything_that_was_left_is_in_it() -> None:
    held = plain(services.export_person(services.person_of(live_here())))

    assert list(held) == [
        "shop",
        "made_at",
        "about",
        "account",
        "cart",
        "orders",
        "payments",
        "letters",
        "telegram",
    ]
    account = held["account"]
    assert (account["email"], account["full_name"]) == (zarina.EMAIL, zarina.NAME)
    assert (account["phone"], account["role"]) == (zarina.PHONE, "user")
    [address] = account["addresses"]
    assert (address["address"], address["phone"]) == (zarina.ADDRESS, zarina.PHONE)
    assert len(account["signed_in_devices"]) == len(account["failed_sign_ins"]) == 1
    [created, *_] = account["history"]
    assert created["changes"]["email"] == [None, zarina.EMAIL]
    assert held["cart"] == [{"sku": "CUP", "name": "Cup", "quantity": 3}]
    [order] = held["orders"]
    assert (order["full_name"], order["comment"]) == (zarina.NAME, zarina.WORDS)
    assert order["total"] == "1700.00" and order["items"][0]["sku"] == "TEAPOT"
    steps = ["pending", "paid", "processing"]
    assert [step["status"] for step in order["history"]] == steps
    [payment] = held["payments"]
    assert (payment["order"], payment["amount"]) == (order["number"], "1700.00")
    assert {letter["recipient"] for letter in held["letters"]["sent"]} == {zarina.EMAIL}
    [chat] = held["telegram"]
    assert (chat["chat"], chat["name"]) == (zarina.CHAT, zarina.NAME)
    assert f"Dear {zarina.NAME}" in [message["text"] for message in chat["messages"]]


def test_neither_secrets_nor_what_staff_think_is_in_it() -> None:
    user = live_here()

    text = json.dumps(plain(services.export_person(services.person_of(user))))

    assert user.password not in text
    assert "staff_notes" not in text and "boss@example.com" not in text


def test_staff_who_answer_a_letter_have_their_notes_too() -> None:
    live_here()

    held = services.export_person(services.find_person(zarina.EMAIL))

    assert held["orders"][0]["staff_notes"] == [
        f"{zarina.NAME}: {zarina.WORDS}",
        zarina.WORDS,
    ]


def test_who_has_left_nothing_has_an_account_and_that_is_all() -> None:
    held = services.export_person(services.person_of(make_user()))
    assert list(held) == ["shop", "made_at", "about", "account"]


def test_the_command_writes_a_file_for_nobody_else(tmp_path: Path) -> None:
    user: User = make_user(full_name="Зарина")
    file = tmp_path / "zarina.json"

    call_command("export_person", user.email, output=str(file))

    assert json.loads(file.read_text())["account"]["full_name"] == "Зарина"
    assert file.stat().st_mode & 0o777 == 0o600
    # Nor one that was there for everybody.
    file.write_text("x" * 100_000)
    file.chmod(0o644)
    call_command("export_person", user.email, output=str(file))
    assert json.loads(file.read_text())["account"]["full_name"] == "Зарина"
    assert file.stat().st_mode & 0o777 == 0o600
    out = StringIO()
    call_command("export_person", "nobody@example.com", stdout=out)
    assert list(json.loads(out.getvalue())) == ["shop", "made_at", "about"]
