"""Programs of the shop, over this test's database and its exchange."""

import os
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection

from tests.faults.database import Database
from tests.faults.processes import ROOT, Process
from tests.faults.shop import environment

MANAGE = str(ROOT / "manage.py")
HOLD_THE_LOCK = """
from threading import Event
from events.services.relaying import LOCK
from shop.locks import try_lock
with try_lock(LOCK) as check:
    print("has it" if check else "has it not", flush=True)
    Event().wait()
"""

IN_WORKER = "tests.events.in_worker"


def known(**variables: str) -> dict[str, str]:
    """What a program is told: where the database and the broker are."""
    name = str(connection.settings_dict["NAME"])
    sqlite = connection.vendor == "sqlite"
    told = {
        "DATABASE_URL": f"sqlite:///{name}" if sqlite else Database(name).url,
        "RABBITMQ_URL": settings.RABBITMQ_URL,
        "FAULTS_EXCHANGE": settings.OUTBOX_EXCHANGE,
        "FAULTS_QUEUE": settings.OUTBOX_EXCHANGE.replace("events", "tasks"),
        "LOG_LEVEL": "INFO",
    }
    return environment(**told | variables)


@contextmanager
def running(*command: str, until: str, **variables: str) -> Iterator[Process]:
    """The program has said so, and runs meanwhile; in the end it is killed by -9."""
    process = Process([sys.executable, *command], known(**variables))
    try:
        process.wait_for(lambda: until in process.said, until)
        yield process
    finally:
        process.stop()


@contextmanager
def a_relay() -> Iterator[Process]:
    with running(MANAGE, "publish_outbox", until="the relay runs") as process:
        yield process


@contextmanager
def a_holder_of_the_lock() -> Iterator[Process]:
    """A relay that is in the middle of its turn, for as long as it lives."""
    command = (MANAGE, "shell", "-v", "0", "-c", HOLD_THE_LOCK)
    with running(*command, until="has it\n") as process:
        yield process


@contextmanager
def a_worker(**variables: str) -> Iterator[Process]:
    """`celery -A shop worker`, which also knows a subscriber of the tests."""
    command = (
        *("-m", "celery", "-A", "shop", "worker", "--concurrency", "2"),
        *("--loglevel", "info", "--hostname", f"events-{os.getpid()}@%h"),
        *("--without-gossip", "--without-mingle", "--without-heartbeat"),
    )
    known_to_it = {"FAULTS_IMPORTS": IN_WORKER, **variables}
    with running(*command, until="ready.", **known_to_it) as process:
        yield process


@contextmanager
def beat() -> Iterator[Process]:
    """`celery -A shop beat`, with a schedule of its own."""
    directory = tempfile.mkdtemp(dir=os.environ["TEST_DIRECTORY"])
    command = (
        *("-m", "celery", "-A", "shop", "beat", "--loglevel", "info"),
        *("--schedule", f"{directory}/schedule", "--pidfile", ""),
    )
    with running(*command, until="beat: Starting") as process:
        yield process
