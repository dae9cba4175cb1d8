"""Whether the parts of the shop answer, asked all the time by each web process.

A frozen database holds every thread that waits for it, and soon nobody would be left to
say so at /health. So threads of their own ask, and end the waiting: a part that is
known to be down costs a request nothing, and once it answers it is used again.
"""

import logging
import os
import re
import socket
import threading
import weakref
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

import psycopg
from django.conf import settings
from django.core.cache import cache
from django.db import connections
from django.db.backends.signals import connection_created
from django_redis import get_redis_connection
from redis import ConnectionPool, Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from shop import marks
from shop.broker import connect_to_broker

logger = logging.getLogger(__name__)
Ask = Callable[[], object]

# Seconds from an answer to the next question, and between two looks of the prober.
INTERVAL = 0.5
TICK = 0.25
# Looks without an answer after which a part counts as down: 3 seconds. Looks, because
# a process that was itself stopped has not looked, and must not blame anybody.
PATIENCE = 12


_FULL = re.compile("too many (clients|connections)|connection slots")


class Probe(threading.Thread):
    """Asks one part again and again on a connection of its own."""

    def __init__(
        self,
        name: str,
        opened: Callable[[], AbstractContextManager[Ask]],
        answered: Callable[[bool], None] = lambda was_down: None,
    ) -> None:
        """`answered` is told of each answer before anybody else hears of it."""
        super().__init__(name=f"probe-{name}", daemon=True)
        self._opened = opened
        self._answered = answered
        # None until it has answered, or not answered, for the first time.
        self.answers: bool | None = None
        self._part = name
        self._waits = 0

    def run(self) -> None:
        pause = threading.Event()
        while True:
            known = False
            try:
                with self._opened() as ask:
                    while True:
                        ask()
                        self._answered(self.answers is False)
                        known = True
                        # A new connection does not end a silence: an answer does.
                        self._waits = 0
                        self._tell(True)
                        pause.wait(INTERVAL)
            except Exception as error:  # whatever a driver raises
                # A connection that was cut is no answer: a new one will tell.
                if not known:
                    self._tell(False, error)
                    pause.wait(INTERVAL)

    def look(self) -> bool:
        """One look of the prober; true if it is silent for too long now."""
        self._waits += 1
        # Longer than from one question to the next: this one has no answer yet.
        silent = self._waits * TICK >= INTERVAL + PATIENCE * TICK
        if silent:
            self._waits = 0
            self._tell(False, "no answer")
        return silent

    def _tell(self, answers: bool, error: object = "") -> None:
        before, self.answers = self.answers, answers
        if before is not False and not answers:
            logger.error("%s does not answer: %s", self._part, error)
        elif before is False and answers:
            logger.warning("%s answers again", self._part)


class Prober:
    """All parts that this shop has, from now on and to the end of the process."""

    def __init__(self) -> None:
        self.pid = os.getpid()
        # Every open connection to the database, to be ended when it freezes.
        self._open: weakref.WeakSet[psycopg.Connection[Any]] = weakref.WeakSet()
        self._using = threading.Lock()
        self.probes: dict[str, Probe] = {}
        if connections["default"].vendor == "postgresql":
            connection_created.connect(self._note)
            self.probes["db"] = Probe("db", self._database)
        if settings.REDIS_URL:
            self.probes["redis"] = Probe("redis", _redis, _redis_answers)
        if settings.RABBITMQ_URL:
            self.probes["rabbitmq"] = Probe("rabbitmq", _rabbitmq)
        if self.probes:
            for probe in self.probes.values():
                probe.start()
            threading.Thread(target=self._look, name="prober", daemon=True).start()

    def _look(self) -> None:
        pause = threading.Event()
        while not pause.wait(TICK):
            for name, probe in self.probes.items():
                try:
                    if probe.look():
                        self._end_waiting(name)
                except Exception:
                    # It is the last who would notice.
                    logger.exception("the look at %s failed", name)

    def _note(self, connection: Any, **kwargs: Any) -> None:
        if connection.alias == "default":
            with self._using:
                self._open.add(connection.connection)

    @contextmanager
    def _database(self) -> Iterator[Ask]:
        # Not from the pool, which has nobody to give when all of its own wait.
        known = connections["default"].get_connection_params()
        known |= {"connect_timeout": 2, "autocommit": True}
        try:
            opened = psycopg.connect(**known)
        except psycopg.OperationalError as error:
            if not _FULL.search(str(error)):
                raise
            # It answers, if only that it has no place for one more.
            once = iter([True])
            yield lambda: next(once)
            return
        with opened as connection:
            with self._using:
                self._open.add(connection)
            yield lambda: connection.execute("SELECT 1").fetchone()

    def _end_waiting(self, part: str) -> None:
        """Whoever waits for the part is told that the connection is broken."""
        if part == "db":
            with self._using:
                connections_now = list(self._open)
            for connection in connections_now:
                # It may be closed any moment.
                with suppress(OSError, psycopg.Error):
                    _shut(connection.fileno())
        elif part == "redis" and not settings.REDIS_CLUSTER:
            get_redis_connection("default").connection_pool.end_waiting()


def _shut(descriptor: int) -> None:
    # A copy of our own, which nobody else closes and gives a new meaning.
    with socket.socket(fileno=os.dup(descriptor)) as wire:
        wire.shutdown(socket.SHUT_RDWR)


@contextmanager
def _redis() -> Iterator[Ask]:
    if settings.REDIS_CLUSTER:
        # The client of the requests: it has connections to each node, with timeouts.
        yield get_redis_connection("default").ping
        return
    with Redis.from_url(
        settings.REDIS_URL, socket_connect_timeout=1, socket_timeout=2
    ) as client:
        yield client.ping


def _redis_answers(was_down: bool) -> None:
    """What the cache has not heard of meanwhile, it is told before it is used."""
    if not was_down:
        marks.settle()
    elif settings.REDIS_CLUSTER:
        marks.renew()
    else:
        # The pool has no connection for anybody yet.
        with Redis.from_url(settings.REDIS_URL, socket_timeout=2) as client:
            client.delete(cache.make_key(marks.EPOCH))


@contextmanager
def _rabbitmq() -> Iterator[Ask]:
    broker = connect_to_broker()
    try:
        # A question that changes nothing and has an answer.
        yield lambda: broker.default_channel.basic_qos(0, 1, False)
    finally:
        broker.collect()


_prober: Prober | None = None
_lock = threading.Lock()


def keep() -> None:
    """This process asks its parts; a fork has no threads and begins anew."""
    global _prober
    if _prober and _prober.pid == os.getpid():
        return
    with _lock:
        if not (_prober and _prober.pid == os.getpid()):
            _prober = Prober()


def answers(part: str) -> bool | None:
    """Whether `db`, `redis` or `rabbitmq` answers; None: not known, ask yourself."""
    found = _prober.probes.get(part) if _prober else None
    return found.answers if found else None


class RedisPool(ConnectionPool):
    """Nobody waits for a Redis that is known to be down."""

    def get_connection(self, *args: Any, **kwargs: Any) -> Any:
        if answers("redis") is False:
            raise RedisConnectionError("Redis does not answer")
        return super().get_connection(*args, **kwargs)

    def end_waiting(self) -> None:
        """Whoever waits for an answer is told that the connection is broken."""
        with self._lock:
            waiting = list(self._in_use_connections)
        for connection in waiting:
            # It may not be connected yet, or not any more.
            with suppress(OSError, AttributeError):
                _shut(connection._sock.fileno())
