"""What accounts do beside requests."""

import logging
from typing import Any

from celery import Task, shared_task

from accounts import services
from shop.mail import MAIL_ERRORS

logger = logging.getLogger(__name__)
# Seconds before each further try; whoever asked has long asked again after these.
WAITS = [30, 60, 120, 300, 600]


@shared_task(bind=True, max_retries=len(WAITS))
def send_reset_link(self: Task, email: str, language: str, home: str) -> Any:
    try:
        services.send_reset_link(email, language, home)
    except MAIL_ERRORS as error:
        tries = self.request.retries
        if self.request.is_eager or tries == len(WAITS):
            # An eager task would try again at once, while its server is still down.
            logger.exception("a reset link was not sent")
            return
        raise self.retry(exc=error, countdown=WAITS[tries]) from error


@shared_task
def end_sessions(user_id: str) -> None:
    services.end_sessions(user_id)


@shared_task
def forget_expired() -> None:
    services.forget_expired()
