"""Celery's doors to the outbox; each can be knocked at any number of times."""

from celery import shared_task

from events import services


@shared_task
def publish_outbox_messages() -> None:
    services.relay()


@shared_task
def deliver_to_subscriber(subscriber: str, aggregate: str) -> None:
    services.deliver(subscriber, aggregate)


@shared_task
def deliver_due() -> None:
    services.deliver_due()
