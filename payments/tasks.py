"""What runs beside requests: each task can be repeated, and is."""

import logging
from datetime import timedelta
from uuid import UUID

from celery import shared_task

from payments import services

logger = logging.getLogger(__name__)


@shared_task
def expire_orders() -> None:
    services.expire_orders()


@shared_task
def settle_payments() -> None:
    """What providers know and the shop does not is made up for.

    A refund that was refused is not asked for again and again: people see to it. What
    has ended is asked about for an hour; `reconcile_payments` looks back a month.
    """
    recent = timedelta(hours=1)
    for finding in services.reconcile(fix=True, refused=False, memory=recent):
        logger.warning("%s%s", finding.text, "" if finding.fixed else " (not mended)")


@shared_task
def send_refund(refund_id: str) -> None:
    services.send_refund(UUID(refund_id))
