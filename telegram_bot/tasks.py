"""Celery's doors to the bot; each can be knocked at any number of times."""

from celery import shared_task

from telegram_bot import services


@shared_task
def send_pushes(chat_id: int) -> None:
    services.send_pushes(chat_id)


@shared_task
def send_due_pushes() -> None:
    services.send_due_pushes()


@shared_task
def forget_telegram() -> None:
    services.forget_old()
