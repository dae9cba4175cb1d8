"""Thumbnails: made after the upload's commit, never while a shopper waits.

A picture's row says by which recipe its thumbnails were made. Until that is today's,
pages show the picture itself, and the schedule finds it: a message that was lost, a
worker that died and a picture of an earlier version come to nothing worse.
"""

import logging
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from catalog.caching import drop_catalog_cache
from catalog.models import ProductImage
from catalog.product_image import ProductImageQuerySet
from catalog.thumbnails import RECIPE, save_thumbnails, thumbnails_in

logger = logging.getLogger(__name__)

# Whoever begins a picture has it alone for so long: longer than a task may live.
LEASE = timedelta(minutes=10)
# A picture that fails so often is shown as it is.
TRIES = 3
# Pictures of one run of the schedule: some twenty seconds of one processor.
BATCH = 40

_left_to_schedule = ContextVar("left_to_schedule", default=False)


@contextmanager
def thumbnails_later() -> Iterator[None]:
    """Uploads in this block get their thumbnails from the schedule alone.

    For loading many at once: without a broker the loading would wait for all of them.
    """
    token = _left_to_schedule.set(True)
    try:
        yield
    finally:
        _left_to_schedule.reset(token)


def make_after_commit(images: Iterable[ProductImage]) -> None:
    """Send the uploads among these to be shrunk, once their rows are committed."""
    from catalog.tasks import make_thumbnails as task

    keys = [str(i.pk) for i in images if i.file and i.thumbnails != RECIPE]
    if not keys or _left_to_schedule.get():
        return

    def send() -> None:
        # Seconds: a broker that is there and silent must not hold the request.
        task.apply_async((keys,), confirm_timeout=3)

    # Not a partial: Django names the function when it fails; a partial has no name.
    transaction.on_commit(send, robust=True)


def make_missing_thumbnails(limit: int = BATCH) -> int:
    """Make those of up to `limit` pictures that have none, the newest first.

    Returns how many pictures were taken on. One that fails waits for its turn in a
    later run; after TRIES failures nobody takes it on any more.
    """
    for done in range(limit):
        waiting = _free_to_try().filter(thumbnail_tries__lt=TRIES)
        image = waiting.order_by("-id").first()
        if image is None:
            return done
        make_thumbnails(image)
    return limit


def retry_thumbnails() -> int:
    """What was given up is missing again, and has all its tries; how many rows."""
    missing = ProductImage.objects.without_thumbnails()
    given_up = missing.filter(thumbnail_tries__gte=TRIES)
    return given_up.update(thumbnail_tries=0, thumbnails_tried_at=None)


def make_thumbnails(image: ProductImage | UUID) -> None:
    """The picture has its thumbnails afterwards, on every row that names its file.

    Nothing happens when it has them, when somebody else is at it, or when it is gone.
    A failure is counted and logged.
    """
    if isinstance(image, UUID):
        found = ProductImage.objects.exclude(file="").filter(pk=image).first()
        if found is None:
            return
        image = found
    name = str(image.file.name)
    rows = ProductImage.objects.filter(file=name)
    if made := rows.filter(thumbnails=RECIPE).first():
        _mark(rows.without_thumbnails(), made.width, made.height)
        return
    now, tries = timezone.now(), F("thumbnail_tries") + 1
    free = _free_to_try().filter(file=name)
    if not free.update(thumbnails_tried_at=now, thumbnail_tries=tries):
        return
    # Not those of a picture that is uploaded, with the same name, after this one went.
    mine = rows.filter(thumbnails_tried_at=now)
    try:
        if _mark(mine, *save_thumbnails(image.file)):
            return
    except Exception:  # whatever a broken file, a full disk or a store provokes
        if mine.exists():
            logger.warning("no thumbnails of %s", name, exc_info=True)
            _drop(image)
            return
    # Deleted meanwhile, with what was there then.
    if not rows.exists():
        _drop(image)


def _free_to_try() -> ProductImageQuerySet:
    begun = timezone.now() - LEASE
    return ProductImage.objects.without_thumbnails().tried_before(begun)


def _mark(rows: ProductImageQuerySet, width: int | None, height: int | None) -> int:
    # The next recipe has all its tries.
    marked = rows.update(
        thumbnails=RECIPE, width=width, height=height, thumbnail_tries=0
    )
    if marked:
        drop_catalog_cache()
    return marked


def _drop(image: ProductImage) -> None:
    storage = image.file.storage
    try:
        for file in list(thumbnails_in(storage, [str(image.file.name)])):
            storage.delete(file)
    except OSError:
        # They take room and do no harm.
        logger.warning("could not remove thumbnails of %s", image, exc_info=True)
