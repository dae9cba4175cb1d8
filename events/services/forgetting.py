"""Events that name somebody who is to be forgotten."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from events.models import ArchivedMessage, OutboxMessage

# Which keys of a payload hold an e-mail address (docs/API.md, "Events").
ADDRESSES = ("email", "customer_email")
# Things in one statement.
MANY = 500


def forget_addresses(aggregates: Iterable[UUID], alias: str) -> None:
    """The events of these things hold the alias where they held an e-mail address.

    Those too that are in the archive, or not sent yet. What was sent is with whoever
    took it: `user_deleted` tells them.
    """
    names = [str(aggregate) for aggregate in aggregates]
    for start in range(0, len(names), MANY):
        some = names[start : start + MANY]
        for model in (OutboxMessage, ArchivedMessage):
            _rewrite(model, some, alias)


def _rewrite(model: Any, aggregates: list[str], alias: str) -> None:
    rows = model.objects.filter(aggregate__in=aggregates).order_by("pk")
    for pk, payload in rows.values_list("pk", "payload"):
        known = [key for key in ADDRESSES if payload.get(key)]
        if known:
            changed = {**payload, **dict.fromkeys(known, alias)}
            # An error of the broker may quote what it was given.
            model.objects.filter(pk=pk).update(payload=changed, last_error="")
