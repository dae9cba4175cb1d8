"""Uploads: what is refused, and what is left of a picture that is taken."""

import struct
import zipfile
import zlib
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import ExifTags, Image, ImageCms

from catalog.models import Product, ProductImage
from catalog.uploads import FORMATS, check_picture, redrawn
from tests.api import client_of
from tests.backoffice import filled, office
from tests.catalog.pictures import files, sent
from tests.factories import make_admin, make_product

# Nothing is committed, so no thumbnails are made: they are not what this is about.
pytestmark = pytest.mark.django_db

NO_PICTURE = "This is not a picture. JPEG, PNG, WebP and AVIF are accepted."
TOO_MUCH = "The picture has more than 24 million pixels, or it moves."
SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'
HTML = b"<!doctype html><script>alert(document.domain)</script>"
GPS = {
    ExifTags.GPS.GPSLatitudeRef: "N",
    ExifTags.GPS.GPSLatitude: (43.0, 14.0, 19.0),
}


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.LANGUAGE_CODE = "en"
    return tmp_path / "media"


def encoded(kind: str, **options: Any) -> bytes:
    return sent(Image.new("RGB", (16, 16), "red"), kind, **options).read()


def moving(kind: str) -> bytes:
    frames = [Image.new("RGB", (16, 16), color) for color in ("red", "blue")]
    return encoded(kind, save_all=True, append_images=frames)


def chunk(name: bytes, data: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + data))
    return struct.pack(">I", len(data)) + name + data + check


def png(width: int, height: int, *chunks: bytes, depth: int = 8) -> bytes:
    """Its pixels are gray and all there, however many they are."""
    pack = zlib.compressobj()
    row = b"\0" + b"\x80" * ((width * depth + 7) // 8)
    data = b"".join(pack.compress(row) for _ in range(height)) + pack.flush()
    head = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", head), *chunks, chunk(b"IDAT", data), chunk(b"IEND", b"")]
    )


def webp_of(width: int, height: int) -> bytes:
    """A header that promises so many pixels."""
    data = bytearray(encoded("WEBP", lossless=True))
    data[21:25] = (width - 1 | height - 1 << 14).to_bytes(4, "little")
    return bytes(data)


NO_PICTURES = {
    "empty": b"",
    "text": b"no picture\n",
    "NUL": b"\0" * 500,
    "SVG": SVG,
    "SVG with a declaration": b'<?xml version="1.0"?>\n' + SVG,
    "HTML": HTML,
    "GIF": encoded("GIF"),
    "GIF with a script behind it": encoded("GIF") + HTML,
    "TIFF": encoded("TIFF"),
    "BMP": encoded("BMP"),
    "EPS": encoded("EPS"),
    "PDF": encoded("PDF"),
    "ICO": encoded("ICO"),
    "JPEG 2000": encoded("JPEG2000"),
    "JPEG cut off": encoded("JPEG")[:-40],
    "PNG cut off": png(300, 300)[:-40],
    "WebP cut off": encoded("WEBP")[:-20],
    "AVIF cut off": encoded("AVIF")[:-20],
    "only the beginning": encoded("JPEG")[:20],
    "PNG without pixels": png(0, 0),
    "PNG with a broken checksum": png(8, 8).replace(b"IDAT", b"IDAU"),
    "archive with a picture in it": b"PK\3\4" + encoded("JPEG"),
    "page before a picture": HTML + encoded("JPEG"),
    # Small in the file, 40 MB when read.
    "a profile that bursts": png(
        8, 8, chunk(b"iCCP", b"p\0\0" + zlib.compress(bytes(40_000_000)))
    ),
}
TOO_LARGE = {
    "bomb": png(30_000, 30_000, depth=1),
    "just too large": png(5000, 4801, depth=1),
    "WebP bomb": webp_of(16_000, 16_000),
    "moving PNG": moving("PNG"),
    "moving WebP": moving("WEBP"),
    "moving AVIF": moving("AVIF"),
}
REFUSED = [
    *((content, NO_PICTURE) for content in NO_PICTURES.values()),
    *((content, TOO_MUCH) for content in TOO_LARGE.values()),
]


@pytest.fixture(params=REFUSED, ids=[*NO_PICTURES, *TOO_LARGE])
def refused(request: pytest.FixtureRequest) -> tuple[SimpleUploadedFile, str]:
    content, sentence = request.param
    file = SimpleUploadedFile("photo.jpg", content, content_type="image/jpeg")
    return file, sentence


def test_what_is_no_picture_is_refused_by_the_api(
    refused: tuple[SimpleUploadedFile, str], media: Path
) -> None:
    file, sentence = refused
    product = make_product()
    api = client_of(make_admin())
    path = f"/api/products/{product.pk}"
    answer = api.patch(path, {"images": [file]}, format="multipart")
    if file.size:
        assert (answer.status_code, answer.json()) == (400, {"images": [sentence]})
    else:
        assert answer.status_code == 400
    assert files(media) == set()
    assert not ProductImage.objects.exists()


def test_what_is_no_picture_is_refused_by_the_back_office(
    refused: tuple[SimpleUploadedFile, str], media: Path
) -> None:
    file, sentence = refused
    product = make_product()
    client = office()
    path = reverse("admin:catalog_product_change", args=[product.pk])
    data = filled(client.get(path), **{"images-0-file": file})
    page = client.post(path, data)
    assert page.status_code == 200
    errors = page.context["inline_admin_formsets"][0].formset.errors[0]["file"]
    assert errors == [sentence] if file.size else len(errors) == 1
    assert files(media) == set()
    assert not ProductImage.objects.exists()


def test_what_is_no_picture_is_refused_by_the_services(
    refused: tuple[SimpleUploadedFile, str], media: Path
) -> None:
    """Whoever calls them forgets to check."""
    file, sentence = refused
    with pytest.raises(ValidationError) as error:
        make_product(images=[file])
    assert error.value.message_dict == {"images": [sentence]}
    assert files(media) == set()
    assert not Product.objects.exists()


def test_too_many_bytes(settings: Any, media: Path) -> None:
    settings.UPLOAD_MAX_SIZE_MB = 1
    file = SimpleUploadedFile("a.png", encoded("PNG") + b"\0" * 1024 * 1024)
    with pytest.raises(ValidationError) as error:
        make_product(images=[file])
    assert error.value.messages == ["The picture is larger than 1 MB."]
    assert files(media) == set()


# --- What is left of a picture --------------------------------------------------------


def kept(file: SimpleUploadedFile, media: Path) -> tuple[bytes, Any]:
    """The file that a product has of it afterwards, and its row tells its size."""
    row = make_product(images=[file]).images.get()
    name = str(row.file.name)
    content = (media / name).read_bytes()
    image = Image.open(BytesIO(content))
    image.load()
    assert (row.width, row.height) == image.size
    assert name.endswith(f".{FORMATS[str(image.format)]}")
    return content, image


@pytest.mark.parametrize("kind", FORMATS)
@pytest.mark.parametrize("orientation", range(1, 9))
def test_it_stands_upright(kind: str, orientation: int, media: Path) -> None:
    """A red corner lies where EXIF says that it belongs."""
    image = Image.new("RGB", (64, 32), "white")
    image.paste("red", (0, 0, 16, 16))
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    _content, found = kept(sent(image, kind, exif=exif), media)
    assert found.size == ((64, 32) if orientation < 5 else (32, 64))
    assert ExifTags.Base.Orientation not in found.getexif()
    right, bottom = found.width - 5, found.height - 5
    corners = [(4, 4), (right, 4), (right, bottom), (4, bottom)]
    red = [corner for corner in corners if found.getpixel(corner)[1] < 100]
    assert red == [corners[[0, 1, 2, 3, 0, 1, 2, 3][orientation - 1]]]


@pytest.mark.parametrize("kind", FORMATS)
def test_nothing_is_told_of_who_took_it(kind: str, media: Path) -> None:
    exif = Image.Exif()
    exif[ExifTags.Base.Make] = "Camera of Aigerim"
    exif[ExifTags.IFD.GPSInfo] = GPS
    options: dict[str, Any] = {"exif": exif}
    if kind != "PNG":
        options["xmp"] = b'<x:xmpmeta xmlns:x="adobe:ns:meta/">secret place</x:xmpmeta>'
    if kind == "JPEG":
        options["comment"] = b"secret place"
    file = sent(Image.new("RGB", (16, 16)), kind, **options)
    before = Image.open(file)
    assert before.getexif().get_ifd(ExifTags.IFD.GPSInfo)
    content, found = kept(file, media)
    assert found.format == kind
    assert dict(found.getexif()) == {}
    assert not {"exif", "xmp", "comment", "icc_profile"} & found.info.keys()
    for secret in (b"Aigerim", b"secret", b"Exif", b"GPS"):
        assert secret not in content


@pytest.mark.parametrize("kind", FORMATS)
def test_nothing_stays_behind_it(kind: str, media: Path) -> None:
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w") as made:
        made.writestr("evil.js", "alert(1)")
    for tail in (archive.getvalue(), HTML, b"<?php system($_GET['c']); ?>"):
        content, found = kept(SimpleUploadedFile("a.jpg", encoded(kind) + tail), media)
        assert found.format == kind
        assert tail not in content
        assert not zipfile.is_zipfile(BytesIO(content))
        for part in (b"script", b"php", b"evil"):
            assert part not in content


def test_a_script_in_a_comment_is_gone(media: Path) -> None:
    content, _found = kept(sent(Image.new("RGB", (9, 9)), "JPEG", comment=HTML), media)
    assert b"script" not in content


def test_a_page_whose_name_says_picture_is_served_as_a_picture(
    client: Any, media: Path
) -> None:
    """The name's ending follows the content, whatever it was before."""
    file = SimpleUploadedFile("a.html", encoded("PNG"), content_type="text/html")
    (address,) = make_product(images=[file]).image_urls
    assert address.endswith(".png")
    answer = client.get(address)
    assert Image.open(BytesIO(answer.getvalue())).format == "PNG"
    assert answer["Content-Type"] == "image/png"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Content-Security-Policy"] == "default-src 'none'; sandbox"


@pytest.mark.parametrize(
    ("size", "smaller"),
    [
        ((2400, 10), (2400, 10)),
        ((3000, 2000), (2400, 1600)),
        ((10, 6000), (4, 2400)),
        ((40_000, 1), (2400, 1)),
    ],
)
def test_very_large_ones_are_scaled_down(
    size: tuple[int, int], smaller: tuple[int, int], media: Path
) -> None:
    _content, found = kept(sent(Image.new("RGB", size, "red")), media)
    assert found.size == smaller


def near(pixel: Any, wanted: tuple[int, ...]) -> bool:
    return len(pixel) == len(wanted) and all(
        abs(a - b) <= 3 for a, b in zip(pixel, wanted, strict=True)
    )


def test_colors_of_a_printer_become_those_of_a_screen(media: Path) -> None:
    image = Image.new("CMYK", (16, 16), (0, 255, 255, 0))
    _content, found = kept(sent(image, "JPEG"), media)
    assert found.mode == "RGB"
    assert near(found.getpixel((8, 8)), (255, 0, 0))


def test_sixteen_bits_become_eight(media: Path) -> None:
    _content, found = kept(sent(Image.new("I;16", (16, 16), 0x8000)), media)
    assert found.getpixel((8, 8)) == (128, 128, 128)


@pytest.mark.parametrize(("mode", "color"), [("1", 1), ("L", 255)])
def test_black_and_white(mode: str, color: int, media: Path) -> None:
    _content, found = kept(sent(Image.new(mode, (16, 16), color)), media)
    assert found.getpixel((8, 8)) == (255, 255, 255)


def test_transparent_colors_of_a_palette_stay_transparent(media: Path) -> None:
    image = Image.new("P", (16, 16), 0)
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((1, 1), 1)
    _content, found = kept(sent(image, transparency=0), media)
    assert found.getpixel((8, 8))[3] == 0
    assert found.getpixel((1, 1)) == (0, 255, 0, 255)


def swapped_profile() -> bytes:
    """sRGB with red and green exchanged: whoever heeds it shows the other one."""
    data = bytearray(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    red, green = data.index(b"rXYZ"), data.index(b"gXYZ")
    data[red : red + 4], data[green : green + 4] = b"gXYZ", b"rXYZ"
    return bytes(data)


@pytest.mark.parametrize("kind", FORMATS)
def test_colors_are_those_that_the_profile_means(kind: str, media: Path) -> None:
    image = Image.new("RGB", (16, 16), (255, 0, 0))
    file = sent(image, kind, icc_profile=swapped_profile())
    _content, found = kept(file, media)
    assert near(found.getpixel((8, 8)), (0, 255, 0))
    assert "icc_profile" not in found.info


@pytest.mark.parametrize("profile", [b"no profile", b"\0" * 2_000_000])
def test_a_broken_profile_is_no_hindrance(profile: bytes, media: Path) -> None:
    image = Image.new("RGB", (16, 16), (255, 0, 0))
    content, found = kept(sent(image, "JPEG", icc_profile=profile), media)
    assert near(found.getpixel((8, 8)), (255, 0, 0))
    assert len(content) < 2000


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0nonsense", b"Exif\0\0MM\0\x2a\xff\xff\xff\xff", b"Exif\0\0"]
)
def test_broken_exif_says_nothing(exif: bytes, media: Path) -> None:
    _content, found = kept(sent(Image.new("RGB", (16, 8)), "JPEG", exif=exif), media)
    assert found.size == (16, 8)


def test_a_photo_with_a_second_picture_behind_it(media: Path) -> None:
    """Phones add one for depth or brightness; only the photo is wanted."""
    image = Image.new("RGB", (16, 16), (255, 0, 0))
    second = Image.new("RGB", (16, 16), (0, 0, 255))
    file = sent(image, "MPO", save_all=True, append_images=[second])
    assert check_picture(file) == "JPEG"
    _content, found = kept(file, media)
    assert (found.format, getattr(found, "n_frames", 1)) == ("JPEG", 1)
    assert near(found.getpixel((8, 8)), (255, 0, 0))


def test_an_upload_can_be_read_twice() -> None:
    """A form checks it, a service stores it: neither leaves it read to its end."""
    file = sent(Image.new("RGB", (16, 16)))
    assert [redrawn(file)[1] for _ in range(2)] == [(16, 16)] * 2
    assert file.tell() == 0
