"""From the outbox to the broker and to the subscribers."""

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F
from django.utils import timezone

from events.models import MessageQuerySet, OutboxMessage
from events.services.delivering import Pair, hand_over, start
from events.services.publishing import FULL, Outcome, publish
from shop.locks import try_lock

logger = logging.getLogger(__name__)

LOCK = "events.relay"
BATCH = 100
# After so many refusals for its own reasons somebody has to look at a message. A
# broker that is down or full is none of them.
MAX_REFUSALS = 5
LONGEST_WAIT = timedelta(minutes=1)
LONGEST_ERROR = 2000
_NOTED = ["attempts", "last_error", "next_attempt_at"]
# What this process has last said of the broker.
_trouble = ""


@dataclass
class Turn:
    """What a relay did while it was its turn."""

    # False: another relay had the outbox all the time.
    had_it: bool = False
    sent: int = 0
    # Not taken this time, for reasons of the message or of one queue.
    refused: int = 0
    # Those of them that are not tried again.
    parked: int = 0
    # Why the broker takes nothing at all.
    trouble: str = ""


def relay(
    *,
    limit: int | None = None,
    seconds: float | None = None,
    stopped: Callable[[], bool] = lambda: False,
) -> Turn:
    """Send what is pending, in order for each aggregate, as the only relay.

    Ends when nothing is due, when another relay is at it, when the broker takes
    nothing, after `limit` messages or so many seconds, or when it is told to stop. What
    is left is found by the next call. LockLost if the database ended the session.
    """
    turn, began = Turn(), time.monotonic()

    def over() -> bool:
        late = seconds is not None and time.monotonic() - began >= seconds
        full = limit is not None and turn.sent >= limit
        return bool(turn.trouble) or late or full or stopped()

    while not over():
        with try_lock(LOCK) as check_lock:
            if check_lock is None:
                return turn
            turn.had_it = True
            batch = list(_due().with_body()[:BATCH])
            pairs = _carry(batch, turn, check_lock) if batch else []
        _log(turn)
        # Subscribers take their time, so the lock is free meanwhile.
        start(pairs)
        # Who came while the lock was taken went away again: their messages are here.
        if not _due().exists():
            break
    return turn


def _log(turn: Turn) -> None:
    """Once when trouble begins and once when it ends, not at every look."""
    global _trouble
    if turn.trouble and turn.trouble != _trouble:
        logger.warning("the broker takes no events: %s", turn.trouble)
    elif turn.sent and _trouble:
        logger.warning("the broker takes events again")
    if turn.trouble or turn.sent:
        _trouble = turn.trouble


def _due() -> MessageQuerySet:
    """What may go now: of each aggregate only what waits for nothing earlier."""
    pending = OutboxMessage.objects.pending()
    waiting = pending.filter(next_attempt_at__gt=timezone.now())
    return pending.exclude(aggregate__in=waiting.values("aggregate")).in_order()


def _carry(
    batch: list[OutboxMessage], turn: Turn, check_lock: Callable[[], None]
) -> list[Pair]:
    """Send the batch and write down what became of it. Returns whom to `start`."""
    # Without a broker the subscribers in this process are the whole world.
    outcome = publish(batch) if settings.RABBITMQ_URL else Outcome(sent=batch)
    # Whoever has the lock now writes down what became of these.
    check_lock()
    pairs = hand_over(outcome.sent, sent_at=timezone.now()) if outcome.sent else []
    if outcome.refused or outcome.nacked or outcome.trouble:
        _note_failures(batch, outcome)
    turn.sent += len(outcome.sent)
    turn.refused += len(outcome.refused) + len(outcome.nacked)
    turn.parked += sum(
        message.status == OutboxMessage.Status.PARKED for message, _ in outcome.refused
    )
    # Where every queue is full, the rest of the outbox need not be tried now.
    full = outcome.nacked and not outcome.sent
    turn.trouble = outcome.trouble or (FULL if full else "")
    return pairs


@transaction.atomic
def _note_failures(batch: list[OutboxMessage], outcome: Outcome) -> None:
    for message, error in outcome.refused:
        message.refusals += 1
        _note(message, error, wait=timedelta(seconds=2**message.refusals))
        if message.refusals >= MAX_REFUSALS:
            message.status = OutboxMessage.Status.PARKED
            message.next_attempt_at = None
        logger.warning("event %s was refused: %s", message.pk, error)
        message.save(update_fields=[*_NOTED, "refusals", "status"])
    for message in outcome.nacked:
        exponent = min(message.attempts + 1, 10)
        _note(message, FULL, wait=min(timedelta(seconds=2**exponent), LONGEST_WAIT))
        message.save(update_fields=_NOTED)
    if outcome.trouble:
        tried = {*outcome.sent, *outcome.nacked, *(one for one, _ in outcome.refused)}
        OutboxMessage.objects.filter(
            pk__in=[message.pk for message in batch if message not in tried]
        ).update(attempts=F("attempts") + 1, last_error=outcome.trouble[:LONGEST_ERROR])


def _note(message: OutboxMessage, error: str, wait: timedelta) -> None:
    message.attempts += 1
    message.last_error = error[:LONGEST_ERROR]
    message.next_attempt_at = timezone.now() + wait
