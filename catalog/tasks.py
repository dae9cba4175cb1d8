"""What runs beside requests: each task can be repeated, and is."""

import logging
from uuid import UUID

from celery import shared_task
from django.conf import settings

from catalog.services import (
    drafts,
    import_runs,
    pricing,
    searching,
    thumbnails,
    visibility,
)

logger = logging.getLogger(__name__)

# Seconds; RabbitMQ takes a message back after half an hour.
PATIENCE = 1500


@shared_task(soft_time_limit=PATIENCE, time_limit=PATIENCE + 60)
def run_import(run_id: str) -> None:
    """Look at a new file, or import a confirmed one: whichever it waits for."""
    import_runs.look(UUID(run_id))
    import_runs.perform(UUID(run_id))


def hand_over(run_id: UUID) -> None:
    """Tell a worker of the run, where there is a broker; the schedule finds it too."""
    if not settings.RABBITMQ_URL:
        return
    try:
        run_import.delay(str(run_id))
    except Exception:
        # Nothing is lost: the shop must not refuse a file that it has.
        logger.warning("no worker was told of import %s", run_id, exc_info=True)


@shared_task(soft_time_limit=PATIENCE, time_limit=PATIENCE + 60)
def run_imports() -> None:
    import_runs.run_waiting()


@shared_task
def forget_imports() -> None:
    import_runs.forget_old()


@shared_task(soft_time_limit=PATIENCE, time_limit=PATIENCE + 60)
def apply_prices(change_id: str) -> None:
    pricing.apply_prices(UUID(change_id))


def hand_over_prices(change_id: UUID) -> None:
    """Tell a worker of the change, where there is a broker; the schedule finds it."""
    if not settings.RABBITMQ_URL:
        return
    try:
        apply_prices.delay(str(change_id))
    except Exception:
        logger.warning("no worker was told of prices %s", change_id, exc_info=True)


@shared_task(soft_time_limit=PATIENCE, time_limit=PATIENCE + 60)
def apply_waiting_prices() -> None:
    pricing.apply_waiting()


@shared_task
def forget_prices() -> None:
    pricing.forget_old_prices()


@shared_task
def forget_picture_drafts() -> None:
    drafts.forget_old_drafts()


@shared_task
def make_thumbnails(image_ids: list[str]) -> None:
    for image_id in image_ids:
        thumbnails.make_thumbnails(UUID(image_id))


@shared_task
def make_missing_thumbnails() -> None:
    thumbnails.make_missing_thumbnails()


@shared_task
def index_category(category_id: str) -> None:
    visibility.follow_products(UUID(category_id))


@shared_task
def index_template(template_id: str) -> None:
    searching.index_template(UUID(template_id))
