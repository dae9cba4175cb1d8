"""What `/img` answers: headers that caches can trust, and never a 500."""

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as examples
from hypothesis import strategies as st

from images import formats
from images.formats import JPEG, WEBP
from shop.safety import PERMISSIONS_POLICY
from tests.images.internet import Internet, answer, flood, opened, picture, redirect

Img = Callable[..., Any]
CHROME = "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8"


def test_off_it_is_not_there(client: Client, internet: Internet, settings: Any) -> None:
    settings.IMAGE_PROXY_ENABLED = False
    for address in ("/img", "/img/", "/img?url=https://cdn.example/a.png&w=100"):
        response = client.get(address, headers={"accept-language": "en"})
        assert response.status_code == 404
        assert response.json() == {"detail": "Not found.", "code": "not_found"}
        assert response["Cache-Control"] == "no-store"
    assert internet.connected == []


@pytest.mark.parametrize("cookie", ["x" * 32, "short"])
def test_the_whole_answer(internet: Internet, client: Client, cookie: str) -> None:
    """No cookie, no language, no encoding: one answer for everybody."""
    internet.answers["/a.png"] = answer(picture())
    client.cookies["sessionid"] = cookie
    client.cookies["access_token"] = "x.y.z"
    response = client.get(
        "/img/?url=https://cdn.example/a.png&w=100",
        headers={"accept-encoding": "gzip", "accept-language": "kk"},
    )
    assert opened(response).format == "JPEG"
    assert dict(response.headers) == {
        "Content-Type": "image/jpeg",
        "Content-Length": str(len(response.content)),
        "Cache-Control": "public, max-age=31536000, immutable",
        "Vary": "Accept",
        "ETag": response["ETag"],
        "Last-Modified": response["Last-Modified"],
        "Content-Security-Policy": "default-src 'none'; sandbox",
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "strict-origin-when-cross-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "Permissions-Policy": PERMISSIONS_POLICY,
        "X-Request-ID": response["X-Request-ID"],
    }
    assert not response.cookies


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (CHROME, "AVIF"),
        ("image/webp,*/*", "WEBP"),
        ("image/png,image/svg+xml,image/*;q=0.8,*/*;q=0.5", "JPEG"),
        ("", "JPEG"),
        ("*/*", "JPEG"),
        ("image/*", "JPEG"),
        ("text/html", "JPEG"),
        ("image/avif;q=0,image/webp", "WEBP"),
        ("image/avif;q=0.0, image/webp; q=0.000, */*", "JPEG"),
        ("image/avif;q=0.001", "AVIF"),
        ("image/jpeg,image/webp;q=0.5", "WEBP"),
        ("IMAGE/WebP ; x=y", "WEBP"),
        ("image/jpeg;q=0", "JPEG"),
        (";;,,;q=,image/webp;q", "WEBP"),
        ("image/avif;q*=nonsense'x'y", "AVIF"),
        ("image/avifx,ximage/webp", "JPEG"),
        ("image/webp," * 5000, "WEBP"),
    ],
)
def test_the_format_that_the_client_names(
    img: Img, internet: Internet, accept: str, expected: str
) -> None:
    internet.answers["/a.png"] = answer(picture())
    response = img(accept=accept)
    assert opened(response).format == expected
    assert response["Content-Type"] == f"image/{expected.lower()}"
    assert response["Vary"] == "Accept"


def test_a_pillow_that_knows_no_avif(
    img: Img, internet: Internet, monkeypatch: pytest.MonkeyPatch
) -> None:
    formats.available.cache_clear()
    monkeypatch.setattr(formats.features, "check", lambda name: name == "webp")
    assert formats.available() == (WEBP, JPEG)
    internet.answers["/a.png"] = answer(picture())
    assert opened(img(accept=CHROME)).format == "WEBP"
    monkeypatch.undo()
    formats.available.cache_clear()


def test_a_client_that_has_it_already(client: Client, internet: Internet) -> None:
    internet.answers["/a.png"] = answer(picture())
    address = "/img?url=https://cdn.example/a.png&w=100"
    first = client.get(address)
    for headers in (
        {"if-none-match": first["ETag"]},
        {"if-none-match": f'W/{first["ETag"]}, "other"'},
        {"if-modified-since": first["Last-Modified"]},
    ):
        again = client.get(address, headers=headers)
        assert again.status_code == 304
        assert again.content == b""
        for name in ("ETag", "Cache-Control", "Vary", "Last-Modified"):
            assert again[name] == first[name]
    assert client.get(address, headers={"if-none-match": '"other"'}).status_code == 200
    webp = client.get(address, headers={"accept": "image/webp"})
    assert webp["ETag"] != first["ETag"]
    # A name alone is no proof that there is such a picture.
    broken = client.get("/img?w=100", headers={"if-none-match": first["ETag"]})
    assert broken.status_code == 400


def test_head(client: Client, internet: Internet) -> None:
    internet.answers["/a.png"] = answer(picture())
    address = "/img?url=https://cdn.example/a.png&w=100"
    same = {"X-Request-ID": "asked-twice"}
    head, get = client.head(address, headers=same), client.get(address, headers=same)
    assert head.status_code == 200
    assert head.content == b""
    assert head.headers == get.headers
    assert client.head("/img?w=100").status_code == 400


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete", "options"])
def test_other_methods(internet: Internet, method: str) -> None:
    client = Client(enforce_csrf_checks=True)
    for address in ("/img", "/img/"):
        response = getattr(client, method)(address)
        assert response.status_code == 405
        assert response["Allow"] == "GET, HEAD"


@pytest.mark.parametrize("address", ["/imgs", "/img/a", "/img//"])
@pytest.mark.django_db
def test_addresses_beside_it(client: Client, address: str) -> None:
    assert client.get(address).status_code == 404


# --- Whatever is asked for --------------------------------------------------------

ASKED = st.sampled_from(["url", "w", "h", "fit", "q", "x", ""])
SAID = st.one_of(
    st.sampled_from(
        [
            "https://cdn.example/a.png",
            "https://cdn.example/slow",
            "https://cdn.example/loop",
            "https://cdn.example/big",
            "https://cdn.example/text",
            "https://cdn.example/none",
            "https://pictures.example/a.png",
            "https://evil.example/a.png",
            "64",
            "100",
            "1600",
            "85",
            "0",
            "cover",
            "contain",
        ]
    ).map(quote),
    st.binary(max_size=12).map(quote),
    st.text(st.characters(codec="utf-8"), max_size=12).map(quote),
    st.text(st.characters(codec="utf-8"), max_size=12).map(
        lambda text: quote(f"https://cdn.example{text}")
    ),
    st.text(st.characters(codec="utf-8"), max_size=12).map(
        lambda text: quote(f"https://{text}cdn.example/a.png")
    ),
    st.text(st.characters(codec="ascii"), max_size=12),
)
QUERY = st.one_of(
    st.tuples(
        st.just([("url", quote("https://cdn.example/a.png")), ("w", "100")]),
        st.lists(st.tuples(ASKED, SAID), max_size=2),
    ).map(lambda parts: parts[0] + parts[1]),
    st.tuples(
        SAID.map(lambda said: [("url", said), ("h", "100")]),
        st.lists(st.tuples(ASKED, SAID), max_size=2),
    ).map(lambda parts: parts[0] + parts[1]),
    st.lists(st.tuples(ASKED, SAID), max_size=6),
).map(lambda pairs: "&".join(f"{name}={said}" for name, said in pairs))


def slow(stream: Any, over: Any) -> None:
    over.wait()


@given(query=QUERY, accept=st.text(st.characters(codec="latin-1"), max_size=30))
@examples(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_query_has_an_answer(
    internet: Internet, settings: Any, query: str, accept: str
) -> None:
    settings.IMAGE_PROXY_TIMEOUT = 0.3
    internet.names["pictures.example"] = [["10.0.0.1"]]
    internet.answers |= {
        "/a.png": answer(picture()),
        "/slow": slow,
        "/loop": redirect("/loop"),
        "/big": flood(b"HTTP/1.1 200 OK\r\n\r\n", b"a" * 65536),
        "/text": answer(b"<svg/>"),
    }
    client = Client()
    response = client.get("/img", QUERY_STRING=query, headers={"accept": accept})
    # 404 is for the proxy that is off, 503 for a crowd.
    assert response.status_code in {200, 400, 403, 413, 415, 502, 504}
    if response.status_code == 200:
        assert opened(response).width <= 1600
        assert response["Vary"] == "Accept"
    else:
        assert set(response.json()) - {"parameter"} == {"detail", "code"}
