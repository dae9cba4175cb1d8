"""`manage.py start_up`, in this process."""

import logging
import threading
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client

from accounts.models import User
from shop.locks import try_lock
from shop.starting import LOCK, alone
from tests.concurrency.helpers import run_together
from tests.faults.processes import wait_until


@pytest.mark.django_db(transaction=True)
def test_again_it_changes_nothing(settings, capsys) -> None:
    settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = "owner@example.com", "x-8-nobody"
    for _ in range(2):
        call_command("start_up", migrate=True)
    assert list(User.objects.values_list("email", "is_superuser", "is_staff")) == [
        ("owner@example.com", True, True)
    ]
    assert capsys.readouterr().out.count("No migrations to apply.") == 2


@pytest.fixture
def owner(settings: Any) -> None:
    settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = "Owner@Example.com", "x-8-nobody"


def register(email: str) -> None:
    data = {"email": email, "password": "a stranger's word"}
    assert Client().post("/register/", data).status_code == 302


def may_enter_the_office(email: str, password: str) -> bool:
    visitor = Client()
    visitor.post("/login/", {"email": email, "password": password})
    return visitor.get("/admin/").status_code == 200


def administrators() -> list[str]:
    return list(User.objects.filter(is_superuser=True).values_list("email", flat=True))


@pytest.mark.django_db(transaction=True)
def test_a_start_makes_no_stranger_the_administrator(owner, capsys) -> None:
    """Who was first to register the owner's address; the start goes on, and says so."""
    register("owner@example.com")
    before = User.objects.values().get()

    call_command("start_up", migrate=False)

    assert User.objects.values().get() == before
    told = capsys.readouterr().err
    assert told.startswith("Warning: the shop has no administrator. owner@example.com:")
    assert not may_enter_the_office("owner@example.com", "a stranger's word")


@pytest.mark.django_db(transaction=True)
def test_the_name_of_an_administrator_who_has_left_is_nobody_s_key(
    owner, capsys
) -> None:
    call_command("start_up", migrate=False)
    assert may_enter_the_office("owner@example.com", "x-8-nobody")
    User.objects.create_superuser("new-owner@example.com", "x-9-nobody")
    User.objects.get(email="owner@example.com").delete()
    capsys.readouterr()

    call_command("start_up", migrate=False)  # it does not come back by itself
    register("owner@example.com")
    call_command("start_up", migrate=False)

    assert administrators() == ["new-owner@example.com"]
    said = capsys.readouterr()
    assert said.out.count("The shop has an administrator already.") == 2
    assert said.err == ""
    assert not may_enter_the_office("owner@example.com", "a stranger's word")


@pytest.mark.django_db(transaction=True)
def test_whoever_was_let_go_does_not_come_back_by_a_start(owner, capsys) -> None:
    call_command("start_up", migrate=False)
    User.objects.update(is_active=False)
    before = User.objects.values().get()

    call_command("start_up", migrate=False)

    assert User.objects.values().get() == before
    assert "Warning: the shop has no administrator." in capsys.readouterr().err


@pytest.mark.django_db(transaction=True)
def test_an_address_that_was_registered_first_matters_no_more(owner, settings) -> None:
    """With another ADMIN_EMAIL the shop gets its administrator, and only that one."""
    register("owner@example.com")
    settings.ADMIN_EMAIL = "boss@example.com"
    call_command("start_up", migrate=False)
    settings.ADMIN_EMAIL = "owner@example.com"

    call_command("start_up", migrate=False)

    assert administrators() == ["boss@example.com"]
    assert may_enter_the_office("boss@example.com", "x-8-nobody")


@pytest.mark.django_db
def test_a_missing_migration_is_waited_for_and_then_told(settings) -> None:
    settings.START_TIMEOUT = 0
    applied = MigrationRecorder(connection).migration_qs.filter(app="sessions")
    assert applied.delete()[0] == 1
    with pytest.raises(CommandError) as refused:
        call_command("start_up", migrate=False)
    assert str(refused.value) == (
        "Not started: migrations are missing: 1 (for 0 seconds)."
    )


@pytest.mark.django_db(transaction=True)
def test_whoever_comes_second_waits_for_the_first(caplog) -> None:
    caplog.set_level(logging.INFO, "shop.starting")
    has_it, order = threading.Event(), []

    def first() -> None:
        with try_lock(LOCK) as check:
            assert check
            has_it.set()
            wait_until(lambda: "another process prepares" in caplog.text, "it waits")
            order.append("first")

    def second() -> None:
        assert has_it.wait(30)
        with alone():
            order.append("second")

    assert run_together(lambda act: act(), [first, second]) == [None, None]
    assert order == ["first", "second"]
