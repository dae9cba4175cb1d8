"""What is known about a part of the shop is believed, and nobody waits for it."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.core.cache import cache
from django.test import Client
from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as RedisConnectionError
from redis.retry import Retry

from shop import probes
from tests.faults.processes import wait_until

LOOKS = int((probes.INTERVAL + probes.PATIENCE * probes.TICK) / probes.TICK)


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> dict[str, bool]:
    """What the prober of this process would know."""
    parts: dict[str, bool] = {}
    monkeypatch.setattr(probes, "answers", parts.get)
    return parts


def test_a_database_known_to_be_down_is_not_asked(
    client: Client, known: dict[str, bool]
) -> None:
    known["db"] = False
    api = client.get("/api/products")
    assert (api.status_code, api.json()["code"]) == (503, "unavailable")
    page = client.get("/")
    assert (page.status_code, page["Retry-After"]) == (503, "30")
    health = client.get("/health")
    assert (health.status_code, health.json()["db"]) == (503, False)
    # What needs no database is served.
    for path in ("/health/live", "/sw.js", "/manifest.webmanifest"):
        assert client.get(path).status_code == 200
    # There is no such picture, which was found out.
    assert client.get("/media/none.webp").status_code == 404


@pytest.mark.django_db
def test_what_is_known_is_what_health_says(
    client: Client, known: dict[str, bool], settings: Any
) -> None:
    # Nobody is there, so an answer of their own would be false.
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.RABBITMQ_URL = "amqp://127.0.0.1:1//"
    known |= {"redis": True, "rabbitmq": True}
    assert client.get("/health").json()["status"] == "ok"
    known["rabbitmq"] = False
    said = client.get("/health").json()
    assert (said["status"], said["redis"], said["rabbitmq"]) == (
        "degraded",
        True,
        False,
    )


@pytest.mark.redis
def test_a_redis_known_to_be_down_is_not_asked(known: dict[str, bool]) -> None:
    cache.set("watched", 1)
    assert cache.get("watched") == 1
    known["redis"] = False
    assert cache.get("watched") is None
    known["redis"] = True
    assert cache.get("watched") == 1


def test_a_cut_connection_is_no_answer() -> None:
    """A part is down when nobody can connect, and well again when somebody can."""
    state = SimpleNamespace(reachable=True, connections=0, cut=False)

    @contextmanager
    def opened() -> Iterator[probes.Ask]:
        if not state.reachable:
            raise ConnectionRefusedError
        state.connections += 1

        def ask() -> None:
            if state.cut:
                state.cut = False
                raise ConnectionResetError

        yield ask

    probe = probes.Probe("thing", opened)
    told: list[bool] = []
    tell = probe._tell
    probe._tell = lambda answers, error="": (told.append(answers), tell(answers, error))  # type: ignore[assignment, method-assign, func-returns-value]
    probe.start()
    wait_until(lambda: probe.answers, "it answers")
    state.cut = True
    wait_until(lambda: state.connections == 2, "it is asked on another connection")
    assert False not in told
    state.reachable, state.cut = False, True
    wait_until(lambda: probe.answers is False, "it is down")
    state.reachable = True
    wait_until(lambda: probe.answers, "it is well again")


def test_silence_counts_by_looks() -> None:
    """A part that was asked and says nothing is down after three seconds of looks."""
    probe = probes.Probe("thing", lambda: pytest.fail("not started"))
    assert [probe.look() for _ in range(LOOKS)] == [False] * (LOOKS - 1) + [True]
    assert probe.answers is False


def test_a_new_connection_does_not_end_a_silence() -> None:
    """Only an answer does: or a frozen part would be waited for twice as long."""
    frozen, asked, given_up, asked_anew = (threading.Event() for _ in range(4))

    @contextmanager
    def opened() -> Iterator[probes.Ask]:
        if frozen.is_set():
            asked_anew.set()
            threading.Event().wait()

        def ask() -> None:
            if frozen.is_set():
                asked.set()
                given_up.wait()
                raise TimeoutError

        yield ask

    probe = probes.Probe("thing", opened)
    probe.start()
    wait_until(lambda: probe.answers, "it answers")
    frozen.set()
    assert asked.wait(10)
    assert not any(probe.look() for _ in range(LOOKS - 1))
    given_up.set()
    assert asked_anew.wait(10)
    assert probe.look()


@pytest.mark.redis
def test_whoever_waits_for_a_frozen_redis_is_told() -> None:
    """Well before the two seconds that each command has for itself."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        pool = probes.RedisPool(port=port, socket_timeout=None)
        told: list[Exception] = []

        def ask() -> None:
            try:
                Redis(connection_pool=pool, retry=Retry(NoBackoff(), 0)).ping()
            except RedisConnectionError as error:
                told.append(error)

        waiting = threading.Thread(target=ask)
        waiting.start()
        # It has said hello, and nobody answers.
        wire, _ = server.accept()
        with wire:
            assert wire.recv(100)
            pool.end_waiting()
            waiting.join(10)
            assert len(told) == 1


@pytest.mark.postgres
def test_a_full_database_is_not_a_silent_one(monkeypatch: pytest.MonkeyPatch) -> None:
    said = "FATAL: sorry, too many clients already"

    def refuse(**known: Any) -> None:
        raise psycopg.OperationalError(said)

    monkeypatch.setattr(probes.psycopg, "connect", refuse)
    prober = object.__new__(probes.Prober)
    # It has answered, and is asked on another connection next time.
    with prober._database() as ask:
        assert ask()
        with pytest.raises(StopIteration):
            ask()
    said = "Connection refused"
    with pytest.raises(psycopg.OperationalError), prober._database():
        pytest.fail("nobody is there")


def test_the_embedded_shop_has_nothing_to_watch(settings: Any) -> None:
    settings.REDIS_URL = settings.RABBITMQ_URL = ""
    if probes.connections["default"].vendor == "sqlite":
        assert probes.Prober().probes == {}
