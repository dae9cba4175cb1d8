"""What runs beside requests: each task can be repeated, and is."""

from celery import shared_task

from shop import audit


@shared_task
def forget_history() -> None:
    audit.forget_old()
