"""Celery's doors to the letters; each can be knocked at any number of times."""

from uuid import UUID

from celery import shared_task

from notifications import services


@shared_task
def send_letters(ids: list[str]) -> None:
    services.send_letters([UUID(pk) for pk in ids])


@shared_task
def send_due_letters() -> None:
    services.send_due_letters()


@shared_task
def forget_letters() -> None:
    services.forget_letters()
