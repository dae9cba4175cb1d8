"""What a page says of a picture, so that a browser takes the file that fits.

Names are computed, not looked for: a page asks neither the disk nor the database.
"""

from dataclasses import dataclass
from typing import Any

from django.templatetags.static import static

from catalog.models import ProductImage
from catalog.thumbnails import ENCODERS, fitted, sides_of, thumbnail_name
from images.addresses import is_proxied, proxied


@dataclass(frozen=True)
class Use:
    """A place for pictures: a square into which they are fitted whole."""

    # px: what the attributes say until the style sheet does.
    box: int
    # Of all thumbnails those that make sense here, and the square's side by the
    # width of the window.
    sides: tuple[int, ...]
    lengths: tuple[tuple[str, str], ...]


USES = {
    "thumb": Use(72, (160,), (("", "4.5rem"),)),
    # Without 160: a screen of one pixel a point would take it for 180 px.
    "card": Use(
        480,
        (320, 480),
        (
            ("(min-width: 87.5rem) ", "10rem"),
            ("(min-width: 62rem) ", "11rem"),
            ("(min-width: 36rem) ", "14rem"),
            ("", "40vw"),
        ),
    ),
    "main": Use(
        800,
        (480, 800, 1200),
        (
            ("(min-width: 87.5rem) ", "40.5rem"),
            ("(min-width: 48rem) ", "47vw"),
            ("(min-width: 36rem) ", "32rem"),
            ("", "94vw"),
        ),
    ),
}


def picture_context(
    image: ProductImage | None,
    use: str,
    *,
    alt: object = "",
    css: str = "",
    lazy: bool = False,
    first: bool = False,
) -> dict[str, Any]:
    """What `catalog/includes/picture_element.html` shows.

    `first`: the picture for which the page is opened. Without one: a drawing of none.
    """
    place = USES[use]
    size = image.size if image else None
    width, height = fitted(size, place.box) if size else (place.box, place.box)
    shown = {
        "alt": alt, "css": css, "lazy": lazy, "first": first,
        "width": width, "height": height, "sources": [],
    }  # fmt: skip
    if image is None:
        shown["src"] = static("img/no-picture.svg")
    elif image.url:
        shown["src"] = proxied(image.url, place.sides[-1])
        if is_proxied(image.url):
            # How large the original is nobody knows; the proxy never enlarges.
            files = [(proxied(image.url, side), side) for side in place.sides]
            shown |= {"srcset": _srcset(files), "sizes": _sizes(place, 1)}
    elif size and image.has_thumbnails:
        sides = [side for side in sides_of(size) if side in place.sides]
        sides = sides or sides_of(size)[-1:]
        url, name = image.file.storage.url, str(image.file.name)
        files_of = {
            kind: [
                (url(thumbnail_name(name, side, kind)), fitted(size, side)[0])
                for side in sides
            ]
            for kind in ENCODERS
        }
        jpegs = files_of.pop("JPEG")
        shown |= {
            "src": jpegs[-1][0],
            "srcset": _srcset(jpegs),
            "sizes": _sizes(place, size[0] / max(size)),
            "sources": [
                {"type": f"image/{kind.lower()}", "srcset": _srcset(files)}
                for kind, files in files_of.items()
            ],
        }
    else:
        shown["src"] = image.file.url
    return shown


def _srcset(files: list[tuple[str, int]]) -> str:
    return ", ".join(f"{url} {width}w" for url, width in files)


def _sizes(place: Use, ratio: float) -> str:
    """How wide the picture is: an upright one is narrower than its square."""
    return ", ".join(
        media + (length if ratio == 1 else f"calc({length} * {ratio:.3f})")
        for media, length in place.lengths
    )
