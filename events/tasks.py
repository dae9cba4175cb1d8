"""Celery's doors to the outbox; each can be knocked at any number of times."""

from celery import shared_task

from events import services

# Seconds after which the relay leaves its worker to other tasks; the schedule, or the
# next event, calls it again.
RELAY_SECONDS = 30


@shared_task
def publish_outbox_messages() -> None:
    services.relay(seconds=RELAY_SECONDS)


@shared_task
def deliver_waiting(pairs: list[tuple[str, str]]) -> None:
    services.deliver_all(pairs)


@shared_task
def deliver_due() -> None:
    services.deliver_due()


@shared_task
def archive_events() -> None:
    services.archive()
