"""A wire to RabbitMQ that the test can cut, freeze or wrap in TLS."""

import selectors
import socket
import ssl
import threading
from contextlib import suppress
from urllib.parse import urlsplit, urlunsplit

PATIENCE = 60


class Wire:
    """Listens on loopback and passes on what comes, until it is told otherwise."""

    def __init__(self, url: str, tls: ssl.SSLContext | None = None) -> None:
        self._parts = urlsplit(url)
        self._tls = tls
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._ends: list[socket.socket] = []
        self._threads: list[threading.Thread] = []
        self._flows = threading.Event()
        self._flows.set()
        self.connections = 0
        # So many are taken, and whoever comes later is turned away.
        self.at_most = 1000
        self._start(self._accept)

    def url(self, host: str = "127.0.0.1") -> str:
        """Where the shop is told that RabbitMQ is."""
        scheme = "amqps" if self._tls else "amqp"
        login = self._parts.netloc.rpartition("@")[0]
        place = f"{login}@{host}:{self._listener.getsockname()[1]}"
        return urlunsplit(self._parts._replace(scheme=scheme, netloc=place))

    def freeze(self) -> None:
        """Both ends stay connected, and nothing comes through any more."""
        self._flows.clear()

    def thaw(self) -> None:
        self._flows.set()

    def cut(self) -> None:
        """Every connection breaks; new ones are taken."""
        ends, self._ends = self._ends, []
        for end in ends:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Nobody listens any more, and nothing is left."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self._flows.set()
        self.cut()
        for thread in self._threads:
            thread.join(PATIENCE)

    def _start(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            if self.connections == self.at_most:
                near.close()
                continue
            self.connections += 1
            self._start(self._serve, near)

    def _serve(self, near: socket.socket) -> None:
        broker = (self._parts.hostname or "127.0.0.1", self._parts.port or 5672)
        with near, socket.create_connection(broker) as far:
            try:
                near = (
                    self._tls.wrap_socket(near, server_side=True) if self._tls else near
                )
            except OSError:
                return
            with near:
                self._ends += [near, far]
                self._pass_on(near, far)

    def _pass_on(self, near: socket.socket, far: socket.socket) -> None:
        with selectors.DefaultSelector() as selector, suppress(OSError):
            selector.register(near, selectors.EVENT_READ, far)
            selector.register(far, selectors.EVENT_READ, near)
            while True:
                for key, _ in selector.select():
                    source: socket.socket = key.fileobj  # type: ignore[assignment]
                    data = source.recv(65536)
                    while isinstance(source, ssl.SSLSocket) and source.pending():
                        data += source.recv(65536)
                    self._flows.wait()
                    if not data:
                        return
                    key.data.sendall(data)
