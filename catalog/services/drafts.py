"""Pictures of forms that were refused: kept for a day, to be sent once only."""

from collections.abc import Iterable, Mapping
from datetime import timedelta
from uuid import UUID

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog.models import PictureDraft
from catalog.services.pictures import StoredPicture, forget_names

KEPT = timedelta(days=1)


def keep_drafts(
    stored: Mapping[UploadedFile, StoredPicture], *, user: User
) -> list[PictureDraft]:
    """The stored uploads wait for their form; to be called inside `stored_pictures`."""
    return PictureDraft.objects.bulk_create(
        PictureDraft(
            file=picture.name,
            name=(upload.name or "")[-255:],
            width=picture.width,
            height=picture.height,
            user=user,
        )
        for upload, picture in stored.items()
    )


def use_drafts(ids: Iterable[UUID]) -> None:
    """They are a product's now; their files stay while something names them."""
    _drop(ids)


def forget_old_drafts() -> None:
    """Forms that nobody has come back to."""
    old = PictureDraft.objects.filter(created_at__lt=timezone.now() - KEPT)
    _drop(list(old.values_list("pk", flat=True)))


def forget_drafts_of(user: User) -> None:
    """Forms that this user will not come back to; their files go after the commit."""
    _drop(list(PictureDraft.objects.filter(user=user).values_list("pk", flat=True)))


def _drop(ids: Iterable[UUID]) -> None:
    with transaction.atomic():
        drafts = PictureDraft.objects.filter(pk__in=list(ids))
        names = set(drafts.values_list("file", flat=True))
        drafts.delete()
        forget_names(names)
