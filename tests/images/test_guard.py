"""Nobody makes the shop call a machine that is not on the public internet."""

import socket
from collections.abc import Callable
from ipaddress import ip_network
from typing import Any

import httpcore
import pytest

from images import network
from images.guard import REFUSED, is_public
from tests.images.internet import (
    OTHER,
    PUBLIC,
    Internet,
    answer,
    opened,
    picture,
    redirect,
)

Refused = Callable[..., str]
# The shop's own, which the tests put another in the place of.
TLS_CONTEXT = network.tls_context
PRIVATE = [
    "0.0.0.0",  # noqa: S104 - nobody listens here
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.0.170",
    "192.0.2.1",
    "192.31.196.1",
    "192.52.193.1",
    "192.88.99.1",
    "192.168.1.1",
    "192.175.48.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::ffff:127.0.0.1",
    "::ffff:10.0.0.1",
    "::ffff:93.184.216.34",
    "::ffff:0:127.0.0.1",
    "64:ff9b::127.0.0.1",
    "64:ff9b:1::1",
    "100::1",
    "100:0:0:1::1",
    "2001::1",
    "2001:2::1",
    "2001:10::1",
    "2001:20::1",
    "2001:db8::1",
    "2002:7f00:1::1",
    "2620:4f:8000::1",
    "3ffe::1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd12:3456:789a::1",
    "fe80::1",
    "fe80::1%eth0",
    "fe80::1%2",
    "fec0::1",
    "ff02::1",
]


@pytest.mark.parametrize("address", PRIVATE)
def test_a_name_of_a_private_address(
    refused: Refused, internet: Internet, address: str
) -> None:
    internet.answers["/a.png"] = answer(picture())
    internet.names["cdn.example"] = [[address]]
    assert refused() == "403 private_address"
    # One among public ones is one too many, wherever it stands.
    internet.names["cdn.example"] = [[PUBLIC, address], [address, PUBLIC]]
    assert refused() == refused() == "403 private_address"
    assert internet.connected == []


@pytest.mark.parametrize("address", [a for a in PRIVATE if "%" not in a])
def test_a_private_address_that_the_owner_allows_by_mistake(
    refused: Refused, internet: Internet, settings: Any, address: str
) -> None:
    host = f"[{address}]" if ":" in address else address
    settings.IMAGE_PROXY_ALLOWED_HOSTS = [address, host]
    internet.names[address] = [[address]]
    said = refused(f"https://{host}/a.png")
    # httpx writes IPv6 in its own way, and then the host is not the one allowed.
    assert said in {"403 private_address", "403 host_not_allowed"}
    assert internet.connected == []


@pytest.mark.parametrize("host", ["127.1", "2130706433", "0x7f000001", "0x7f.1"])
def test_other_spellings_of_loopback(
    refused: Refused, internet: Internet, settings: Any, host: str
) -> None:
    """A resolver takes them for addresses, without asking anybody."""
    settings.IMAGE_PROXY_ALLOWED_HOSTS = [host]
    internet.names[host] = [[socket.inet_ntoa(socket.inet_aton(host))]]
    assert refused(f"https://{host}/a.png") == "403 private_address"
    assert internet.connected == []


def test_the_name_of_this_machine(refused: Refused, settings: Any) -> None:
    """By the real resolver."""
    settings.IMAGE_PROXY_ALLOWED_HOSTS = ["localhost"]
    assert refused("https://localhost/a.png") == "403 private_address"


def test_the_twin_without_the_guard_reaches_it(
    img: Callable[..., Any], internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So the tests above would see it."""
    monkeypatch.setattr(network, "is_public", lambda address: True)
    internet.names["cdn.example"] = [["127.0.0.1"]]
    internet.answers["/a.png"] = answer(picture())
    assert opened(img()).size == (100, 75)
    assert internet.connected == ["127.0.0.1"]


def test_every_network_is_refused_from_its_first_address_to_its_last() -> None:
    for text in REFUSED:
        network = ip_network(text)
        assert not is_public(str(network[0]))
        assert not is_public(str(network[-1]))


@pytest.mark.parametrize(
    "address",
    [
        PUBLIC,
        OTHER,
        "1.0.0.0",
        "9.255.255.255",
        "11.0.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "126.255.255.255",
        "128.0.0.0",
        "169.253.255.255",
        "172.15.255.255",
        "172.32.0.0",
        "192.0.1.0",
        "192.167.255.255",
        "192.169.0.0",
        "198.17.255.255",
        "198.20.0.0",
        "223.255.255.255",
        "2001:200::1",
        "2606:4700::1111",
        "2a00:1450::1",
        "2003::1",
    ],
)
def test_the_neighbors_of_those_networks_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "text", ["", "cdn.example", "127.1", "1.2.3.4.5", "::g", "0x7f000001"]
)
def test_what_is_no_address_is_not_public(text: str) -> None:
    assert not is_public(text)


def test_a_name_that_changes_its_mind(
    img: Callable[..., Any], internet: Internet
) -> None:
    """DNS rebinding: the connection goes to the address that was checked."""
    internet.names["cdn.example"] = [[PUBLIC], ["127.0.0.1"]]
    internet.answers["/a.png"] = answer(picture())
    assert opened(img()).size == (100, 75)
    assert internet.connected == [PUBLIC]
    # The certificate was asked for the name, not for the address.
    assert b"Host: cdn.example\r\n" in internet.requests[0]


def test_each_hop_looks_again(refused: Refused, internet: Internet) -> None:
    internet.names["cdn.example"] = [[PUBLIC], ["127.0.0.1"]]
    internet.answers["/a.png"] = redirect("/b.png")
    internet.answers["/b.png"] = answer(picture())
    assert refused() == "403 private_address"
    assert internet.connected == [PUBLIC]


def test_a_dead_address_is_passed_over(
    img: Callable[..., Any], internet: Internet
) -> None:
    internet.names["cdn.example"] = [["2606:4700::1111", PUBLIC]]
    internet.dead = {"2606:4700::1111"}
    internet.answers["/a.png"] = answer(picture())
    assert opened(img()).size == (100, 75)
    assert internet.connected == ["2606:4700::1111", PUBLIC]


def test_only_dead_addresses_and_no_address(
    refused: Refused, internet: Internet
) -> None:
    internet.dead = {PUBLIC}
    assert refused() == "502 upstream_error"
    del internet.names["cdn.example"]
    assert refused() == "502 upstream_error"


def test_a_certificate_of_somebody_else(
    refused: Refused, internet: Internet, settings: Any
) -> None:
    settings.IMAGE_PROXY_ALLOWED_HOSTS = ["stranger.example"]
    internet.names["stranger.example"] = [[PUBLIC]]
    internet.answers["/a.png"] = answer(picture())
    assert refused("https://stranger.example/a.png") == "502 upstream_error"
    assert internet.asked == []


def test_an_authority_that_nobody_trusts(
    refused: Refused, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(network, "tls_context", TLS_CONTEXT)
    internet.answers["/a.png"] = answer(picture())
    assert refused() == "502 upstream_error"
    assert internet.asked == []


# --- Redirects --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("location", "said"),
    [
        ("http://cdn.example/b.png", "403 not_https"),
        ("file:///etc/passwd", "403 not_https"),
        ("https://evil.example/b.png", "403 host_not_allowed"),
        ("//evil.example/b.png", "403 host_not_allowed"),
        ("https://127.0.0.1/b.png", "403 host_not_allowed"),
        ("https://cdn.example:8443/b.png", "403 host_not_allowed"),
        ("https://somebody:secret@cdn.example/b.png", "403 host_not_allowed"),
        ("https://pictures.example/b.png", "403 private_address"),
        ("https://[::1", "502 upstream_error"),
        ("https://cdn.example:port/", "502 upstream_error"),
        ("/a.png", "502 upstream_error"),  # round and round
    ],
)
def test_redirects_are_checked_like_the_first_address(
    refused: Refused, internet: Internet, location: str, said: str
) -> None:
    internet.names["pictures.example"] = [["10.0.0.1"]]
    internet.answers["/a.png"] = redirect(location)
    internet.answers["/b.png"] = answer(picture())
    assert refused() == said
    assert set(internet.connected) == {PUBLIC}
    assert "/b.png" not in internet.asked


def test_three_redirects_and_no_more(
    img: Callable[..., Any], refused: Refused, internet: Internet
) -> None:
    internet.answers |= {
        "/0": redirect("https://pictures.example/1"),
        "/1": answer(status="307 Temporary Redirect", Location="2"),
        "/2": answer(status="308 Permanent Redirect", Location="?3"),
        "/2?3": answer(status="301 Moved Permanently", Location="/a.png"),
        "/a.png": answer(picture()),
    }
    assert refused("/0") == "502 upstream_error"
    assert internet.asked == ["/0", "/1", "/2", "/2?3"]
    assert opened(img("https://pictures.example/1")).size == (100, 75)
    assert internet.connected == [PUBLIC, OTHER, OTHER, OTHER] + [OTHER] * 4


@pytest.mark.parametrize(
    "status", ["300 Multiple Choices", "304 Not Modified", "302 Found"]
)
def test_a_redirect_to_nowhere(
    refused: Refused, internet: Internet, status: str
) -> None:
    internet.answers["/a.png"] = answer(status=status)
    assert refused() == "502 upstream_error"


def test_what_is_sent(img: Callable[..., Any], internet: Internet) -> None:
    """Nothing of the visitor, no cookie of the server, no word of who asks why."""
    internet.answers["/a.png"] = answer(
        status="302 Found", Location="/b.png", Set_Cookie="a=1; Domain=evil.example"
    )
    internet.answers["/b.png"] = answer(picture())
    opened(img())
    for request in internet.requests:
        names = {line.split(b":")[0] for line in request.splitlines()[1:] if line}
        assert names == {
            b"Host",
            b"Accept",
            b"Accept-Encoding",
            b"Connection",
            b"User-Agent",
        }
        assert b"Accept-Encoding: identity\r\n" in request


def test_a_proxy_of_the_environment_is_not_asked(
    img: Callable[..., Any], internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    internet.answers["/a.png"] = answer(picture())
    assert opened(img()).size == (100, 75)


def test_an_unknown_failure_is_the_one_of_the_last_address(
    refused: Refused, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    def late(address: str, port: int, timeout: float) -> Any:
        raise httpcore.ConnectTimeout

    monkeypatch.setattr(network, "connect", late)
    assert refused() == "504 upstream_timeout"
