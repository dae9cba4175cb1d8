"""Who has committed an event says so, once a transaction and only then."""

from django.conf import settings
from django.db import transaction


def wake_relay() -> None:
    """The relay looks at the outbox once the caller's transaction has committed.

    Nothing depends on it: the schedule looks every few seconds too.
    """
    if not settings.OUTBOX_WAKE:
        return
    connection = transaction.get_connection()
    # Once a transaction, however many events it has; a rolled back savepoint takes
    # its own wish along, so the same wish may stand for each savepoint.
    wish = (set(connection.savepoint_ids), _send, True)
    if wish not in connection.run_on_commit:
        transaction.on_commit(_send, robust=True)


def _send() -> None:
    from events.tasks import publish_outbox_messages

    publish_outbox_messages.delay()
