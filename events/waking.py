"""Who has committed an event says so, once a transaction and only then."""

import logging
import os
import threading
import time

from celery.exceptions import SoftTimeLimitExceeded
from django.conf import settings
from django.db import transaction

logger = logging.getLogger(__name__)

# Events that a request carries out itself, where there is no broker; a larger backlog
# is the schedule's.
INLINE = 100
# Seconds between two tasks, and between two tries to reach a broker that is down.
PAUSE = 0.02
SHORTEST_WAIT, LONGEST_WAIT = 0.5, 30.0


def wake_relay() -> None:
    """The relay looks at the outbox once the caller's transaction has committed.

    Nothing depends on it: the schedule looks every few seconds too.
    """
    if not settings.OUTBOX_WAKE:
        return
    connection = transaction.get_connection()
    savepoints = set(connection.savepoint_ids)
    # Each savepoint needs an entry of its own, which goes if it is rolled back; all of
    # a transaction's entries are one wish, which is granted once.
    wish = None
    for noted_in, callback, _ in reversed(connection.run_on_commit):
        if isinstance(callback, _Wish):
            if noted_in == savepoints:
                return
            wish = callback
            break
    transaction.on_commit(wish or _Wish(), robust=True)


class _Wish:
    """That the relay looks, once the transaction is committed."""

    def __init__(self) -> None:
        self._granted = False

    def __call__(self) -> None:
        if not self._granted:
            self._granted = True
            _send()


def _send() -> None:
    if settings.RABBITMQ_URL:
        _waker.wake()
        return
    from events.services import relay

    try:
        relay(limit=INLINE)
    except SoftTimeLimitExceeded:
        raise
    except Exception:  # the change is made: whoever made it has nothing to do with it
        logger.exception("the outbox could not be carried out")


class Waker:
    """A thread of this process that sends the relay's task, so that nobody else waits.

    Wishes that come while it is busy, or while the broker is down, are one task.
    """

    def __init__(self) -> None:
        self._wished = threading.Event()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        os.register_at_fork(after_in_child=self._forget)

    def wake(self) -> None:
        self._wished.set()
        if self._thread is None or not self._thread.is_alive():
            with self._starting:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(
                        target=self._run, name="wake-relay", daemon=True
                    )
                    self._thread.start()

    def _forget(self) -> None:
        """A child has none of its parent's threads, and may have a lock of theirs."""
        self._wished = threading.Event()
        self._starting = threading.Lock()
        self._thread = None

    def _run(self) -> None:
        wait = 0.0
        while True:
            self._wished.wait()
            self._wished.clear()
            if self._send_task():
                wait = 0.0
                time.sleep(PAUSE)
            else:
                self._wished.set()
                wait = min(max(wait * 2, SHORTEST_WAIT), LONGEST_WAIT)
                time.sleep(wait)

    def _send_task(self) -> bool:
        from events.tasks import publish_outbox_messages

        try:
            publish_outbox_messages.apply_async(confirm_timeout=5, expires=60)
        except Exception as error:  # whatever a driver raises, the broker is down
            logger.warning("the relay could not be woken: %s", error)
            return False
        return True


_waker = Waker()
