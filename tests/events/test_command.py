"""`manage.py publish_outbox`, by hand and for good."""

import os
import signal
import subprocess
import sys
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from events.management.commands import publish_outbox
from events.models import OutboxMessage
from tests.concurrency.helpers import run_together
from tests.events.conftest import Clock, Inboxes
from tests.events.processes import MANAGE, a_holder_of_the_lock, known
from tests.events.says import say, state, unsayable
from tests.events.subscribing import note, noted, subscribed
from tests.faults.processes import ROOT, wait_until
from tests.faults.shop import manage

pytestmark = pytest.mark.django_db(transaction=True)
NOBODY = "amqp://guest:guest@127.0.0.1:1//"


def nothing_is_pending() -> bool:
    return not OutboxMessage.objects.pending().exists()


def publish_once() -> tuple[str, str]:
    """What it said, and why it failed if it did."""
    out = StringIO()
    try:
        call_command("publish_outbox", once=True, stdout=out)
    except CommandError as error:
        return out.getvalue().strip(), str(error)
    return out.getvalue().strip(), ""


@pytest.fixture(autouse=True)
def _english(settings: Any) -> None:
    settings.LANGUAGE_CODE = "en"


def test_once_without_a_broker_hands_over() -> None:
    with subscribed(note):
        for n in range(3):
            say(n=n)
        assert publish_once() == ("sent 3, parked 0, pending 0", "")
    assert noted() == [0, 1, 2]
    assert publish_once() == ("sent 0, parked 0, pending 0", "")


def test_once_with_a_broker_that_is_down_fails(settings: Any) -> None:
    settings.RABBITMQ_URL = NOBODY
    say()
    said, why = publish_once()
    assert said == "sent 0, parked 0, pending 1"
    assert why.startswith("The broker takes nothing: ")
    assert manage(known(), "publish_outbox", "--once").returncode == 1
    settings.RABBITMQ_URL = ""
    assert manage(known(), "publish_outbox", "--once").returncode == 0


@pytest.mark.rabbitmq
def test_once_says_what_was_refused(inbox: Inboxes, clock: Clock) -> None:
    everything = inbox()
    poison, other = unsayable(), say()
    why = "Some events were refused; the back office says why."
    assert publish_once() == ("sent 1, parked 0, pending 1", why)
    # It waits for its next attempt, so nothing is tried: it is not sent all the same.
    assert publish_once() == ("sent 0, parked 0, pending 1", why)
    for _ in range(3):
        clock.tick()
        assert publish_once() == ("sent 0, parked 0, pending 1", why)
    clock.tick()
    assert publish_once() == ("sent 0, parked 1, pending 0", why)
    assert publish_once() == ("sent 0, parked 0, pending 0", "")
    assert (state(poison)[0], everything.ids()) == ("parked", [str(other.pk)])


def test_once_waits_for_a_relay_that_is_at_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publish_outbox, "PATIENCE", 0)
    event = say()
    with a_holder_of_the_lock() as holder:
        assert publish_once() == (
            "sent 0, parked 0, pending 1",
            "Another relay is at it.",
        )
        monkeypatch.setattr(publish_outbox, "PATIENCE", 60)

        def publish_and_let_go(who: str) -> Any:
            return publish_once() if who == "command" else holder.stop()

        said, _ = run_together(publish_and_let_go, ["command", "holder"])
    assert said == ("sent 1, parked 0, pending 0", "")
    assert state(event)[0] == "sent"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_it_runs_until_it_is_told_to_stop(number: int) -> None:
    process = subprocess.Popen(  # noqa: S603 - our own command
        [sys.executable, MANAGE, "publish_outbox"],
        env=known(),
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        for _ in range(2):
            say("thing_changed")
            wait_until(nothing_is_pending, "it is sent")
        process.send_signal(number)
        said, _ = process.communicate(timeout=60)
    finally:
        process.kill()
        process.wait()
    assert process.returncode == 0
    assert "the relay has ended" in said
    assert "Traceback" not in said


@pytest.mark.postgres
def test_a_lost_database_connection_ends_the_turn_and_not_the_relay(
    caplog: pytest.LogCaptureFixture,
) -> None:
    event = say()
    original = publish_outbox.relay
    turns = []

    def lose_it_first(**options: Any) -> Any:
        turns.append(1)
        if len(turns) == 1:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_terminate_backend(pg_backend_pid())")
        if len(turns) == 3:
            os.kill(os.getpid(), signal.SIGTERM)
        return original(**options)

    publish_outbox.relay, before = lose_it_first, publish_outbox.relay
    try:
        call_command("publish_outbox")
    finally:
        publish_outbox.relay = before
    assert "the outbox cannot be read" in caplog.text
    assert state(event)[0] == "sent"
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL
