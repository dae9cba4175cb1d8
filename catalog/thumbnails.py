"""Smaller files of an uploaded picture: which there are, their names, their making."""

from collections.abc import Iterable, Iterator
from io import BytesIO
from pathlib import PurePosixPath
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import Storage
from imagekit import ImageSpec
from imagekit.processors import MakeOpaque, ProcessorPipeline, Resize
from PIL import Image, features

from catalog.uploads import FORMATS as READABLE
from catalog.uploads import upright

Size = tuple[int, int]

FOLDER = "thumbs"
# px of the longer side: 72 px of a cart and 130 to 220 px of a card on screens of one,
# two and three pixels a point; then the product's page.
SIDES = (160, 320, 480, 800, 1200)
HAS_AVIF = bool(features.check("avif"))
# The best first: a browser takes the first one that it knows. (ADR 0013: the figures.)
ENCODERS: dict[str, dict[str, Any]] = {
    "AVIF": {"quality": 55, "speed": 8},
    "WEBP": {"quality": 80},
    "JPEG": {"quality": 80, "optimize": True, "progressive": True},
}
if not HAS_AVIF:
    del ENCODERS["AVIF"]
# Pictures remember by what recipe their thumbnails were made, and pages show those of
# this one alone. Whoever changes the lists above adds 2: all are made anew.
RECIPE = 2 + HAS_AVIF


def fitted(size: Size, side: int) -> Size:
    """The size of a picture in a square of that side; never larger than it is."""
    width, height = size
    longer = max(size)
    if longer <= side:
        return size
    return max(1, round(width * side / longer)), max(1, round(height * side / longer))


def sides_of(size: Size) -> list[int]:
    """The sides that a picture of this size has files for: up to its own."""
    longer = max(size)
    return [
        side
        for place, side in enumerate(SIDES)
        if not place or SIDES[place - 1] < longer
    ]


def thumbnail_name(name: str, side: int, kind: str) -> str:
    """What the file is called; `name` is the picture's."""
    return f"{_stem(name)}{RECIPE}-{side}.{READABLE[kind]}"


def _stem(name: str) -> str:
    path = PurePosixPath(name)
    return f"{FOLDER}/{path.with_suffix('')}."


class Thumbnail(ImageSpec):
    """One smaller file, of a picture that has its size already."""

    def __init__(self, source: Any, picture: Image.Image, side: int, kind: str) -> None:
        super().__init__(source)
        self.picture, self.side = picture, side
        self.format, self.options = kind, ENCODERS[kind]
        # What is transparent becomes white where the format knows only opaque.
        self.processors = [MakeOpaque()] if kind == "JPEG" else []

    @property
    def cachefile_name(self) -> str:
        return thumbnail_name(self.source.name, self.side, self.format)

    def generate(self) -> BytesIO:
        """Not by imagekit's own way of saving: that turns the error stream of the whole
        process off meanwhile, and for good when two threads do so at once.
        """
        picture = ProcessorPipeline(self.processors).process(self.picture)
        if self.format == "JPEG":
            picture = picture.convert("RGB")
        content = BytesIO()
        picture.save(content, self.format, **self.options)
        return content


def save_thumbnails(source: Any) -> Size:
    """All thumbnails of the picture in this file are in its storage; its own size.

    Raises what reading, encoding and storing raise; then some may be there.
    """
    storage: Storage = source.storage
    with (
        storage.open(source.name) as file,
        Image.open(file, formats=list(READABLE)) as found,
    ):
        # Uploads of before they were drawn anew may be anything.
        mode = "RGBA" if found.has_transparency_data else "RGB"
        picture = upright(found.convert(mode))
    picture.info.clear()
    size = picture.size
    # Each from the one before: shrinking the whole picture for each takes longer than
    # encoding does.
    for side in reversed(sides_of(size)):
        picture = Resize(*fitted(size, side)).process(picture)
        for kind in ENCODERS:
            thumbnail = Thumbnail(source, picture, side, kind)
            content = ContentFile(thumbnail.generate().getvalue())
            # What a try that was broken off has left would push this one aside.
            storage.delete(thumbnail.cachefile_name)
            storage.save(thumbnail.cachefile_name, content)
    return size


def thumbnails_in(storage: Storage, names: Iterable[str]) -> Iterator[str]:
    """The names of all thumbnails of these pictures that are there, of any recipe."""
    stems: dict[str, set[str]] = {}
    for name in names:
        folder, stem = _stem(name).rsplit("/", 1)
        stems.setdefault(folder, set()).add(stem)
    for folder, wanted in stems.items():
        try:
            _folders, files = storage.listdir(folder)
        except FileNotFoundError:
            continue
        for file in files:
            if f"{file.split('.', 1)[0]}." in wanted:
                yield f"{folder}/{file}"
