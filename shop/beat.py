"""The schedule inside the web process, for a shop that has no broker."""

from typing import Any

from celery.beat import EmbeddedService, Scheduler
from django.conf import settings
from django.db import connections

from shop.celery import app


class EmbeddedScheduler(Scheduler):
    """Keeps its times in memory: each start begins them anew."""

    def setup_schedule(self) -> None:
        """The tasks are known here, or beat would send their names to a broker."""
        self.app.loader.import_default_modules()
        super().setup_schedule()

    def apply_async(self, *args: Any, **kwargs: Any) -> Any:
        """Run the task here and now; nobody else gives its connection back."""
        try:
            return super().apply_async(*args, **kwargs)
        finally:
            connections.close_all()


def keep_schedule() -> None:
    """A thread of this process runs what is due, until the process ends.

    With a broker nothing happens: `celery -A shop beat` and a worker do it then.
    """
    if not settings.RABBITMQ_URL:
        EmbeddedService(app, thread=True, scheduler_cls=EmbeddedScheduler).start()
