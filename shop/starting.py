"""What has to be true before a process of the shop starts its work."""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from shop.locks import try_lock

logger = logging.getLogger(__name__)

LOCK = "migrations"
# Seconds between two looks.
PAUSE = 0.5


class NotReady(Exception):
    """The time is over, and what was waited for is still not so."""


def wait_for_database(seconds: float) -> None:
    """The database takes connections, or `NotReady` with what it said last."""

    def problem() -> str:
        # Not from the pool, which says no more than that it waited.
        probe = connection.copy()
        probe.settings_dict["OPTIONS"].pop("pool", None)
        try:
            probe.ensure_connection()
        except OperationalError as error:
            return f"the database does not answer: {str(error).strip()}"
        finally:
            probe.close()
        return ""

    _wait(problem, seconds)


def wait_for_schema(seconds: float) -> None:
    """Every migration that this release knows has been applied, or `NotReady`.

    A newer release may have applied more: an older one that comes back starts too.
    """

    def problem() -> str:
        executor = MigrationExecutor(connection)
        plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
        return f"migrations are missing: {len(plan)}" if plan else ""

    _wait(problem, seconds)


@contextmanager
def alone() -> Iterator[None]:
    """Only one process at a time is in here; the others wait until it is out, or dead.

    They look again and again instead of waiting inside the database: a statement that
    waits there is a transaction that is open, and `CREATE INDEX CONCURRENTLY` in a
    migration would wait for its end, and so for ever.
    """
    said = False
    while True:
        with try_lock(LOCK) as still_mine:
            if still_mine:
                yield
                # Whoever lost the lock on the way may not have been alone.
                still_mine()
                return
        if not said:
            logger.info("another process prepares the database: waiting for it")
            said = True
        time.sleep(PAUSE)


def migrate() -> None:
    """Every migration is applied. The caller is `alone`."""
    call_command("migrate", interactive=False, verbosity=1)


def let_go() -> None:
    """No connection is open any more, and no thread looks after one."""
    connection.close()
    if hasattr(connection, "close_pool"):
        connection.close_pool()


def _wait(problem: Callable[[], str], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    said = False
    while said_now := problem():
        if time.monotonic() >= deadline:
            raise NotReady(f"{said_now} (for {seconds:g} seconds)")
        if not said:
            logger.info("waiting: %s", said_now)
            said = True
        time.sleep(PAUSE)
