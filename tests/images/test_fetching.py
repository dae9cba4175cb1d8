"""What the server of a picture may do: be slow, endless, wrong, or tell stories."""

import gzip
import ssl
import struct
import threading
import zlib
from collections.abc import Callable
from typing import Any

import httpcore
import pytest

from images import network
from images.exceptions import UpstreamTooSlow
from tests.images.internet import (
    Answer,
    Internet,
    answer,
    drip,
    flood,
    opened,
    picture,
    redirect,
)

Refused = Callable[..., str]
MEGABYTE = 1024 * 1024


@pytest.fixture
def hurry(settings: Any) -> None:
    """Time that is over before a server that waits for the test's end has answered."""
    settings.IMAGE_PROXY_TIMEOUT = 0.3


# --- Time -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "say",
    [
        pytest.param(lambda stream, over: over.wait(), id="nothing"),
        pytest.param(drip(b""), id="status"),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\nX-A: "), id="header"),
        pytest.param(
            drip(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"), id="body"
        ),
        pytest.param(drip(b"HTTP/1.1 200 OK\r\n\r\n"), id="body of no length"),
        pytest.param(
            drip(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\n"),
            id="chunk",
        ),
        pytest.param(flood(b"", b"HTTP/1.1 100 Continue\r\n\r\n"), id="continue"),
    ],
)
@pytest.mark.usefixtures("hurry")
def test_a_server_that_takes_its_time(
    refused: Refused, internet: Internet, cache_dir: Any, say: Answer
) -> None:
    internet.answers["/a.png"] = say
    assert refused() == "504 upstream_timeout"
    assert not cache_dir.exists()


@pytest.mark.usefixtures("hurry")
def test_all_redirects_share_one_time(refused: Refused, internet: Internet) -> None:
    def hesitate(location: str) -> Answer:
        def say(stream: ssl.SSLSocket, over: threading.Event) -> None:
            over.wait(0.2)
            stream.sendall(answer(status="302 Found", Location=location))

        return say

    internet.answers["/a.png"] = hesitate("/b.png")
    internet.answers["/b.png"] = hesitate("/c.png")
    internet.answers["/c.png"] = answer(picture())
    assert refused() == "504 upstream_timeout"
    assert "/c.png" not in internet.asked


@pytest.mark.usefixtures("hurry")
def test_a_resolver_that_hangs_and_a_handshake_that_does(
    refused: Refused, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def hang(host: str, port: int) -> list[str]:
        internet.over.wait()
        return []

    # A server that accepts and never speaks.
    monkeypatch.setattr(internet, "_talk", lambda connection: internet.over.wait())
    assert refused() == "504 upstream_timeout"
    monkeypatch.setattr(network, "resolve", hang)
    assert refused() == "504 upstream_timeout"


@pytest.mark.usefixtures("hurry")
def test_look_ups_that_hang_are_not_without_number(
    refused: Refused, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    none_left = threading.BoundedSemaphore(1)
    none_left.acquire()
    monkeypatch.setattr(network, "_look_ups", none_left)
    assert refused() == "504 upstream_timeout"
    assert internet.connected == []


class Watched(httpcore.NetworkStream):
    """A stream that notes how long each of its steps may take."""

    def __init__(self, stream: httpcore.NetworkStream, told: list[float]) -> None:
        self.stream, self.told = stream, told

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        self.told.append(timeout)
        return self.stream.read(max_bytes, timeout)

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self.told.append(timeout)
        self.stream.write(buffer, timeout)

    def start_tls(self, *args: Any) -> httpcore.NetworkStream:
        self.told.append(args[-1])
        return Watched(self.stream.start_tls(*args), self.told)

    def close(self) -> None:
        self.told.append(0)
        self.stream.close()


def test_a_connection_that_was_made_too_late_is_closed() -> None:
    told: list[float] = []
    watched = Watched(httpcore.MockStream([]), told)
    late = network.HurriedStream(watched, network.Deadline(0))
    with pytest.raises(UpstreamTooSlow):
        late.start_tls(ssl.create_default_context(), "cdn.example")
    assert told == [0]


def test_every_step_gets_what_the_others_have_left(
    img: Callable[..., Any],
    internet: Internet,
    settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told: list[float] = []

    def connect(address: str, port: int, timeout: float) -> httpcore.NetworkStream:
        told.append(timeout)
        return Watched(internet.connect(address, port, timeout), told)

    monkeypatch.setattr(network, "connect", connect)
    settings.IMAGE_PROXY_TIMEOUT = 50
    internet.answers["/a.png"] = redirect("/b.png")
    internet.answers["/b.png"] = answer(picture())
    opened(img())
    assert len(told) >= 10  # two times connect, TLS, write, read, close
    steps = [timeout for timeout in told if timeout]
    assert steps == sorted(steps, reverse=True)
    assert 0 < steps[-1] < steps[0] < 50


# --- Size -------------------------------------------------------------------------


def test_too_many_bytes_by_the_header(refused: Refused, internet: Internet) -> None:
    """Nothing of the body is waited for: none comes."""
    internet.answers["/a.png"] = answer(Content_Length=MEGABYTE + 1)
    assert refused() == "413 too_big"
    internet.answers["/a.png"] = answer(Content_Length=10**18)
    assert refused() == "413 too_big"


@pytest.mark.parametrize(
    ("head", "more"),
    [
        (b"", b"a" * 65536),
        (b"Transfer-Encoding: chunked\r\n", b"10000\r\n" + b"a" * 65536 + b"\r\n"),
    ],
)
def test_a_body_without_end(
    refused: Refused, internet: Internet, head: bytes, more: bytes
) -> None:
    internet.answers["/a.png"] = flood(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n", more)
    assert refused() == "413 too_big"


def test_the_limit_itself_is_within(
    img: Callable[..., Any], internet: Internet
) -> None:
    whole = picture()
    internet.answers["/a.png"] = answer(whole + b"\0" * (MEGABYTE - len(whole)))
    assert opened(img()).size == (100, 75)
    more = whole + b"\0" * (MEGABYTE - len(whole) + 1)
    internet.answers["/b.png"] = answer(more)
    assert img("/b.png").status_code == 413
    # The same where no length is told.
    internet.answers["/c.png"] = answer(more[:-1], Content_Length="")
    internet.answers["/d.png"] = answer(more, Content_Length="")
    assert opened(img("/c.png")).size == (100, 75)
    assert img("/d.png").status_code == 413


def test_headers_without_end(refused: Refused, internet: Internet) -> None:
    internet.answers["/a.png"] = flood(b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000)
    assert refused() == "502 upstream_error"


def png_of(width: int, height: int) -> bytes:
    """A few hundred bytes that say they are a picture of that size."""

    def chunk(name: bytes, data: bytes) -> bytes:
        check = struct.pack(">I", zlib.crc32(name + data))
        return struct.pack(">I", len(data)) + name + data + check

    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    rows = zlib.compress(b"\0" * 1000)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", rows)
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "size", [(6000, 4001), (10_000, 10_000), (30_000, 30_000), (2**31 - 1, 2**31 - 1)]
)
def test_too_many_pixels(
    refused: Refused, internet: Internet, size: tuple[int, int]
) -> None:
    internet.answers["/a.png"] = answer(png_of(*size))
    assert refused() == "413 too_big"


# --- Answers that are none --------------------------------------------------------


@pytest.mark.parametrize(
    "say",
    [
        b"",
        b"\0" * 1000,
        b"SSH-2.0-OpenSSH_9.2p1\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nContent-Length: " + b"9" * 1000 + b"\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nffff\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\nab",
        b"HTTP/1.1 200 OK\r\nX Y: \r\n\r\nab",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
        answer(picture(), Content_Length=5000),  # less than it promises
        answer(picture(), status="404 Not Found"),
        answer(picture(), status="403 Forbidden"),
        answer(picture(), status="500 Internal Server Error"),
        answer(picture(), status="429 Too Many Requests"),
        answer(picture(), status="206 Partial Content"),
        answer(status="204 No Content", Content_Length=""),
        answer(picture(), Content_Encoding="gzip"),
        answer(gzip.compress(picture()), Content_Encoding="gzip"),
        answer(picture(), Content_Encoding="br"),
        answer(picture(), Content_Encoding="identity, gzip"),
        answer(gzip.compress(b"\0" * 50 * MEGABYTE), Content_Encoding="gzip"),
    ],
)
def test_answers_that_are_none(
    refused: Refused, internet: Internet, cache_dir: Any, say: bytes
) -> None:
    internet.answers["/a.png"] = say
    assert refused() == "502 upstream_error"
    assert not cache_dir.exists()


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize(
    "body",
    [
        b"",
        SVG,
        b'<?xml version="1.0"?>' + SVG,
        b"<!doctype html><script>alert(1)</script>",
        b"GIF89a=1;alert(1)",
        b"\x89PNG\r\n\x1a\n",
        b"%PDF-1.7",
        b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\n",
        b"PK\x03\x04",
        picture()[:-40],
        picture(kind="JPEG", size=(800, 600))[:-2000],
        picture(kind="WEBP")[:-20],
        picture(kind="AVIF")[:-20],
        picture(kind="TIFF"),
        picture(kind="BMP"),
        picture(kind="ICO"),
        gzip.compress(picture()),
    ],
)
def test_what_is_no_picture(refused: Refused, internet: Internet, body: bytes) -> None:
    """Whatever its server calls it."""
    for kind in ("image/png", "image/svg+xml", "text/html"):
        internet.answers["/a.png"] = answer(body, Content_Type=kind)
        assert refused() == "415 not_a_picture"


def test_a_body_longer_than_its_header_says(
    img: Callable[..., Any], internet: Internet
) -> None:
    whole = picture()
    internet.answers["/a.png"] = answer(
        whole + b"HTTP/1.1 200 OK\r\n\r\n" + SVG, Content_Length=len(whole)
    )
    assert opened(img()).size == (100, 75)
    internet.answers["/b.png"] = answer(whole, Content_Length=len(whole) - 40)
    assert img("/b.png").status_code == 415


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_that_is_a_program_too(
    img: Callable[..., Any], internet: Internet, kind: str
) -> None:
    """It is drawn anew: what was hidden in it, or behind it, stays behind."""
    program = b"<script>alert(1)</script>PK\x03\x04"
    noted = {"PNG": {}, "WEBP": {}}.get(kind, {"comment": program})
    internet.answers["/a.png"] = answer(
        picture(kind=kind, **noted) + program, Content_Type="text/html"
    )
    for accept in ("", "image/webp", "image/avif"):
        response = img(accept=accept)
        assert opened(response).size == (100, 75)
        assert b"alert" not in response.content
        assert response["Content-Type"].startswith("image/")


def test_an_answer_tells_nothing_of_what_went_wrong(
    img: Callable[..., Any], internet: Internet, caplog: pytest.LogCaptureFixture
) -> None:
    """Nor does the log: what stands in an address may be a secret."""
    caplog.set_level("INFO")
    internet.answers["/a.png?token=secret"] = answer(
        b"inside information", status="500 Internal Server Error"
    )
    response = img("/a.png?token=secret")
    assert response.json() == {
        "detail": "The picture's server did not give it.",
        "code": "upstream_error",
    }
    assert "secret" not in caplog.text
    assert "cdn.example answered 500" in caplog.text
    internet.answers["/b.png?token=secret"] = b"secret"
    assert img("/b.png?token=secret").status_code == 502
    assert "secret" not in caplog.text
    assert "cdn.example failed: RemoteProtocolError" in caplog.text
