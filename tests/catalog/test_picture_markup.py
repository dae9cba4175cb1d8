"""What pages say of pictures, so that a browser takes the file that fits."""

import re
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image

from catalog.models import Product, ProductImage
from catalog.services.thumbnails import make_missing_thumbnails
from catalog.srcset import USES, picture_context
from catalog.thumbnails import ENCODERS, SIDES, Thumbnail, fitted, sides_of
from tests.backoffice import office
from tests.catalog.pictures import drawn
from tests.factories import make_product

pytestmark = pytest.mark.django_db

ELSEWHERE = "https://img.example/a,b.jpg?x=1&y=2"


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.LANGUAGE_CODE = "en"
    return tmp_path / "media"


@pytest.fixture
def proxy(settings: Any) -> None:
    settings.IMAGE_PROXY_ENABLED = True
    settings.IMAGE_PROXY_ALLOWED_HOSTS = ["img.example"]


@pytest.mark.parametrize(
    ("size", "sides"),
    [
        ((1, 1), [160]),
        ((160, 90), [160]),
        ((161, 90), [160, 320]),
        ((90, 500), [160, 320, 480, 800]),
        ((800, 800), [160, 320, 480, 800]),
        ((2400, 3), [160, 320, 480, 800, 1200]),
    ],
)
def test_what_there_is_of_a_size(size: tuple[int, int], sides: list[int]) -> None:
    assert sides_of(size) == sides


@pytest.mark.parametrize(
    ("size", "side", "smaller"),
    [
        ((100, 50), 160, (100, 50)),
        ((800, 600), 160, (160, 120)),
        ((600, 800), 320, (240, 320)),
        ((2400, 3), 160, (160, 1)),
    ],
)
def test_the_size_in_a_square(
    size: tuple[int, int], side: int, smaller: tuple[int, int]
) -> None:
    assert fitted(size, side) == smaller


def shown(*images: Any, **fields: Any) -> Product:
    """A product with these pictures, and their thumbnails made."""
    product = make_product(images=images, **fields)
    make_missing_thumbnails()
    return product


Attributes = dict[str, str | None]


class Pictures(HTMLParser):
    """The products' pictures on a page: each `img` with its `source`s."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[Attributes, list[Attributes]]] = []
        self.sources: list[Attributes] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        if tag == "picture":
            self.sources = []
        elif tag == "source":
            self.sources.append(dict(attrs))
        elif tag == "img" and ("decoding", "async") in attrs:
            self.found.append((dict(attrs), self.sources))

    def handle_endtag(self, tag: str) -> None:
        if tag == "picture":
            self.sources = []


def pictures(path: str, client: Client | None = None) -> Any:
    answer = (client or Client()).get(path)
    assert answer.status_code == 200
    return Pictures(answer.content.decode()).found


def candidates(srcset: str | None) -> list[tuple[str, int]]:
    """(address, width) of each file; neither comma nor space may be in an address."""
    parts = [part.split(" ") for part in str(srcset).split(", ")]
    return [(url, int(width.removesuffix("w"))) for url, width in parts]


def check_files(img: Attributes, sources: list[Attributes], media: Path) -> None:
    """Every file that is offered is there, and as wide as is said."""
    kinds = [source["type"] for source in sources]
    assert kinds == ["image/avif", "image/webp"]
    offers = [*((s["srcset"], s["type"]) for s in sources), (img["srcset"], None)]
    for srcset, kind in offers:
        for url, width in candidates(srcset):
            with Image.open(media / url.removeprefix("/media/")) as image:
                assert image.width == width
                assert image.get_format_mimetype() == (kind or "image/jpeg")
    assert img["src"] in dict(candidates(img["srcset"]))


def test_a_card(media: Path) -> None:
    product = shown(drawn(900, 600))
    ((img, sources),) = pictures("/")
    check_files(img, sources, media)
    assert [width for _url, width in candidates(img["srcset"])] == [320, 480]
    assert (img["width"], img["height"]) == ("480", "320")
    assert (img["alt"], img["decoding"]) == ("", "async")
    assert "loading" not in img
    for source in sources:
        assert (
            source["sizes"]
            == img["sizes"]
            == (
                "(min-width: 87.5rem) 10rem, (min-width: 62rem) 11rem, "
                "(min-width: 36rem) 14rem, 40vw"
            )
        )
    # Machines get the picture itself.
    page = Client().get(product.get_absolute_url()).content.decode()
    (address,) = product.image_urls
    assert f'<meta property="og:image" content="http://testserver{address}">' in page


def preloaded(path: str) -> dict[str, str]:
    page = Client().get(path).content.decode()
    found = re.findall(r'<link rel="preload" as="image"([^>]*)>', page)
    assert len(found) < 2
    said = re.findall(r'([a-z]+)="([^"]*)"', "".join(found))
    return {name: unescape(value) for name, value in said}


def test_the_first_picture_is_asked_for_ahead(media: Path) -> None:
    product = shown(drawn(1300, 900), drawn(900, 900))
    for path in ("/", product.get_absolute_url()):
        (img, sources), *_rest = pictures(path)
        assert preloaded(path) == {
            "fetchpriority": "high",
            "href": img["src"],
            "imagesrcset": sources[0]["srcset"],
            "imagesizes": img["sizes"],
            "type": "image/avif",
        }


def test_a_picture_in_one_size_is_asked_for_ahead_too() -> None:
    product = shown(ELSEWHERE)
    assert preloaded(product.get_absolute_url()) == {
        "fetchpriority": "high",
        "href": ELSEWHERE,
    }
    plain = shown()
    assert preloaded(plain.get_absolute_url()) == {}
    assert preloaded("/?q=nothing-like-it") == {}


def test_the_first_cards_are_not_lazy() -> None:
    for _ in range(6):
        shown(drawn(8, 8))
    lazy = [img.get("loading") for img, _sources in pictures("/")]
    assert lazy == [None] * 4 + ["lazy"] * 2


def test_the_page_of_a_product(media: Path) -> None:
    product = shown(drawn(2000, 1000), drawn(500, 1000))
    found = pictures(product.get_absolute_url())
    for img, sources in found:
        check_files(img, sources, media)
    (first, second, *thumbs) = [img for img, _sources in found]
    assert (first["fetchpriority"], first.get("loading")) == ("high", None)
    assert (second.get("fetchpriority"), second["loading"]) == (None, "lazy")
    assert (first["width"], first["height"]) == ("800", "400")
    assert (second["width"], second["height"]) == ("400", "800")
    widths = [width for _url, width in candidates(first["srcset"])]
    assert widths == [480, 800, 1200]
    # An upright picture is half as wide as its square, on every screen.
    assert [width for _url, width in candidates(second["srcset"])] == [240, 400, 500]
    assert second["sizes"].endswith(", calc(94vw * 0.500)")
    assert len(thumbs) == 2
    assert [width for _url, width in candidates(thumbs[0]["srcset"])] == [160]
    assert first["alt"] == f"{product}, picture 1"


def test_one_picture_is_first_of_all(media: Path) -> None:
    product = shown(drawn(8, 8), name="<Tom & Jerry>")
    ((img, sources),) = pictures(product.get_absolute_url())
    check_files(img, sources, media)
    assert (img["fetchpriority"], img["alt"]) == ("high", "<Tom & Jerry>")


def test_without_a_picture() -> None:
    product = make_product()
    for path in ("/", product.get_absolute_url()):
        ((img, sources),) = pictures(path)
        assert img["src"].startswith("/static/img/no-picture")
        assert (sources, img["width"]) == ([], img["height"])


def test_until_they_are_made_the_picture_itself_is_shown() -> None:
    product = make_product(images=[drawn(900, 450)])
    (address,) = product.image_urls
    for path in ("/", product.get_absolute_url()):
        ((img, sources),) = pictures(path)
        assert (img["src"], img.get("srcset"), sources) == (address, None, [])
        assert int(img["width"]) == 2 * int(img["height"]) > 0
    # One of before sizes were known.
    ProductImage.objects.update(width=None, height=None)
    ((img, _sources),) = pictures("/")
    assert (img["src"], img["width"], img["height"]) == (address, "480", "480")


def test_a_request_of_a_shopper_makes_nothing(
    media: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    product = make_product(stock=5, images=[drawn(900, 600), drawn(8, 8)])
    client = Client()
    data = {"product_id": str(product.pk), "qty": 1}

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise AssertionError("a shopper waits for this")

    monkeypatch.setattr(Thumbnail, "generate", refuse)
    monkeypatch.setattr(Image, "open", refuse)
    monkeypatch.setattr(Image.Image, "save", refuse)
    assert client.post("/cart/add/", data).status_code == 302
    paths = ["/", product.get_absolute_url(), "/cart/", "/api/products"]
    for path in [*paths, f"/api/products/{product.pk}"]:
        assert client.get(path).status_code == 200
    assert len([p for p in media.rglob("*") if p.is_file()]) == 2


def test_pages_ask_neither_the_disk_nor_the_database(
    monkeypatch: pytest.MonkeyPatch, django_assert_num_queries: Any
) -> None:
    product = shown(drawn(900, 600))
    image = Product.objects.with_images().get(pk=product.pk).main_image
    from django.core.files.storage import FileSystemStorage

    def refuse(*args: Any) -> None:
        raise AssertionError("the disk is asked")

    monkeypatch.setattr(FileSystemStorage, "exists", refuse)
    monkeypatch.setattr(FileSystemStorage, "_open", refuse)
    with django_assert_num_queries(0):
        for use in USES:
            assert len(picture_context(image, use)["sources"]) == len(ENCODERS) - 1


def test_a_cart_and_the_back_office_show_the_smallest(media: Path) -> None:
    product = shown(drawn(900, 600), stock=5)
    client = Client()
    client.post("/cart/add/", {"product_id": str(product.pk), "qty": 1})
    staff = office()
    for path, seen_by in (
        ("/cart/", client),
        ("/admin/catalog/product/", staff),
        (f"/admin/catalog/product/{product.pk}/change/", staff),
    ):
        found = pictures(path, seen_by)
        ((img, sources),) = [pair for pair in found if pair[0].get("class") == "thumb"]
        check_files(img, sources, media)
        assert [width for _url, width in candidates(img["srcset"])] == [160]
        assert img["loading"] == "lazy"


def test_a_picture_from_elsewhere_comes_as_it_is() -> None:
    product = shown(ELSEWHERE)
    for path in ("/", product.get_absolute_url()):
        ((img, sources),) = pictures(path)
        assert (img["src"], img.get("srcset"), sources) == (ELSEWHERE, None, [])


@pytest.mark.usefixtures("proxy")
def test_a_picture_from_elsewhere_comes_through_the_proxy() -> None:
    product = shown(ELSEWHERE)
    ((img, sources),) = pictures("/")
    asked = "/img?url=https%3A%2F%2Fimg.example%2Fa%2Cb.jpg%3Fx%3D1%26y%3D2"
    assert candidates(img["srcset"]) == [
        (f"{asked}&w=320&h=320", 320),
        (f"{asked}&w=480&h=480", 480),
    ]
    assert (img["src"], sources) == (f"{asked}&w=480&h=480", [])
    assert (img["width"], img["height"]) == ("480", "480")
    # Programs, search engines and other sites get the address that was given.
    assert Client().get(f"/api/products/{product.pk}").json()["images"] == [ELSEWHERE]
    page = Client().get(product.get_absolute_url()).content.decode()
    (og_image,) = re.findall(r'og:image" content="([^"]*)"', page)
    assert unescape(og_image) == ELSEWHERE


@pytest.mark.usefixtures("proxy")
def test_other_hosts_are_not_proxied() -> None:
    shown("https://other.example/1.jpg")
    ((img, _sources),) = pictures("/")
    assert (img["src"], img.get("srcset")) == ("https://other.example/1.jpg", None)


@pytest.mark.parametrize("use", USES)
def test_every_place_takes_what_there_is(use: str) -> None:
    """The proxy gives 64 to 1600 px; thumbnails there are of these sides only."""
    place = USES[use]
    assert set(place.sides) <= set(SIDES)
    assert list(place.sides) == sorted(place.sides)
    assert all(64 <= side <= 1600 for side in place.sides)
    # The last length is for whatever no condition took.
    assert [media for media, _length in place.lengths][-1] == ""
