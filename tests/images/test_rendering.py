"""What a picture looks like afterwards: its size, its colors, and nothing else."""

import io
from contextlib import suppress
from typing import Any

import pytest
from django.http import QueryDict
from PIL import Image

from images.exceptions import NotAPicture, TooBig
from images.formats import AVIF, JPEG, WEBP, Format
from images.parameters import Parameters
from images.rendering import render
from tests.images.internet import picture

FORMATS = (JPEG, WEBP, AVIF)


def asked(query: str) -> Parameters:
    return Parameters.of(QueryDict(f"url=https://cdn.example/a.png&{query}"))


def drawn(original: bytes, query: str = "w=100", made: Format = JPEG) -> Image.Image:
    image = Image.open(io.BytesIO(render(original, asked(query), made)))
    image.load()
    assert image.format == made.name
    return image


def saved(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def near(image: Image.Image, place: tuple[int, int], color: tuple[int, ...]) -> bool:
    found = image.convert("RGBA" if len(color) == 4 else "RGB").getpixel(place)
    return all(abs(a - b) < 12 for a, b in zip(found, color, strict=True))


@pytest.mark.parametrize(
    ("size", "query", "expected"),
    [
        ((400, 300), "w=100", (100, 75)),
        ((400, 300), "h=100", (133, 100)),
        ((400, 300), "w=100&h=100", (100, 75)),
        ((300, 400), "w=100&h=100", (75, 100)),
        ((400, 300), "w=100&h=100&fit=cover", (100, 100)),
        ((400, 300), "w=300&h=64&fit=cover", (300, 64)),
        ((400, 300), "w=100&fit=cover", (100, 75)),
        # never enlarged
        ((80, 60), "w=100&h=100", (80, 60)),
        ((80, 60), "w=1600", (80, 60)),
        ((80, 60), "w=1600&h=100", (80, 60)),
        ((80, 60), "w=1600&h=1600&fit=cover", (60, 60)),
        ((80, 60), "w=200&h=100&fit=cover", (80, 40)),
        ((400, 300), "w=800&h=300&fit=cover", (400, 150)),
        # at least a pixel
        ((4000, 1), "w=64", (64, 1)),
        ((1, 4000), "h=64&w=64&fit=cover", (1, 1)),
        ((1, 1), "w=64&h=64&fit=cover", (1, 1)),
        ((1, 1), "w=64", (1, 1)),
    ],
)
def test_sizes(size: tuple[int, int], query: str, expected: tuple[int, int]) -> None:
    for made in FORMATS:
        assert drawn(picture(size), query, made).size == expected
    assert drawn(picture(size, "JPEG"), query).size == expected


def test_cover_keeps_the_middle() -> None:
    image = Image.new("RGB", (300, 100), "red")
    image.paste("lime", (100, 0, 200, 100))
    small = drawn(saved(image), "w=80&h=80&fit=cover&q=95")
    assert small.size == (80, 80)
    assert near(small, (6, 40), (0, 255, 0)) and near(small, (73, 40), (0, 255, 0))


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_picture_is_put_upright(orientation: int, kind: str) -> None:
    """As Pillow itself does with the large one."""
    image = Image.new("RGB", (400, 200), "blue")
    image.paste("red", (0, 0, 200, 100))
    exif = Image.Exif()
    exif[0x0112] = orientation
    original = saved(
        image, kind, exif=exif.tobytes(), **({"quality": 95} if kind != "PNG" else {})
    )
    small = drawn(original, "w=100&h=100&q=95")
    assert small.size == ((100, 50) if orientation < 5 else (50, 100))
    # Where the first corner went: 1 stays, 2 mirrored, 3 turned around …
    right = orientation in {2, 3, 6, 7}
    below = orientation in {3, 4, 7, 8}
    width, height = small.size
    for x in (width // 4, width * 3 // 4):
        for y in (height // 4, height * 3 // 4):
            red = (x > width / 2) == right and (y > height / 2) == below
            assert near(small, (x, y), (255, 0, 0) if red else (0, 0, 255))
    assert drawn(original, "w=100&h=80&fit=cover").size == (100, 80)


def test_broken_exif_is_no_reason_to_refuse() -> None:
    original = saved(
        Image.new("RGB", (200, 100)), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff"
    )
    assert drawn(original).size == (100, 50)


@pytest.mark.parametrize("made", FORMATS)
def test_nothing_but_pixels(made: Format) -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRET camera"
    exif[0x0112] = 6
    original = saved(
        Image.new("RGB", (200, 100), "red"),
        "JPEG",
        exif=exif.tobytes(),
        comment="SECRET comment",
        icc_profile=b"SECRET profile" * 100,
        xmp=b"SECRET xmp",
        dpi=(300, 300),
    )
    assert original.count(b"SECRET") > 3
    body = render(original, asked("w=64"), made)
    assert b"SECRET" not in body
    image = Image.open(io.BytesIO(body))
    assert image.size == (64, 128)
    assert not image.getexif()
    assert {"icc_profile", "exif", "xmp", "comment", "dpi"} & set(image.info) == set()


@pytest.mark.parametrize(
    ("mode", "color", "expected"),
    [
        ("RGB", (200, 100, 50), (200, 100, 50)),
        ("L", 128, (128, 128, 128)),
        ("1", 1, (255, 255, 255)),
        ("I;16", 32896, (128, 128, 128)),
        ("P", 0, (0, 0, 0)),
        ("LA", (128, 255), (128, 128, 128)),
    ],
)
def test_colors(mode: str, color: Any, expected: tuple[int, ...]) -> None:
    image = Image.new(mode, (200, 200), color)
    for made in FORMATS:
        assert near(drawn(saved(image), made=made), (50, 50), expected)


def test_colors_of_print() -> None:
    image = Image.new("CMYK", (200, 200), (0, 255, 255, 0))
    for made in FORMATS:
        small = drawn(saved(image, "JPEG", quality=95), made=made)
        assert small.mode == "RGB"
        assert near(small, (50, 50), (255, 0, 0))


def test_what_shows_through() -> None:
    """JPEG has no such thing: there it stands on white."""
    half = Image.new("RGBA", (200, 200), (255, 0, 0, 128))
    clear = Image.new("RGBA", (200, 200), (0, 0, 0, 0))
    assert near(drawn(saved(half)), (50, 50), (255, 127, 127))
    assert near(drawn(saved(clear)), (50, 50), (255, 255, 255))
    for made in (WEBP, AVIF):
        assert near(drawn(saved(half), made=made), (50, 50), (255, 0, 0, 128))
        assert drawn(saved(clear), made=made).getchannel("A").getextrema() == (0, 0)
    palette = Image.new("P", (200, 200), 0)
    palette.putpalette([255, 0, 0, 0, 0, 255])
    assert near(drawn(saved(palette, transparency=0)), (50, 50), (255, 255, 255))
    gray = Image.new("I;16", (200, 200), 500)
    assert drawn(saved(gray, transparency=500)).size == (100, 100)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "AVIF", "PNG"])
def test_of_a_moving_picture_the_first_frame(kind: str) -> None:
    frames = [Image.new("RGB", (200, 100), color) for color in ("red", "blue", "lime")]
    original = saved(
        frames[0], kind, save_all=True, append_images=frames[1:], duration=100
    )
    for made in FORMATS:
        small = drawn(original, made=made)
        assert getattr(small, "n_frames", 1) == 1
        assert near(small, (50, 25), (255, 0, 0))


def test_quality() -> None:
    noise = saved(Image.effect_noise((200, 200), 80).convert("RGB"))
    for made in FORMATS:
        sizes = [
            len(render(noise, asked(f"w=100&q={q}"), made)) for q in (0, 40, 85, 95)
        ]
        assert sizes == sorted(sizes) and sizes[0] < sizes[1] < sizes[3]
        assert render(noise, asked("w=100&q=85"), made) == render(
            noise, asked("w=100"), made
        )


def test_24_million_pixels_and_no_more() -> None:
    limit = saved(Image.new("1", (6000, 4000)))
    assert drawn(limit).size == (100, 67)
    with pytest.raises(TooBig):
        drawn(saved(Image.new("1", (6000, 4001))))


def test_what_is_broken_within() -> None:
    whole = picture(kind="JPEG", size=(64, 64))
    for place in range(0, len(whole), 7):
        broken = whole[:place] + b"\xff" + whole[place + 1 :]
        with suppress(NotAPicture, TooBig):
            drawn(broken, "w=64")
