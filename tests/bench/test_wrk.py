"""Figures are those of a real wrk, and there are none of answers that are errors."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from bench import servers, wrk
from bench.errors import Wrong

asked: list[tuple[str, str, str, str]] = []


class Answers(BaseHTTPRequestHandler):
    """Two bytes to everybody, but for what is not there."""

    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        length = int(self.headers.get("Content-Length", 0))
        body = self.rfile.read(length).decode()
        asked.append((self.command, self.path, self.headers.get("X-Who", ""), body))
        self.send_response(404 if self.path == "/nowhere" else 200)
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"ok")

    do_POST = do_GET

    def log_message(self, *args: object) -> None:
        """Nothing: thousands are asked."""


@pytest.fixture
def port() -> Iterator[int]:
    if not wrk.found():
        pytest.skip("wrk is not there (scripts/wrk.sh)")
    asked.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1]
    server.shutdown()
    server.server_close()


def test_a_list_is_asked_again_and_again(port: int) -> None:
    asks = [
        wrk.Ask("/one", headers={"X-Who": "a b"}),
        wrk.Ask("/two", "POST", body='{"qty": 1}'),
    ]
    figures = wrk.load(port, asks, 1)
    assert figures.rps > 0
    assert figures.p50_ms <= figures.p99_ms
    sent = {one for one in asked if one[1] != servers.FLOOR}
    assert sent == {("GET", "/one", "a b", ""), ("POST", "/two", "", '{"qty": 1}')}
    assert len(asked) >= figures.requests >= 2


def test_errors_give_no_figures(port: int) -> None:
    with pytest.raises(Wrong, match=r"/nowhere: [0-9]+ refused, 0 lost"):
        wrk.load(port, [wrk.Ask("/nowhere")], 1)


def test_what_may_be_asked_once_is_asked_once_or_gives_no_figures(port: int) -> None:
    asks = [wrk.Ask(f"/{number}") for number in range(3)]
    with pytest.raises(Wrong, match="the list of 3 was too short"):
        wrk.load(port, asks, 1, once=True)
    numbers = [path for _method, path, *_rest in asked if path != servers.FLOOR]
    # wrk takes the first one to see whether it is a request, and does not send it.
    assert sorted(numbers) == ["/1", "/2"]
