"""An internet of one machine: names, addresses, and a server that speaks real TLS.

Only its two ends are made up. A name means what the test says instead of what DNS
says, and whatever address is connected to, the server of the test answers. All that
lies between, and so all that the shop decides, is real.
"""

import io
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpcore
from PIL import Image

TLS = Path(__file__).parent / "tls"
# Of the tests' names. Nobody is called there: the server listens on loopback.
PUBLIC = "93.184.216.34"
OTHER = "198.41.0.4"

# What a server says: all of it, or however it likes until the test is over.
Answer = bytes | Callable[[ssl.SSLSocket, threading.Event], None]


def answer(body: bytes = b"", status: str = "200 OK", **headers: object) -> bytes:
    """An HTTP answer; `Content_Length=…` takes the place of the right length."""
    fields = {"Content-Length": len(body), "Content-Type": "image/png"}
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"HTTP/1.1 {status}", *(f"{k}: {v}" for k, v in fields.items() if v != "")]
    return "\r\n".join([*lines, "", ""]).encode() + body


def redirect(location: str) -> bytes:
    return answer(status="302 Found", Location=location)


def drip(first: bytes) -> Answer:
    """Something now, and then a byte again and again, for as long as anybody reads."""

    def say(stream: ssl.SSLSocket, over: threading.Event) -> None:
        stream.sendall(first)
        while not over.wait(0.02):
            stream.sendall(b"1")

    return say


def flood(first: bytes, more: bytes) -> Answer:
    """Something, and then more of it without end."""

    def say(stream: ssl.SSLSocket, over: threading.Event) -> None:
        stream.sendall(first)
        while not over.is_set():
            stream.sendall(more)

    return say


def picture(
    size: tuple[int, int] = (400, 300),
    kind: str = "PNG",
    color: Any = "red",
    **save: Any,
) -> bytes:
    out = io.BytesIO()
    Image.new("RGBA" if kind == "PNG" else "RGB", size, color).save(out, kind, **save)
    return out.getvalue()


def opened(response: Any) -> Image.Image:
    """The picture in an answer, which has to be a 200."""
    assert response.status_code == 200, response.content
    image = Image.open(io.BytesIO(response.content))
    image.load()
    return image


class Internet:
    """`names`: host → what each look-up finds; the last stays. `answers`: by path."""

    def __init__(self) -> None:
        self.names: dict[str, list[list[str]]] = {
            "cdn.example": [[PUBLIC]],
            "pictures.example": [[OTHER]],
        }
        self.answers: dict[str, Answer] = {}
        self.dead: set[str] = set()
        self.connected: list[str] = []
        self.asked: list[str] = []
        self.requests: list[bytes] = []
        self.over = threading.Event()
        self._tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._tls.load_cert_chain(TLS / "server.pem")
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self.over.set()
        self._listener.close()

    # What takes the place of images.network's own.

    def resolve(self, host: str, port: int) -> list[str]:
        assert port == 443
        found = self.names.get(host)
        if found is None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return found.pop(0) if len(found) > 1 else found[0]

    def connect(self, address: str, port: int, timeout: float) -> Any:
        assert port == 443
        self.connected.append(address)
        if address in self.dead:
            raise httpcore.ConnectError
        return httpcore.SyncBackend().connect_tcp("127.0.0.1", self.port, timeout)

    def trust(self) -> ssl.SSLContext:
        return ssl.create_default_context(cafile=str(TLS / "authority.pem"))

    # The server.

    def _accept(self) -> None:
        while not self.over.is_set():
            try:
                connection, _peer = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection: socket.socket) -> None:
        try:
            with self._tls.wrap_socket(connection, server_side=True) as stream:
                head = b""
                while b"\r\n\r\n" not in head:
                    if not (more := stream.recv(65536)):
                        return
                    head += more
                path = head.split(b" ")[1].decode()
                self.requests.append(head)
                self.asked.append(path)
                say = self.answers.get(path, answer(status="404 Not Found"))
                if callable(say):
                    say(stream, self.over)
                else:
                    stream.sendall(say)
        except OSError:  # the shop has hung up, as it should
            pass
        finally:
            connection.close()
