"""Programs of the shop, over this test's database and its exchange."""

import sys
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


def known(**variables: str) -> dict[str, str]:
    """What a program is told: where the database and the broker are."""
    name = str(connection.settings_dict["NAME"])
    sqlite = connection.vendor == "sqlite"
    return environment(
        DATABASE_URL=f"sqlite:///{name}" if sqlite else Database(name).url,
        RABBITMQ_URL=settings.RABBITMQ_URL,
        FAULTS_EXCHANGE=settings.OUTBOX_EXCHANGE,
        LOG_LEVEL="INFO",
        **variables,
    )


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
