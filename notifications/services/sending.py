"""Letters leave: taken in one statement, sent outside of any transaction, marked.

A letter is marked `sent` after the mail server's yes. A process that dies between the
two leaves it taken; once the claim has run out it is sent again, since a letter that
comes twice does less harm than one that never comes. It then has the same Message-ID,
by which mail servers and programs know that they have it.
"""

import logging
from collections.abc import Collection
from datetime import timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.core.cache import cache
from django.db.models import F
from django.utils import timezone

from notifications.composing import compose
from notifications.contents import NothingToSay
from notifications.mailer import Mailer, MailerError, Refused, ServerUnavailable
from notifications.models import Letter
from notifications.services.writing import wake

logger = logging.getLogger(__name__)
Status = Letter.Status

# The first wait; each further one is twice as long, up to an hour. The last attempt
# is about a day after the first; then somebody has to look.
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=1)
MAX_ATTEMPTS = 30
# Seconds after which one run takes no further letter: well below a task's time limit.
RUN_SECONDS = 60
# Seconds for which a server that did not answer is left alone, by everybody.
PAUSE_SECONDS = 60
PAUSE = "letters:pause"
# Days that letters are kept, for questions about them.
KEEP_DAYS = 90


def send_due_letters() -> int:
    """Whatever may be sent now is sent; how many were."""
    return _send(None)


def send_letters(ids: Collection[UUID]) -> int:
    """The same for these only: a shopper's request does not work off a backlog."""
    return _send(ids)


def send_again(ids: Collection[UUID]) -> int:
    """Those of the letters that have failed are due anew; how many those are."""
    failed = Letter.objects.filter(pk__in=ids, status=Status.FAILED)
    found = list(failed.values_list("pk", flat=True))
    count = failed.filter(pk__in=found).update(
        status=Status.PENDING, attempts=0, next_attempt_at=timezone.now()
    )
    wake(found)
    return count


def forget_letters() -> None:
    """What was sent, or not needed, long ago is gone."""
    long_ago = timezone.now() - timedelta(days=KEEP_DAYS)
    Letter.objects.filter(created_at__lt=long_ago).exclude(
        status__in=Letter.OPEN
    ).delete()


def _send(only: Collection[UUID] | None) -> int:
    """Over one connection, in the order they were written."""
    sent, end = 0, monotonic() + RUN_SECONDS
    with Mailer() as mailer:
        while monotonic() < end and not cache.get(PAUSE):
            letter = _take(only)
            if letter is None:
                break
            sent += _send_one(letter, mailer)
    return sent


def _take(only: Collection[UUID] | None) -> Letter | None:
    """The next letter that is due, ours until its claim runs out; None: there is none.

    A conditional UPDATE: of several workers that want the same letter one gets it.
    """
    now = timezone.now()
    due = Letter.objects.due(now)
    if only is not None:
        due = due.filter(pk__in=only)
    for letter in due[:10]:
        unchanged = Letter.objects.filter(
            pk=letter.pk, status=letter.status, attempts=letter.attempts
        )
        if unchanged.update(
            status=Status.SENDING, claimed_at=now, attempts=F("attempts") + 1
        ):
            letter.refresh_from_db()
            return letter
    return None


def _send_one(letter: Letter, mailer: Mailer) -> bool:
    if letter.attempts > MAX_ATTEMPTS:
        # Whoever took it never came back to say why.
        _put_off(letter, TimeoutError("each of its workers died"))
        return False
    try:
        mailer.send(compose(letter))
    except NothingToSay as why:
        _mark(letter, status=Status.CANCELED, last_error=str(why))
    except Refused as error:
        logger.error("letter %s was refused: %s", letter.pk, error)
        _mark(letter, status=Status.FAILED, last_error=_short(error))
    except ServerUnavailable as error:
        logger.warning("letters pause: %s", error)
        cache.set(PAUSE, True, PAUSE_SECONDS)
        _put_off(letter, error)
    except MailerError as error:
        logger.warning("letter %s has to wait: %s", letter.pk, error)
        _put_off(letter, error)
    except Exception as error:
        # A fault of ours must not stop the letters behind it.
        logger.exception("letter %s could not be made", letter.pk)
        _put_off(letter, error)
    else:
        _mark(letter, status=Status.SENT, last_error="", sent_at=timezone.now())
        return True
    return False


def _put_off(letter: Letter, error: Exception) -> None:
    if letter.attempts >= MAX_ATTEMPTS:
        logger.error("letter %s is given up", letter.pk)
        _mark(letter, status=Status.FAILED, last_error=_short(error))
        return
    wait = min(FIRST_WAIT * 2 ** (letter.attempts - 1), LONGEST_WAIT)
    _mark(
        letter,
        status=Status.PENDING,
        last_error=_short(error),
        next_attempt_at=timezone.now() + wait,
    )


def _mark(letter: Letter, **changes: Any) -> None:
    """If it is still ours: who was away longer than a claim lasts writes nothing."""
    ours = Letter.objects.filter(
        pk=letter.pk, status=Status.SENDING, attempts=letter.attempts
    )
    ours.update(claimed_at=None, **changes)


def _short(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:2000]
