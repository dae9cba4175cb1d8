"""What runs beside requests: each task can be repeated, and is."""

from uuid import UUID

from celery import shared_task

from catalog.services import thumbnails


@shared_task
def make_thumbnails(image_ids: list[str]) -> None:
    for image_id in image_ids:
        thumbnails.make_thumbnails(UUID(image_id))


@shared_task
def make_missing_thumbnails() -> None:
    thumbnails.make_missing_thumbnails()
