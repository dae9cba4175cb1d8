"""What runs beside requests: each task can be repeated, and is."""

from celery import shared_task

from dashboard import services


@shared_task
def keep_totals() -> None:
    services.keep_carts()
    services.keep_totals()
