"""Tasks that only the workers of a test have."""

import os
import signal
import time
from pathlib import Path

from celery import shared_task


@shared_task(name="catalog.tasks.test_hold")
def hold(note: str, wait_for: str) -> None:
    """Says that it has begun, and ends once a file is there."""
    with Path(note).open("a") as said:
        said.write("begun ")
    while not Path(wait_for).exists():
        time.sleep(0.02)
    with Path(note).open("a") as said:
        said.write("done ")


@shared_task(name="events.tasks.test_die")
def die(note: str) -> None:
    """The process that takes this task is gone."""
    with Path(note).open("a") as said:
        said.write("died ")
    os.kill(os.getpid(), signal.SIGKILL)
