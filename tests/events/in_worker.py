"""What the workers of a test know beside the shop: a subscriber that can be held up.

While the file FAULTS_HOLD exists, the subscriber is in the middle of its answer, and
says so by a second file. Only workers import this: it would change other tests.
"""

import os
import time
from pathlib import Path

from events.models import OutboxMessage
from events.subscribers import subscriber
from tests.events.subscribing import REACHED, note


@subscriber("tests.note", "thing_changed")
def note_slowly(message: OutboxMessage) -> None:
    note(message)
    hold = os.environ.get("FAULTS_HOLD")
    if hold and Path(hold).exists():
        Path(hold + REACHED).touch()
    while hold and Path(hold).exists():
        time.sleep(0.02)
