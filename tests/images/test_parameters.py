"""What `/img` takes for an address, a size and a quality, and what it does not."""

from collections.abc import Callable
from typing import Any

import pytest
from django.http import QueryDict
from django.test import Client
from django.urls import set_script_prefix

from images.addresses import is_proxied, proxied
from images.formats import AVIF, JPEG, WEBP
from images.parameters import Parameters
from tests.images.internet import Internet, answer, opened, picture

A = "https://cdn.example/a.png"

NOT_FETCHED = {
    "https://evil.example/a.png": "403 host_not_allowed",
    "https://sub.cdn.example/a.png": "403 host_not_allowed",
    "https://cdn.example.evil.example/a.png": "403 host_not_allowed",
    "https://cdn.example./a.png": "403 host_not_allowed",
    "https://cdn.example@evil.example/a.png": "403 host_not_allowed",
    "https://cdn.example\\@evil.example/a.png": "403 host_not_allowed",
    "https://evil.example\\.cdn.example/a.png": "403 host_not_allowed",
    "https://evil.example#@cdn.example/a.png": "403 host_not_allowed",
    "https://evil.example?@cdn.example/a.png": "403 host_not_allowed",
    "https://somebody:secret@cdn.example/a.png": "403 host_not_allowed",
    "https://@cdn.example:secret@evil.example/a.png": "403 host_not_allowed",
    "https://cdn%2eexample/a.png": "403 host_not_allowed",
    "https://cdn.example:80/a.png": "403 host_not_allowed",
    "https://cdn.example:8443/a.png": "403 host_not_allowed",
    "https://127.0.0.1/a.png": "403 host_not_allowed",
    "https://2130706433/a.png": "403 host_not_allowed",
    "https://0x7f.1/a.png": "403 host_not_allowed",
    "https://[::1]/a.png": "403 host_not_allowed",
    "https://[::ffff:127.0.0.1]/a.png": "403 host_not_allowed",
    "https://[fe80::1%25eth0]/a.png": "403 host_not_allowed",
    "http://cdn.example/a.png": "403 not_https",
    "ftp://cdn.example/a.png": "403 not_https",
    "javascript://cdn.example/a.png": "403 not_https",
    "": "400 bad_parameter",
    "a.png": "400 bad_parameter",
    "/a.png": "400 bad_parameter",
    "//cdn.example/a.png": "400 bad_parameter",
    "https:/cdn.example/a.png": "400 bad_parameter",
    "https:////cdn.example/a.png": "400 bad_parameter",
    "https://": "400 bad_parameter",
    "https://:443/a.png": "400 bad_parameter",
    "data:image/png;base64,iVBORw0KGgo=": "400 bad_parameter",
    "file:///etc/passwd": "400 bad_parameter",
    "https://[::1/a.png": "400 bad_parameter",
    "https://cdn.example:port/a.png": "400 bad_parameter",
    f"https://cdn.example:{'9' * 5000}/a.png": "400 bad_parameter",
    "https://ⓒdn.example/a.png": "400 bad_parameter",
    " https://cdn.example/a.png": "400 bad_parameter",
    "https://cdn.example/a.png\0": "400 bad_parameter",
    "https://cdn.example/a\r\nHost: evil.example": "400 bad_parameter",
    "https://cdn.example/" + "a" * 3800: "400 bad_parameter",
    "https://cdn.example/" + "ж" * 700: "400 bad_parameter",
}


@pytest.mark.parametrize(("url", "said"), NOT_FETCHED.items())
def test_addresses_that_are_not_fetched(
    client: Client, internet: Internet, url: str, said: str
) -> None:
    response = client.get("/img", {"url": url, "w": 100})
    assert f"{response.status_code} {response.json()['code']}" == said
    assert internet.connected == []
    # And no page sends a browser here with it.
    assert not is_proxied(url)
    assert proxied(url, 100) == url


FETCHED = {
    A: "/a.png",
    "HTTPS://CDN.Example/a.png": "/a.png",
    "https://cdn.example:443/a.png": "/a.png",
    "https://cdn.example:/a.png": "/a.png",
    "https://cdn.example/a.png#part": "/a.png",
    "https://cdn.example/b/../a.png": "/a.png",
    "https://cdn.example": "/",
    "https://cdn.example/a.png?x=1&y=%20": "/a.png?x=1&y=%20",
    "https://cdn.example/чай 1.png": "/%D1%87%D0%B0%D0%B9%201.png",
    "https://cdn.example/%D1%87\\@evil.example": "/%D1%87\\@evil.example",
    "https://пример.example/a.png": "/a.png",
    "https://ПРИМЕР.example/a.png": "/a.png",
    "https://xn--e1afmkfd.example/a.png": "/a.png",
}


@pytest.mark.parametrize(("url", "path"), FETCHED.items())
def test_addresses_that_are_fetched(
    img: Callable[..., Any], internet: Internet, settings: Any, url: str, path: str
) -> None:
    settings.IMAGE_PROXY_ALLOWED_HOSTS = ["cdn.example", " Пример.example"]
    internet.names["xn--e1afmkfd.example"] = internet.names["cdn.example"]
    internet.answers[path] = answer(picture())
    assert opened(img(url)).size == (100, 75)
    assert internet.asked == [path]
    assert is_proxied(url)


@pytest.mark.parametrize(
    ("query", "parameter"),
    [
        ("", "w"),
        ("q=85", "w"),
        ("w=", "w"),
        ("w=63", "w"),
        ("w=1601", "w"),
        ("w=100&h=0", "h"),
        ("w=100&h=1601", "h"),
        ("h=-100", "h"),
        ("w=%2B100", "w"),
        ("w=+100", "w"),
        ("w=1e2", "w"),
        ("w=100.0", "w"),
        ("w=%D9%A1%D9%A0%D9%A0", "w"),  # 100 in Arabic digits
        ("w=1" + "0" * 100_000, "w"),
        ("w=100%00", "w"),
        ("w=%FF", "w"),
        ("w=100&w=100", "w"),
        ("w=100&w=200", "w"),
        ("w=100&fit=fill", "fit"),
        ("w=100&fit=", "fit"),
        ("w=100&fit=Cover", "fit"),
        ("w=100&q=96", "q"),
        ("w=100&q=-1", "q"),
        ("w=100&q=", "q"),
        ("w=100&q=8,5", "q"),
        ("w=100&url=https://cdn.example/b.png", "url"),
    ],
)
def test_parameters_out_of_their_bounds(
    client: Client, internet: Internet, query: str, parameter: str
) -> None:
    response = client.get(
        f"/img?url=https://cdn.example/a.png&{query}", headers={"accept-language": "en"}
    )
    assert response.status_code == 400
    assert response.json() == {
        "detail": f"The parameter “{parameter}” is missing or wrong.",
        "code": "bad_parameter",
        "parameter": parameter,
    }
    assert internet.connected == []


def test_no_address_and_too_many_parameters(client: Client, settings: Any) -> None:
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
    assert client.get("/img?w=100").json()["parameter"] == "url"
    response = client.get("/img?" + "&".join(f"x{n}=" for n in range(1001)))
    assert response.status_code == 400
    assert response.json()["code"] == "bad_request"


@pytest.mark.parametrize(
    "query", ["w=64", "h=1600", "w=1600&h=64&fit=cover&q=0", "w=99&q=95"]
)
def test_parameters_within_their_bounds(
    client: Client, internet: Internet, query: str
) -> None:
    internet.answers["/a.png"] = answer(picture())
    opened(client.get(f"/img?url={A}&{query}&unknown=1"))


def parameters(query: str) -> Parameters:
    return Parameters.of(QueryDict(query))


def test_what_is_left_out() -> None:
    asked = parameters(f"url={A}&w=100")
    assert (asked.width, asked.height, asked.fit, asked.quality) == (
        100,
        None,
        "contain",
        85,
    )
    assert parameters(f"url={A}&w=0100&fit=contain&q=85&x=1") == asked


def test_each_parameter_and_the_format_have_a_file_of_their_own() -> None:
    asked = [
        parameters(f"url={query}")
        for query in (
            f"{A}&w=100",
            f"{A}&h=100",
            f"{A}&w=100&h=100",
            f"{A}&w=101",
            f"{A}&w=100&h=100&fit=cover",
            f"{A}&w=100&q=84",
            f"{A}?1&w=100",
            "https://pictures.example/a.png&w=100",
        )
    ]
    keys = {one.key(made) for one in asked for made in (AVIF, WEBP, JPEG)}
    assert len(keys) == 3 * len(asked)
    assert all(len(key) == 64 for key in keys)
    # The same picture, written in another way.
    again = parameters("url=https://CDN.example:443/a.png%23b&w=0100&q=85&fit=contain")
    assert again.key(JPEG) == asked[0].key(JPEG)


def test_where_a_page_finds_a_picture(client: Client, internet: Internet) -> None:
    assert (
        proxied(A, 400, 300) == "/img?url=https%3A%2F%2Fcdn.example%2Fa.png&w=400&h=300"
    )
    # Whatever the page has in mind, it is within what may be asked for.
    assert proxied(A, 48).endswith("&w=64&h=64")
    assert proxied(A, 5000, 10).endswith("&w=1600&h=64")
    internet.answers["/a.png"] = answer(picture())
    assert opened(client.get(proxied(A, 48))).size == (64, 48)


def test_a_page_shows_the_picture_itself_while_the_proxy_is_off(settings: Any) -> None:
    settings.IMAGE_PROXY_ENABLED = False
    assert not is_proxied(A)
    assert proxied(A, 400) == A
    assert not is_proxied("/media/products/a.png")


def test_a_site_that_is_not_at_the_root() -> None:
    set_script_prefix("/shop/")
    try:
        assert proxied(A, 100).startswith("/shop/img?url=")
    finally:
        set_script_prefix("/")
    assert proxied(A, 100).startswith("/img?url=")


def test_a_host_that_is_allowed_no_longer(settings: Any) -> None:
    """What is remembered of an address is forgotten with the setting."""
    assert is_proxied(A)
    settings.IMAGE_PROXY_ALLOWED_HOSTS = ["pictures.example"]
    assert not is_proxied(A)
