"""Pictures on disk: stored before a transaction, removed after one.

Storing a picture takes a second, and no row is locked that long. Every upload has a
file of its own, so that a file belongs to whoever has just stored it. Thumbnails come
later: `catalog.services.thumbnails`.
"""

import logging
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils.translation import gettext as _

from catalog.models import PictureDraft, Product, ProductImage
from catalog.services.thumbnails import make_after_commit
from catalog.thumbnails import thumbnails_in
from catalog.uploads import check_picture, redrawn

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class StoredPicture:
    """An upload on disk, drawn anew; `stored_pictures` made it."""

    name: str
    width: int
    height: int


# An address elsewhere, or what a writer read; an uploaded file; one stored already.
Plain = str | UploadedFile | StoredPicture


@dataclass(frozen=True)
class Described:
    """A picture with its alternative text; without this it keeps the one it has."""

    picture: Plain
    alt: str


Picture = Plain | Described
Ready = str | StoredPicture | Described


@contextmanager
def stored_pictures(
    pictures: Iterable[Picture],
) -> Iterator[list[Ready]]:
    """The pictures, in order, with the uploads among them on disk.

    To be entered before the transaction that writes their names and left after it:
    files that it did not use, or all of them when it failed, are gone then. Raises
    ValidationError on `images` when an upload is not a picture.
    """
    pictures = list(pictures)
    for sent in map(plain, pictures):
        if isinstance(sent, UploadedFile):
            try:
                check_picture(sent)
            except ValidationError as error:
                raise ValidationError({"images": error.messages}) from error
    new: list[StoredPicture] = []
    ready: list[Ready] = []
    try:
        for picture in pictures:
            stored: Plain = plain(picture)
            if isinstance(stored, UploadedFile):
                stored = _store(stored)
                new.append(stored)
            if isinstance(picture, Described):
                ready.append(Described(stored, picture.alt))
            else:
                ready.append(stored)
        yield ready
    except BaseException:
        _remove(stored.name for stored in new)
        raise
    _remove_unnamed({stored.name for stored in new})


def plain(picture: Picture) -> Plain:
    """The picture without what is said of it."""
    return picture.picture if isinstance(picture, Described) else picture


def replace_images(
    product: Product, pictures: Sequence[Ready]
) -> tuple[list[str], list[str]]:
    """Write the rows of a product's pictures; their addresses before and after.

    The caller holds the product's lock.
    """
    old = list(product.images.all())
    # A writer sends back what it read: an address of our own names an upload.
    known = {image.address: image for image in old}
    product.images.all().delete()
    new = [_row(picture, known) for picture in pictures]
    for position, image in enumerate(new):
        image.product, image.position = product, position
        image.save()
    # Pictures that were read before are not the product's any more.
    vars(product).pop("_prefetched_objects_cache", None)
    make_after_commit(new)
    forget_files(old)
    before, after = ([image.address for image in images] for images in (old, new))
    return before, after


def forget_files(images: Iterable[ProductImage]) -> None:
    """After the commit, remove uploads that no picture names any more, with all that
    was made of them.
    """
    forget_names({str(image.file.name) for image in images if image.file})


def forget_names(names: set[str]) -> None:
    """The same for files by their names."""

    def remove() -> None:
        _remove_unnamed(names)

    if names:
        # Not a partial: Django names the function when it fails; a partial has no name.
        transaction.on_commit(remove, robust=True)


def _row(picture: Ready, known: dict[str, ProductImage]) -> ProductImage:
    if isinstance(picture, Described):
        row = _row(picture.picture, known)  # type: ignore[arg-type]
        row.alt = picture.alt
        return row
    if isinstance(picture, StoredPicture):
        size = {"width": picture.width, "height": picture.height}
        return ProductImage(file=picture.name, **size)
    if picture in known:
        return known[picture].twin()
    if picture.startswith(("http://", "https://")):
        return ProductImage(url=picture)
    raise ValidationError({"images": [_("An http(s) address is expected.")]})


def _store(upload: UploadedFile) -> StoredPicture:
    try:
        content, (width, height) = redrawn(upload)
    except ValidationError as error:
        raise ValidationError({"images": error.messages}) from error
    image = ProductImage(file=content)
    image.file.save(str(content.name), content, save=False)
    return StoredPicture(str(image.file.name), width, height)


def _remove_unnamed(names: set[str]) -> None:
    if names:
        named = set(ProductImage.objects.filter(file__in=names).values_list("file"))
        named |= set(PictureDraft.objects.filter(file__in=names).values_list("file"))
        _remove(names - {str(file) for (file,) in named})


def _remove(names: Iterable[str]) -> None:
    storage = ProductImage._meta.get_field("file").storage
    files = list(names)
    try:
        files += thumbnails_in(storage, list(files))
    except OSError:
        logger.warning("could not look for thumbnails", exc_info=True)
    for file in files:
        try:
            storage.delete(file)
        except OSError:
            # It takes room and does no harm.
            logger.warning("could not remove %s", file, exc_info=True)
