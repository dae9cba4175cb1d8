"""Pictures on disk: made before a transaction, removed after one.

Storing and shrinking a picture takes a second, and no row is locked that long. Every
upload has a file of its own, so that a file belongs to whoever has just stored it.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import Product, ProductImage
from catalog.uploads import check_picture

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoredPicture:
    """An upload on disk with its thumbnails; `stored_pictures` made it."""

    name: str


# An address elsewhere, or what a writer read; an uploaded file; one stored already.
Picture = str | UploadedFile | StoredPicture


@contextmanager
def stored_pictures(
    pictures: Iterable[Picture],
) -> Iterator[list[str | StoredPicture]]:
    """The pictures, in order, with the uploads among them on disk.

    To be entered before the transaction that writes their names and left after it:
    files that it did not use, or all of them when it failed, are gone then. Raises
    ValidationError on `images` when an upload is not a picture.
    """
    pictures = list(pictures)
    for picture in pictures:
        if isinstance(picture, UploadedFile):
            try:
                check_picture(picture)
            except ValidationError as error:
                raise ValidationError({"images": error.messages}) from error
    new: list[StoredPicture] = []
    ready: list[str | StoredPicture] = []
    try:
        for picture in pictures:
            if isinstance(picture, UploadedFile):
                picture = _store(picture, new)
            ready.append(picture)
        yield ready
    except BaseException:
        _remove(stored.name for stored in new)
        raise
    _remove_unnamed({stored.name for stored in new})


def replace_images(product: Product, pictures: Sequence[str | StoredPicture]) -> None:
    """Write the rows of a product's pictures. The caller holds its lock."""
    old = list(product.images.all())
    # A writer sends back what it read: an address of our own names an upload.
    uploads = {image.address: str(image.file.name) for image in old if image.file}
    product.images.all().delete()
    for position, picture in enumerate(pictures):
        if isinstance(picture, StoredPicture):
            fields = {"file": picture.name}
        elif picture in uploads:
            fields = {"file": uploads[picture]}
        elif picture.startswith(("http://", "https://")):
            fields = {"url": picture}
        else:
            raise ValidationError({"images": [_("An http(s) address is expected.")]})
        ProductImage(product=product, position=position, **fields).save()
    # Pictures that were read before are not the product's any more.
    vars(product).pop("_prefetched_objects_cache", None)
    forget_files(old)


def forget_files(images: Iterable[ProductImage]) -> None:
    """After the commit, remove uploads that no picture names any more."""
    names = {str(image.file.name) for image in images if image.file}

    def remove() -> None:
        _remove_unnamed(names)

    if names:
        # Not a partial: Django names the function when it fails; a partial has no name.
        transaction.on_commit(remove, robust=True)


def _store(upload: UploadedFile, new: list[StoredPicture]) -> StoredPicture:
    image = ProductImage(file=upload)
    image.file.save(upload.name or "", upload, save=False)
    stored = StoredPicture(str(image.file.name))
    # Known before the thumbnails are made: one may fail.
    new.append(stored)
    for thumbnail in _thumbnails(stored.name):
        # Of an earlier picture of this name; it would push the new one aside.
        thumbnail.storage.delete(thumbnail.name)
        thumbnail.generate(force=True)
    return stored


def _thumbnails(name: str) -> list[Any]:
    image = ProductImage(file=name)
    return [image.card, image.thumb]


def _remove_unnamed(names: set[str]) -> None:
    if names:
        kept = ProductImage.objects.filter(file__in=names)
        _remove(names - set(map(str, kept.values_list("file", flat=True))))


def _remove(names: Iterable[str]) -> None:
    storage = ProductImage._meta.get_field("file").storage
    for name in names:
        for file in (name, *(thumbnail.name for thumbnail in _thumbnails(name))):
            try:
                storage.delete(file)
            except OSError:
                # It takes room and does no harm.
                logger.warning("could not remove %s", file, exc_info=True)
