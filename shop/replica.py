"""Reads that a read replica may answer: the catalog's and the figures', no others.

A view says by `@from_replica(…)` of which apps its rows may come from there. They do
only while all of this holds, else the primary answers as if there were no replica:

- whoever asks has not written anything lately (a cookie says so), nor in this request;
- no transaction is open on the primary;
- the replica answers, and is not far behind.

Tasks and commands are no requests: they always ask the primary.
"""

import functools
import logging
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django.core.exceptions import MiddlewareNotUsed
from django.db import (
    DEFAULT_DB_ALIAS,
    InterfaceError,
    OperationalError,
    connections,
)
from django.http import HttpRequest, HttpResponseBase

logger = logging.getLogger(__name__)

PRIMARY = DEFAULT_DB_ALIAS
REPLICA = "replica"
# Seconds for which the last look at the replica is believed.
LOOK_SECONDS = 2
# Seconds without a look after one that found no replica, or a bad one.
REST_SECONDS = 10
# Seconds after a look that has not come back: the replica hangs.
PATIENCE = 3 * LOOK_SECONDS
# A visitor who has this cookie wrote something a moment ago.
COOKIE = "wrote"
_WRITES = re.compile(
    r"\b(INSERT|UPDATE|DELETE|MERGE|COPY|TRUNCATE|CREATE|ALTER|DROP)\b", re.IGNORECASE
)
T = TypeVar("T")


@dataclass
class _Asking:
    """One request, and what it may read from the replica now."""

    # Nothing was written by whoever asks, lately or in this request.
    may: bool
    apps: frozenset[str] = frozenset()
    # Something is read to be kept, and has to be as new as its marks.
    primary: bool = False


_asking: ContextVar[_Asking | None] = ContextVar("asking", default=None)


def behind_seconds() -> float:
    """What is older than this has reached a replica that counts as well."""
    return float(settings.DATABASE_REPLICA_MAX_LAG + PATIENCE)


def alias_for(app: str) -> str:
    """The database from which rows of this app are read now."""
    asking = _asking.get()
    if asking is None or not asking.may or app not in asking.apps:
        return PRIMARY
    if asking.primary:
        return PRIMARY
    if connections[PRIMARY].in_atomic_block:
        return PRIMARY
    return REPLICA


def reading(app: str) -> Any:
    """The connection for plain SQL that reads rows of this app."""
    return connections[alias_for(app)]


def from_replica(*apps: str) -> Callable[[Callable[..., T]], Callable[..., T]]:
    """What the function reads of these apps may come from the replica.

    The function changes nothing. It is called once more, on the primary, if the
    replica fails it: dies, or needs the rows' old versions gone.
    """

    def decorate(view: Callable[..., T]) -> Callable[..., T]:
        @functools.wraps(view)
        def answer(*args: Any, **kwargs: Any) -> T:
            asking = _asking.get()
            if asking is None or not asking.may or asking.apps or not _health.is_good():
                return view(*args, **kwargs)
            asking.apps = frozenset(apps)
            try:
                return view(*args, **kwargs)
            except (OperationalError, InterfaceError) as error:
                # The primary may have been the one that failed: it is asked again.
                logger.warning("read again from the primary: %s", error)
                _health.doubt()
                asking.apps = frozenset()
                return view(*args, **kwargs)
            finally:
                asking.apps = frozenset()

        return answer

    return decorate


@contextmanager
def from_primary() -> Iterator[None]:
    """Whatever is read inside has everything that was committed before."""
    asking = _asking.get()
    if asking is None or asking.primary:
        yield
        return
    asking.primary = True
    try:
        yield
    finally:
        asking.primary = False


class ReplicaRouter:
    """Django's own queries; writes and migrations know the primary alone."""

    def db_for_read(self, model: Any, **_hints: Any) -> str:
        return alias_for(model._meta.app_label)

    def db_for_write(self, model: Any, **_hints: Any) -> str:
        # Not where the row was read from, which is Django's own rule.
        return PRIMARY

    def allow_relation(self, *_objects: Any, **_hints: Any) -> bool:
        return True

    def allow_migrate(self, db: str, _app: str, **_hints: Any) -> bool | None:
        return None if db == PRIMARY else False


class ReplicaMiddleware:
    """Knows of each request whether it writes, and whether its sender just did."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        if REPLICA not in settings.DATABASES:
            raise MiddlewareNotUsed
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        # A bearer is a program, which keeps no cookies to know it by.
        known = COOKIE in request.COOKIES or "Authorization" in request.headers
        asking, wrote = _Asking(may=not known), False

        def watch(execute: Any, sql: Any, params: Any, many: bool, about: Any) -> Any:
            nonlocal wrote
            if _WRITES.search(str(sql)):
                wrote, asking.may = True, False
            return execute(sql, params, many, about)

        token = _asking.set(asking)
        try:
            with connections[PRIMARY].execute_wrapper(watch):
                response = self.get_response(request)
        finally:
            _asking.reset(token)
        # What is public is everybody's, and takes no cookie with it.
        if wrote and "public" not in response.get("Cache-Control", ""):
            response.set_cookie(
                COOKIE,
                "1",
                max_age=int(behind_seconds()) + 1,
                secure=settings.HTTPS_ONLY,
                httponly=True,
                samesite="Lax",
            )
        return response


class _Health:
    """Whether the replica answers and is near enough, as this process saw it last."""

    def __init__(self) -> None:
        self._good = False
        self._until = 0.0
        self._one = threading.Lock()

    def is_good(self) -> bool:
        now = time.monotonic()
        if now < self._until:
            return self._good
        if self._one.acquire(blocking=False):
            try:
                good = _look()
                if good != self._good:
                    logger.warning(
                        "the read replica %s", "is used" if good else "is left alone"
                    )
                # From the beginning of the look: what it saw is as old as that. After
                # a bad one, which may have taken seconds, requests are left in peace.
                until = now + LOOK_SECONDS if good else time.monotonic() + REST_SECONDS
                self._good, self._until = good, until
            finally:
                self._one.release()
            return self._good
        # Somebody is looking. If that takes long, the answer is no.
        return self._good and now < self._until + LOOK_SECONDS

    def doubt(self) -> None:
        """It has failed somebody: not before the next look."""
        self._good, self._until = False, time.monotonic() + LOOK_SECONDS


_health = _Health()


def _look() -> bool:
    """Has the replica replayed all that the primary has, or something of late?

    Without the first an idle shop's replica would seem to be as far behind as the last
    order is old; without the second a busy shop's would never be level. What is no
    standby, such as one that was promoted, has a life of its own and is not asked.
    """
    try:
        with connections[PRIMARY].cursor() as cursor:
            cursor.execute("SELECT pg_current_wal_lsn()::text")
            (written,) = cursor.fetchone()
        with connections[REPLICA].cursor() as cursor:
            cursor.execute(
                "SELECT pg_is_in_recovery() AND ("
                " pg_last_wal_replay_lsn() >= %s::pg_lsn"
                " OR now() - pg_last_xact_replay_timestamp()"
                " < make_interval(secs => %s))",
                [written, settings.DATABASE_REPLICA_MAX_LAG],
            )
            return bool(cursor.fetchone()[0])
    except (OperationalError, InterfaceError):
        return False
