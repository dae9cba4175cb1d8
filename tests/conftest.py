"""Fixtures of every test: nothing left over, nothing outside."""

import ipaddress
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import hypothesis
import pytest
from django.core.cache import cache
from pytest_django.live_server_helper import LiveServer
from redis import Redis

pytest_plugins = ["tests.browser", "tests.faults.table"]

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
    """Each test starts with an empty cache and an empty Redis."""
    if redis_of_the_tests:
        redis_of_the_tests.flushdb()
    cache.clear()


@pytest.fixture(scope="session")
def rabbitmq_url() -> str:
    """The broker of tests marked `rabbitmq`; the shop itself runs without one."""
    return os.environ["TEST_FOUND_RABBITMQ"]


@pytest.fixture(scope="session")
def base_url(live_server: LiveServer) -> str:
    """Where browser tests find the shop; here, or pytest-playwright's own would win."""
    return live_server.url


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
