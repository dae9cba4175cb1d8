"""Connections of `/img`: to public addresses only, and never past their time.

A host is looked up once, what was found is checked, and the connection goes to an
address that was checked: a name that means something else a moment later (DNS
rebinding) leads nowhere. httpx knows timeouts for each step alone; here every step gets
what is left of one.
"""

import logging
import socket
import ssl
import threading
from collections.abc import Iterable
from concurrent.futures import Future
from functools import cache
from time import monotonic
from typing import Any

import httpcore
import httpx

from images.exceptions import PrivateAddress, UpstreamFailed, UpstreamTooSlow
from images.guard import is_public

logger = logging.getLogger(__name__)

# A look-up cannot be broken off. So many may be under way, given up or not.
_look_ups = threading.BoundedSemaphore(16)


class Deadline:
    """The moment by which all of it has to be done."""

    def __init__(self, seconds: float) -> None:
        self._moment = monotonic() + seconds

    def left(self) -> float:
        """Seconds, more than none; UpstreamTooSlow when they are over."""
        seconds = self._moment - monotonic()
        if seconds <= 0:
            raise UpstreamTooSlow
        return seconds


def resolve(host: str, port: int) -> list[str]:
    """The addresses that the host has now, each once."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


def look_up(host: str, port: int, deadline: Deadline) -> list[str]:
    """The same, for as long as there is time: then its thread is left behind."""
    if not _look_ups.acquire(timeout=deadline.left()):
        raise UpstreamTooSlow
    future: Future[list[str]] = Future()

    def ask() -> None:
        try:
            future.set_result(resolve(host, port))
        except BaseException as error:
            future.set_exception(error)
        finally:
            _look_ups.release()

    threading.Thread(target=ask, name="image-look-up", daemon=True).start()
    try:
        return future.result(deadline.left())
    except TimeoutError as error:
        raise UpstreamTooSlow from error
    except (OSError, UnicodeError) as error:
        raise UpstreamFailed from error


def public_addresses(host: str, port: int, deadline: Deadline) -> list[str]:
    """Where the host is; PrivateAddress if but one of its addresses is not public."""
    addresses = look_up(host, port, deadline)
    for address in addresses:
        if not is_public(address):
            logger.warning("%s is refused: it resolves to %s", host, address)
            raise PrivateAddress
    return addresses


def connect(address: str, port: int, timeout: float) -> httpcore.NetworkStream:
    return httpcore.SyncBackend().connect_tcp(address, port, timeout)


class GuardedBackend(httpcore.NetworkBackend):
    """Makes the connections. The timeouts it is told give way to the deadline."""

    def __init__(self, deadline: Deadline) -> None:
        self._deadline = deadline

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.NetworkStream:
        """The first address that answers; the dead ones leave time for the others."""
        addresses = public_addresses(host, port, self._deadline)
        failure: Exception | None = None
        for tried, address in enumerate(addresses):
            share = self._deadline.left() / (len(addresses) - tried)
            try:
                stream = connect(address, port, share)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                failure = error
            else:
                return HurriedStream(stream, self._deadline)
        raise failure or UpstreamFailed


class HurriedStream(httpcore.NetworkStream):
    """A stream on which everything together ends at the deadline."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._stream = stream
        self._deadline = deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._deadline.left())

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        try:
            stream = self._stream.start_tls(
                ssl_context, server_hostname, self._deadline.left()
            )
        except BaseException:
            self.close()  # httpcore takes for granted that it is
            raise
        return HurriedStream(stream, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


@cache
def tls_context() -> ssl.SSLContext:
    """Reading the authorities takes longer than a picture: once for each process."""
    return httpx.create_ssl_context(trust_env=False)


class GuardedTransport(httpx.HTTPTransport):
    """httpx's own transport, over our connections and no proxy's."""

    def __init__(self, deadline: Deadline) -> None:
        context = tls_context()
        super().__init__(verify=context, trust_env=False)
        # httpx does not let a backend in; tests/images/test_guard.py sees to it that
        # this one is used.
        self._pool = httpcore.ConnectionPool(
            ssl_context=context, network_backend=GuardedBackend(deadline)
        )
