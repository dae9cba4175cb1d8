"""How much a page brings along, and that it brings it once.

Sizes are those of the files as they are sent: hashed, and compressed as WhiteNoise
compresses them.
"""

import os
import re
from pathlib import Path
from typing import Any

import brotli
import pytest
from django.conf import settings as shop_settings
from django.contrib.staticfiles import finders
from django.core.management import call_command
from django.test import Client
from whitenoise.compress import Compressor
from whitenoise.middleware import WhiteNoiseMiddleware

from catalog.models import Product
from shop.packing import brotli_with_noise
from tests.factories import make_category, make_product, make_template
from tests.pages import html

pytestmark = pytest.mark.django_db
HOME = Path(__file__).resolve().parent.parent
CUT = HOME / "static/vendor/bootstrap-5.3.8/bootstrap.used.css"
KB = 1024


@pytest.fixture
def shelf() -> list[Product]:
    """A full page of goods that are unlike each other, with filters beside them."""
    template = make_template(
        schema=dict.fromkeys(("brand", "color", "size", "matter"), "string")
    )
    categories = [make_category(f"Категория номер {n}") for n in range(12)]
    return [
        make_product(
            name=f"Чайник электрический {n * 7919}, {n * 104729 % 97} л, стальной",
            template=template,
            attributes={"brand": f"Марка {n % 9}", "color": f"Цвет {n * 31 % 11}"},
            categories=[categories[n % 12]],
            images=[f"https://pictures.example/{n * 7907}/{n * 15485863}.jpg"],
        )
        for n in range(30)
    ]


def files_of(page: str) -> list[str]:
    """Names of the styles and scripts that a page loads."""
    named = re.findall(r'<link rel="stylesheet" href="/static/([^"]+)"', page)
    return [*named, *re.findall(r'<script src="/static/([^"]+)"', page)]


def sent(name: str) -> int:
    """Bytes of a static file as brotli."""
    return len(Compressor.compress_brotli(Path(finders.find(name)).read_bytes()))


def test_a_list_is_light(client: Client, shelf: list[Product]) -> None:
    answer = client.get("/", headers={"Accept-Encoding": "br"})
    assert answer["Content-Encoding"] == "br"
    page = brotli.decompress(answer.content).decode()
    assert page.count('class="product-card"') == 24
    files = {name: sent(name) for name in files_of(page)}
    assert {"css/shop.css", "js/shop.js"} <= files.keys()
    assert sum(files.values()) <= 40 * KB, files
    assert sum(files.values()) + len(answer.content) <= 60 * KB, files


def test_no_page_loads_more_styles_and_scripts_than_a_list(
    client: Client, shelf: list[Product]
) -> None:
    for address in (shelf[0].get_absolute_url(), "/cart/", "/order/", "/login/"):
        files = files_of(html(client.get(address)))
        assert sum(map(sent, files)) <= 40 * KB, address


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("gzip, deflate, br", "br"),
        ("br;q=1.0", "br"),
        ("gzip", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("identity", None),
        ("", None),
    ],
)
def test_pages_are_packed_as_asked(
    client: Client, shelf: list[Product], asked: str, got: str | None
) -> None:
    answer = client.get("/", headers={"Accept-Encoding": asked})
    assert answer.get("Content-Encoding") == got
    assert "Accept-Encoding" in answer["Vary"]
    if got == "br":
        plain = brotli.decompress(answer.content)
        assert plain.rstrip().endswith(b"</html>")
        assert answer["Content-Length"] == str(len(answer.content))


def test_what_is_small_stays_as_it_is(client: Client) -> None:
    answer = client.get("/health", headers={"Accept-Encoding": "br"})
    assert "Content-Encoding" not in answer


@pytest.mark.parametrize("content", [b"", b"a", b"page " * 10_000, os.urandom(5000)])
def test_the_length_of_an_answer_says_little(content: bytes) -> None:
    packed = [brotli_with_noise(content) for _n in range(50)]
    assert {brotli.decompress(one) for one in packed} == {content}
    # Fifty draws from a hundred lengths that are all the same do not happen.
    assert len({len(one) for one in packed}) > 10


def test_files_with_a_hash_are_kept_for_good(tmp_path: Path, settings: Any) -> None:
    settings.STATIC_ROOT = tmp_path
    settings.STORAGES = {
        **shop_settings.STORAGES,
        "staticfiles": {"BACKEND": "shop.static.StaticStorage"},
    }
    settings.WHITENOISE_AUTOREFRESH = settings.WHITENOISE_USE_FINDERS = False
    settings.STATICFILES_DIRS = [CUT.parent]
    finder = "django.contrib.staticfiles.finders.FileSystemFinder"
    settings.STATICFILES_FINDERS = [finder]
    finders.get_finder.cache_clear()
    try:
        call_command("collectstatic", interactive=False, verbosity=0)
    finally:
        finders.get_finder.cache_clear()
    served = WhiteNoiseMiddleware(lambda request: None).files
    hashed = re.compile(r"/static/bootstrap\.used\.[0-9a-f]{12}\.css")
    (name,) = filter(hashed.fullmatch, served)
    response = served[name].get_response("GET", {"HTTP_ACCEPT_ENCODING": "br"})
    response.file.close()
    headers = dict(response.headers)
    assert headers["Cache-Control"] == "max-age=315360000, public, immutable"
    assert headers["Content-Encoding"] == "br"
    plain = served["/static/bootstrap.used.css"].get_response("HEAD", {})
    assert "immutable" not in dict(plain.headers)["Cache-Control"]
