"""Files of pictures: making them, and which should be there."""

from io import BytesIO
from pathlib import Path
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from catalog.models import ProductImage
from catalog.thumbnails import ENCODERS, sides_of, thumbnail_name


def files(media: Path) -> set[str]:
    return {str(p.relative_to(media)) for p in media.rglob("*") if p.is_file()}


def thumbnails_of(image: ProductImage) -> set[str]:
    """What has been made of it, as its row says."""
    if not image.has_thumbnails:
        return set()
    return {
        thumbnail_name(str(image.file.name), side, kind)
        for side in sides_of((image.width, image.height))
        for kind in ENCODERS
    }


def expected() -> set[str]:
    """The files of all uploads that a product names, with their thumbnails."""
    uploads = ProductImage.objects.exclude(file="")
    return {name for i in uploads for name in (str(i.file.name), *thumbnails_of(i))}


def sent(image: Image.Image, kind: str = "PNG", **options: Any) -> SimpleUploadedFile:
    """The picture as an upload."""
    file = BytesIO()
    image.save(file, kind, **options)
    return SimpleUploadedFile("a.jpg", file.getvalue())


def drawn(*size: int, color: str = "red") -> SimpleUploadedFile:
    return sent(Image.new("RGB", size, color))
