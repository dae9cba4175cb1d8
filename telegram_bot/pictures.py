"""A product's picture as Telegram takes it: an address, or a small file."""

import logging
from pathlib import PurePosixPath

from catalog.models import ProductImage
from catalog.thumbnails import sides_of, thumbnail_name

logger = logging.getLogger(__name__)

SIDE = 800
# Telegram's limit for a photo, bytes.
LARGEST = 10 * 1024 * 1024
# An address, or a file's name and content.
Photo = str | tuple[str, bytes]


def photo_of(image: ProductImage | None) -> Photo | None:
    """The address of a picture elsewhere, or the name and content of an upload.

    None: there is none that could be sent.
    """
    if image is None:
        return None
    if image.url:
        return image.url
    storage, name = image.file.storage, str(image.file.name)
    if image.size and image.has_thumbnails:
        side = max(side for side in sides_of(image.size) if side <= SIDE)
        name = thumbnail_name(name, side, "JPEG")
    try:
        with storage.open(name) as file:
            if file.size > LARGEST:
                return None
            return f"picture{PurePosixPath(name).suffix}", file.read()
    except OSError:
        logger.warning("No file %s for Telegram", name)
        return None
