"""A broker that is half dead, one behind TLS, and one with a virtual host."""

import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from django.test import Client

from events import broker as door
from events.broker import close_publisher, publisher
from events.services import relay
from shop import broker as way
from tests.events.conftest import Inboxes
from tests.events.proxy import Wire
from tests.events.says import say, state
from tests.images.internet import TLS

pytestmark = [pytest.mark.rabbitmq, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def wire(broker: str, settings: Any) -> Iterator[Callable[..., Wire]]:
    """Makes wires through which the shop speaks to the broker."""
    with ExitStack() as ends:
        ends.callback(close_publisher)

        def lay(host: str = "127.0.0.1", **how: Any) -> Wire:
            made = Wire(broker, **how)
            ends.callback(made.close)
            settings.RABBITMQ_URL = made.url(host)
            return made

        yield lay


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(door, "CONFIRM_TIMEOUT", 0.3)
    monkeypatch.setattr(way, "SOCKET_TIMEOUT", 0.3)
    monkeypatch.setattr(way, "CONNECT_TIMEOUT", 0.3)


@pytest.mark.usefixtures("impatient")
def test_a_broker_that_stops_answering_hangs_nobody(
    wire: Callable[..., Wire], inbox: Inboxes
) -> None:
    everything = inbox()
    between = wire()
    first = say()
    assert relay().sent == 1
    between.freeze()
    second = say()
    turn = relay()
    assert turn.sent == 0
    assert "timed out" in turn.trouble or "no confirm" in turn.trouble
    assert state(second) == ("pending", 1, 0)
    assert between.connections == 1
    between.thaw()
    assert relay().sent == 1
    ids = everything.ids()
    assert list(dict.fromkeys(ids)) == [str(first.pk), str(second.pk)]


@pytest.mark.usefixtures("impatient")
def test_a_broker_that_never_answers_hangs_nobody(wire: Callable[..., Wire]) -> None:
    wire().freeze()
    event = say()
    turn = relay()
    assert (turn.sent, state(event)) == (0, ("pending", 1, 0))
    assert "timed out" in turn.trouble


def test_a_connection_that_breaks_is_opened_anew(
    wire: Callable[..., Wire], inbox: Inboxes
) -> None:
    everything = inbox()
    between = wire()
    said = []
    for _ in range(3):
        said.append(say())
        assert relay().sent == 1
        between.cut()
    assert everything.ids() == [str(event.pk) for event in said]
    assert between.connections == 3
    assert [state(event) for event in said] == [("sent", 1, 0)] * 3


def test_one_connection_serves_many_turns(wire: Callable[..., Wire]) -> None:
    between = wire()
    for _ in range(3):
        say()
        assert relay().sent == 1
    assert between.connections == 1


@pytest.fixture
def tls(monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """A certificate of `cdn.example`, which is this machine, and is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(TLS / "authority.pem"))
    look_up = socket.getaddrinfo

    def here(host: Any, *args: Any, **kwargs: Any) -> Any:
        known = "127.0.0.1" if host in {"cdn.example", "other.example"} else host
        return look_up(known, *args, **kwargs)

    monkeypatch.setattr(socket, "getaddrinfo", here)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "server.pem")
    return context


def test_an_amqps_address(
    wire: Callable[..., Wire], inbox: Inboxes, tls: ssl.SSLContext
) -> None:
    everything = inbox()
    wire("cdn.example", tls=tls)
    event = say()
    assert (relay().trouble, everything.ids()) == ("", [str(event.pk)])
    sock = publisher()._connection.connection.sock
    assert isinstance(sock, ssl.SSLSocket)


def test_a_certificate_of_somebody_else_is_refused(
    wire: Callable[..., Wire], tls: ssl.SSLContext
) -> None:
    wire("other.example", tls=tls)
    event = say()
    turn = relay()
    assert (turn.sent, state(event)) == (0, ("pending", 1, 0))
    assert "Hostname mismatch" in turn.trouble


def test_a_certificate_that_nobody_vouches_for_is_refused(
    wire: Callable[..., Wire], tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    wire("cdn.example", tls=tls)
    say()
    assert "CERTIFICATE_VERIFY_FAILED" in relay().trouble


def test_an_unknown_virtual_host_is_trouble_and_no_refusal(
    broker: str, settings: Any
) -> None:
    settings.RABBITMQ_URL = broker.rpartition("/")[0] + "/nowhere-to-be-found"
    event = say()
    turn = relay()
    assert (turn.sent, state(event)) == (0, ("pending", 1, 0))
    assert "nowhere-to-be-found" in turn.trouble


def test_health_does_not_hang_on_a_broker_that_never_answers(
    wire: Callable[..., Wire], impatient: None, client: Client
) -> None:
    between = wire()
    assert client.get("/health").json()["rabbitmq"] is True
    between.freeze()
    assert client.get("/health").json()["rabbitmq"] is False
