"""Many at once: one fetch for all, and never more than the shop can spare."""

import ssl
import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from images import services
from images.crowd import Places
from images.exceptions import TooManyAtOnce
from tests.images.internet import Answer, Internet, answer, opened, picture

ADDRESS = "/img?url=https://cdn.example/{}&w=100"


class Gate:
    """An answer that waits until the test opens the gate."""

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.reached = threading.Semaphore(0)
        self.open = threading.Event()

    def __call__(self, stream: ssl.SSLSocket, over: threading.Event) -> None:
        self.reached.release()
        self.open.wait()
        stream.sendall(self.content)


@pytest.fixture
def gate(internet: Internet) -> Any:
    made = Gate(answer(picture()))
    internet.answers["/a.png"] = made
    yield made
    made.open.set()


def in_threads(count: int, path: str) -> tuple[list[Any], Callable[[], None]]:
    """So many visitors ask at once; their answers, and how to wait for them."""
    answers: list[Any] = []

    def visit() -> None:
        answers.append(Client().get(ADDRESS.format(path)))

    threads = [threading.Thread(target=visit, daemon=True) for _ in range(count)]
    for thread in threads:
        thread.start()

    def wait() -> None:
        for thread in threads:
            thread.join(60)
            assert not thread.is_alive()

    return answers, wait


class Doors(Places):
    """Tells how many have come in."""

    def __init__(self, size: int) -> None:
        super().__init__(size)
        self.came = threading.Semaphore(0)

    def door(self) -> Any:
        inside = super().door()
        self.came.release()
        return inside


def test_eight_ask_and_one_fetches(
    internet: Internet, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    doors = Doors(8)
    monkeypatch.setattr(services, "_places", doors)
    answers, wait = in_threads(8, "a.png")
    for _visitor in range(8):
        assert doors.came.acquire(timeout=60)
    assert gate.reached.acquire(timeout=60)
    gate.open.set()
    wait()
    assert internet.asked == ["/a.png"]
    assert {opened(response).size for response in answers} == {(100, 75)}
    assert len({response.content for response in answers}) == 1


def test_a_failure_is_one_for_all_that_wait_and_not_for_the_next(
    internet: Internet, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate.content = answer(status="404 Not Found")
    answers, wait = in_threads(4, "a.png")
    assert gate.reached.acquire(timeout=60)
    gate.open.set()
    wait()
    assert {response.status_code for response in answers} == {502}
    internet.answers["/a.png"] = answer(picture())
    assert opened(Client().get(ADDRESS.format("a.png"))).size == (100, 75)


def test_no_place_left(
    client: Client, internet: Internet, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slow pictures hold but their own places: what is ready comes at once."""
    internet.answers["/b.png"] = internet.answers["/c.png"] = answer(picture())
    monkeypatch.setattr(services, "_places", Places(1))
    ready = client.get(ADDRESS.format("b.png"))
    answers, wait = in_threads(1, "a.png")
    assert gate.reached.acquire(timeout=60)
    response = client.get(ADDRESS.format("c.png"), headers={"accept-language": "en"})
    assert response.status_code == 503
    assert response.json() == {
        "detail": "The shop is busy. Please try again.",
        "code": "unavailable",
        "retry_after": 2,
    }
    assert response["Retry-After"] == "2"
    assert response["Cache-Control"] == "no-store"
    assert client.get(ADDRESS.format("b.png")).content == ready.content
    gate.open.set()
    wait()
    assert opened(answers[0]).size == (100, 75)
    # The place is free again, after a failure too.
    internet.answers["/d.png"] = answer(status="404 Not Found")
    assert client.get(ADDRESS.format("d.png")).status_code == 502
    assert opened(client.get(ADDRESS.format("c.png"))).size == (100, 75)


def test_whoever_waits_for_a_place_fetches_nothing(
    client: Client, internet: Internet, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(services, "_places", Places(2))
    monkeypatch.setattr("images.crowd.PATIENCE", 0)
    internet.answers["/b.png"] = gate
    internet.answers["/c.png"] = answer(picture())
    waits = [in_threads(1, path)[1] for path in ("a.png", "b.png")]
    for _visitor in waits:
        assert gate.reached.acquire(timeout=60)
    assert client.get(ADDRESS.format("c.png")).status_code == 503
    assert "/c.png" not in internet.asked
    gate.open.set()
    for wait in waits:
        wait()
    assert opened(client.get(ADDRESS.format("c.png"))).size == (100, 75)


def test_some_wait_for_a_place_and_not_for_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    places = Places(2)
    with places.door(), places.seat(), places.door(), places.seat():
        monkeypatch.setattr("images.crowd.PATIENCE", 0)
        with pytest.raises(TooManyAtOnce), places.seat():
            pass
        # One may wait; there is no door for another.
        with places.door(), pytest.raises(TooManyAtOnce), places.door():
            pass
    with places.door(), places.seat():
        pass


def test_whoever_comes_just_after_it_was_made(
    img: Callable[..., Any], internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look before the turn found nothing; the look at the turn does."""
    say: Answer = answer(picture())
    internet.answers["/a.png"] = say
    first = img().content
    load = services.storage.load
    looks = iter([lambda key: None, load])
    monkeypatch.setattr(services.storage, "load", lambda key: next(looks)(key))
    assert img().content == first
    assert internet.asked == ["/a.png"]
