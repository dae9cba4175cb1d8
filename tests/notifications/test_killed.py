"""Workers that are killed: nothing is lost, and what comes twice has the same id."""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from notifications.models import CLAIM_LASTS, Letter
from tests.notifications.helpers import make_letter
from tests.notifications.mailbox import Mailbox, running
from tests.services.launcher import free_port

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]
PATIENCE = 60
LETTERS, KILLS = 60, 4


@contextmanager
def worker(port: int) -> Iterator[subprocess.Popen[bytes]]:
    """On the database of this test."""
    url = urlsplit(os.environ["DATABASE_URL"])
    name = connection.settings_dict["NAME"]
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.notifications.sender"],
        cwd=django_settings.BASE_DIR,
        env={
            **os.environ,
            "DATABASE_URL": urlunsplit(url._replace(path=f"/{name}")),
            "REDIS_URL": "",
            "MAIL_PORT": str(port),
        },
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def wait_for(done: Callable[[], Any]) -> None:
    end = time.monotonic() + PATIENCE
    while not done():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(0.005)


def test_killed_workers_lose_nothing() -> None:
    letters = [make_letter() for _ in range(LETTERS)]
    mailbox, port = Mailbox(), free_port()
    taken = 0
    with running(mailbox, port):
        for kill in range(1, KILLS + 1):
            with worker(port) as process:
                enough = kill * LETTERS // 6
                wait_for(partial(mailbox.holds, enough))
                process.send_signal(signal.SIGKILL)
                process.wait()
            # What it had in its hands is free again once the claim has run out.
            long_ago = timezone.now() - CLAIM_LASTS * 2
            taken += Letter.objects.filter(status="sending").update(claimed_at=long_ago)
        with worker(port) as process:
            assert process.wait(PATIENCE) == 0

    arrived = Counter(mailbox.ids)
    assert set(arrived) == {f"<{letter.pk}@localhost>" for letter in letters}
    assert set(Letter.objects.values_list("status", flat=True)) == {"sent"}
    # A worker has one letter in its hands: one kill repeats one letter, if any.
    twice = sum(arrived.values()) - LETTERS
    assert 0 <= twice <= taken <= KILLS
