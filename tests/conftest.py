"""Fixtures of every test: nothing left over, nothing outside."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest
from django.conf import settings
from django.core.cache import caches
from django.db import connection
from django.utils import translation
from pytest_django.live_server_helper import LiveServer
from redis import Redis

from tests.services.redis import start_cluster

pytest_plugins = [
    "tests.browser",
    "tests.emptying",
    "tests.faults.table",
    "tests.schema.table",
]

# Larger files than the repository holds: where they are not, the tests on them are not.
REAL_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
collect_ignore = [] if REAL_DATA.is_dir() else ["catalog/test_import_real.py"]

# A busy machine is slow, which proves nothing; CI tries the same examples each time.
hypothesis.settings.register_profile(
    "shop", deadline=None, derandomize="CI" in os.environ
)
hypothesis.settings.load_profile("shop")


@pytest.fixture(scope="session")
def redis_of_the_tests() -> Iterator[Redis | None]:
    """The Redis database of this run, or None on the embedded default."""
    url = os.environ.get("REDIS_URL")
    if not url:
        yield None
        return
    with Redis.from_url(url) as client:
        yield client
        client.flushdb()


@pytest.fixture(autouse=True)
def nothing_left_over(redis_of_the_tests: Redis | None) -> None:
    """Each test starts with an empty cache, an empty Redis and no language."""
    if redis_of_the_tests:
        redis_of_the_tests.flushdb()
    for name in settings.CACHES:
        caches[name].clear()
    # The language of a request stays with its thread, and with it what a name means:
    # each test begins without any, as after the migrations.
    translation.deactivate_all()


@pytest.fixture(scope="session")
def redis_nodes() -> list[str]:
    """The addresses of a Redis Cluster of this run."""
    return start_cluster()


@pytest.fixture
def redis_cluster(redis_nodes: list[str], settings: Any) -> str:
    """Carts and cache are on an empty Redis Cluster; the address of a node."""
    on_cluster(settings, redis_nodes[0])
    caches["default"].clear()
    return redis_nodes[0]


def on_cluster(settings: Any, url: str) -> None:
    """The settings as REDIS_CLUSTER=true makes them."""
    known = settings.CACHES["default"]
    options = {
        **known["OPTIONS"],
        "CLIENT_CLASS": "shop.redis.ClusterClient",
        "CONNECTION_FACTORY": "shop.redis.ClusterFactory",
    }
    cache = {**known, "LOCATION": [url], "OPTIONS": options}
    settings.CACHES = {"default": cache, "limits": cache}
    settings.REDIS_URL, settings.REDIS_CLUSTER = url, True


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    """The broker of tests marked `rabbitmq`; the shop itself runs without one."""
    return os.environ["TEST_FOUND_RABBITMQ"]


@pytest.fixture(scope="session")
def base_url(live_server: LiveServer) -> str:
    """Where browser tests find the shop; here, or pytest-playwright's own would win."""
    return live_server.url


@pytest.fixture
def django_capture_on_commit_callbacks() -> Any:
    """pytest-django's takes what has been added at the end. Some comes first of all
    (shop.marks), so this one takes everything that was not there before."""

    @contextmanager
    def capture(*, execute: bool = False) -> Iterator[list[Any]]:
        waiting, connection.run_on_commit = connection.run_on_commit, []
        callbacks: list[Any] = []
        try:
            yield callbacks
            while connection.run_on_commit:
                found: Any = connection.run_on_commit
                connection.run_on_commit = []
                for _savepoints, callback, robust in found:
                    callbacks.append(callback)
                    if execute:
                        with suppress(Exception) if robust else nullcontext():
                            callback()
        finally:
            connection.run_on_commit = waiting

    return capture


class OutsideCall(BaseException):
    """A test called somebody else's machine; no `except Exception` may hide it."""


def _service_hosts() -> set[str]:
    urls = [value for name, value in os.environ.items() if name.startswith("TEST_")]
    return {urlsplit(url).hostname or "" for url in urls if "://" in url}


@pytest.fixture(autouse=True, scope="session")
def no_network() -> Iterator[None]:
    """Only this machine, and the servers that the tests were given, can be reached."""
    allowed = _service_hosts() | {"localhost", ""}
    for host in list(allowed):
        allowed |= {str(entry[4][0]) for entry in socket.getaddrinfo(host or None, 0)}

    def check(host: Any) -> None:
        name = (host.decode() if isinstance(host, bytes) else host) or ""
        if name in allowed:
            return
        try:
            if ipaddress.ip_address(name).is_loopback:
                return
        except ValueError:
            pass
        raise OutsideCall(f"A test tried to reach {name}.")

    connect, connect_ex = socket.socket.connect, socket.socket.connect_ex
    getaddrinfo = socket.getaddrinfo

    def guarded_connect(self: socket.socket, address: Any) -> None:
        if isinstance(address, tuple):
            check(address[0])
        connect(self, address)

    def guarded_connect_ex(self: socket.socket, address: Any) -> int:
        if isinstance(address, tuple):
            check(address[0])
        return connect_ex(self, address)

    def guarded_getaddrinfo(host: Any, *args: Any, **kwargs: Any) -> Any:
        check(host)
        return getaddrinfo(host, *args, **kwargs)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket.socket, "connect", guarded_connect)
        patch.setattr(socket.socket, "connect_ex", guarded_connect_ex)
        patch.setattr(socket, "getaddrinfo", guarded_getaddrinfo)
        yield
