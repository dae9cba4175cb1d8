"""Messages that the bot sends by itself, and answers that were held up.

Each is a row before it is sent. Those of a chat leave in their order, by one sender at
a time; what cannot be sent now waits, and what follows it waits too.
"""

import logging
import time
from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from telegram_bot.exceptions import (
    BotBlocked,
    CallRefused,
    ChatBusy,
    TelegramError,
    TooManyMessages,
    Unreachable,
)
from telegram_bot.keyboards import Keyboard
from telegram_bot.models import Chat, Push
from telegram_bot.services.chats import note_blocked
from telegram_bot.services.locking import only_one
from telegram_bot.texts import MESSAGE, length, shorten

logger = logging.getLogger(__name__)

Status = Push.Status
# Between tries while Telegram does not answer.
LONGEST_WAIT = timedelta(minutes=10)
# For so long a message waits for further lines.
LINES_WAIT = timedelta(minutes=1)
# What is older is news to nobody.
NEWS = timedelta(days=3)
# Seconds that a run of the schedule sends for.
RUN_SECONDS = 30


def push(
    chat: Chat,
    text: str,
    keyboard: Keyboard | None = None,
    *,
    about: str | None = None,
    personal: bool = True,
    wait: timedelta = timedelta(0),
) -> None:
    """The chat is sent this message, once if it says what it is about.

    Written in the caller's transaction; it leaves after that, and after the wait.
    """
    row = Push(
        chat=chat,
        text=shorten(text, MESSAGE),
        keyboard=keyboard,
        about=about,
        is_personal=personal,
        next_attempt_at=timezone.now() + wait if wait else None,
        # What is held up was tried.
        attempts=1 if wait else 0,
    )
    Push.objects.bulk_create([row], ignore_conflicts=True)
    wake(chat)


@transaction.atomic
def push_line(chat: Chat, heading: str, line: str, *, about: str) -> None:
    """The chat, of staff, is told this soon, together with others of the same kind.

    An import in which a thousand products run low must not be a thousand messages. A
    message that nobody has tried to send yet takes the line in. `about` is the kind, a
    colon, and what makes the line another one.
    """
    kind = about.partition(":")[0]
    waiting = (
        Push.objects.pending()
        .select_for_update()
        .filter(chat=chat, about__startswith=f"{kind}:", attempts=0)
    )
    message = waiting.order_by("-id").first()
    if message and length(f"{message.text}\n{line}") <= MESSAGE:
        message.text += f"\n{line}"
        message.save(update_fields=["text"])
        return
    Push.objects.create(
        chat=chat,
        about=about,
        is_personal=False,
        text=shorten(f"{heading}\n{line}", MESSAGE),
        next_attempt_at=timezone.now() + LINES_WAIT,
    )


def note_told(chat: Chat, about: str) -> None:
    """The chat knows already: no push about this is written any more."""
    told = Push(chat=chat, about=about, status=Status.SENT, sent_at=timezone.now())
    Push.objects.bulk_create([told], ignore_conflicts=True)


def push_deletion(chat: Chat, message_id: int) -> None:
    """The message disappears as soon as Telegram can be asked to."""
    Push.objects.create(chat=chat, delete_message_id=message_id, is_personal=False)
    wake(chat)


def wake(chat: Chat) -> None:
    """Somebody sends once the transaction has committed.

    Not here where tasks run in the process that calls them: its visitors would wait
    for Telegram. The schedule does it then, as it does when a wish is lost.
    """
    from telegram_bot.tasks import send_pushes

    def send() -> None:
        # Seconds: a broker that is there and silent must not hold the caller.
        send_pushes.apply_async((chat.pk,), confirm_timeout=3)

    if not settings.CELERY_TASK_ALWAYS_EAGER:
        transaction.on_commit(send, robust=True)


def send_pushes(chat_id: int) -> bool:
    """Send what waits for the chat (its row's id); whether Telegram could be reached.

    Ends at the first that has to wait. Somebody else at it: nothing is done.
    """
    try:
        with only_one("push", chat_id, patience=0):
            while (outcome := _send_next(chat_id)) is None:
                pass
            return outcome
    except ChatBusy:
        return True


def send_due_pushes() -> None:
    """Whatever waits in any chat and is due, as far as Telegram answers."""
    if not settings.TELEGRAM_BOT_TOKEN:
        return
    deadline = time.monotonic() + RUN_SECONDS
    due = Push.objects.due().order_by().values_list("chat", flat=True).distinct()
    for chat_id in list(due):
        # The others would wait for the same silence.
        if not send_pushes(chat_id) or time.monotonic() > deadline:
            return


def retry_pushes(pushes: QuerySet[Push]) -> int:
    """What could not be sent is tried again; how many messages."""
    failed = pushes.filter(status=Status.FAILED)
    return failed.update(status=Status.PENDING, attempts=0, next_attempt_at=None)


def _send_next(chat_id: int) -> bool | None:
    """None: there may be another. Else whether Telegram could be reached."""
    now = timezone.now()
    waiting = Push.objects.pending().filter(chat=chat_id).select_related("chat__user")
    # What only waits for more to say keeps nobody waiting.
    ready = waiting.exclude(attempts=0, next_attempt_at__gt=now)
    push = ready.order_by("id").first()
    if push is None or (push.next_attempt_at and push.next_attempt_at > now):
        return True
    chat = push.chat
    if chat.blocked_at:
        _fail(push, "The bot may not write here.")
        return None
    if push.is_personal and push.about and chat.account is None:
        _fail(push, "Nobody is signed in here.")
        return None
    _begin(push)
    try:
        _send(push)
    except BotBlocked as error:
        note_blocked(chat)
        _fail(push, str(error))
        return None
    except CallRefused as error:
        if error.moved_to and chat.moved_to != error.moved_to:
            chat.moved_to = error.moved_to
            chat.save(update_fields=["moved_to"])
            return None
        logger.warning("Telegram refuses push %s: %s", push.pk, error)
        _fail(push, str(error))
        return None
    except TooManyMessages as error:
        _postpone(push, error, timedelta(seconds=error.retry_after))
        return True
    except TelegramError as error:
        wait = timedelta(seconds=2 ** min(push.attempts, 10))
        _postpone(push, error, min(wait, LONGEST_WAIT))
        return not isinstance(error, Unreachable)
    push.status, push.sent_at = Status.SENT, timezone.now()
    push.save(update_fields=["status", "sent_at"])
    return None


def _begin(push: Push) -> None:
    """The message says what it says now: nothing is added to it any more."""
    Push.objects.filter(pk=push.pk).update(attempts=F("attempts") + 1)
    push.refresh_from_db(fields=["text", "attempts"])


def _send(push: Push) -> None:
    # The library is of no use to the many processes that only serve pages.
    from telegram_bot.client import get_client

    client = get_client()
    if push.delete_message_id:
        client.delete_message(push.chat.address, push.delete_message_id)
    else:
        client.send_text(push.chat.address, push.text, push.keyboard)


def _fail(push: Push, error: str) -> None:
    push.status, push.last_error = Status.FAILED, error
    push.save(update_fields=["status", "last_error"])


def _postpone(push: Push, error: Exception, wait: timedelta) -> None:
    push.last_error = str(error)
    push.next_attempt_at = timezone.now() + wait
    if timezone.now() > push.created_at + NEWS:
        push.status = Status.FAILED
        logger.error("Push %s is given up: %s", push.pk, error)
    push.save(update_fields=["last_error", "next_attempt_at", "status"])
