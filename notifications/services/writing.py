"""From an event to the rows of its letters, in the transaction of its delivery."""

from collections.abc import Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib.auth.backends import ModelBackend
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from events.models import OutboxMessage
from notifications.models import NEWS_FOR, Letter
from orders.models import Order

Kind = Letter.Kind
# What runs low within this time of each other is one letter, of so many products.
LOW_STOCK_WAIT = timedelta(minutes=1)
LOW_STOCK_PRODUCTS = 100
OF_EVENT = {
    "order_created": Kind.ORDER_PLACED,
    "order_paid": Kind.ORDER_PAID,
    "order_shipped": Kind.ORDER_SHIPPED,
    "order_canceled": Kind.ORDER_CANCELED,
    "order_refunded": Kind.ORDER_REFUNDED,
}


def write_order_letter(message: OutboxMessage) -> None:
    """The order's customer is to be told, in the language of the order."""
    order = Order.objects.filter(pk=message.payload["order_id"]).first()
    if order is None or order.is_forgotten or _is_old(message):
        return
    facts = {"order_id": str(order.pk)}
    kind = OF_EVENT[message.event_type]
    _write([_letter(message, kind, order.email, order.language, facts)])


def write_welcome(message: OutboxMessage) -> None:
    """Whoever has become a customer is to be greeted."""
    user = User.objects.filter(pk=message.payload["id"]).first()
    if user is None or user.role != User.Role.USER or _is_old(message):
        return
    facts = {"user_id": str(user.pk)}
    _write([_letter(message, Kind.WELCOME, user.email, user.language, facts)])


def write_staff_order(message: OutboxMessage) -> None:
    """Everybody who may see orders is to be told of the new one."""
    if _is_old(message):
        return
    order_id = message.payload["order_id"]
    _write(
        _letter(
            message,
            Kind.STAFF_ORDER,
            user.email,
            user.language,
            {"user_id": str(user.pk), "order_id": order_id},
        )
        for user in staff_to_tell(Kind.STAFF_ORDER)
    )


def write_low_stock(message: OutboxMessage) -> None:
    """Everybody who may see products is to be told that this one runs low.

    A letter that still waits takes it in: an import in which a thousand products run
    low must not be a thousand letters. Only one that nobody has tried to send does: a
    mail server may know the others already, and pass over the same Message-ID.
    """
    if _is_old(message):
        return
    product_id = message.payload["product_id"]
    staff = {user.email: user for user in staff_to_tell(Kind.STAFF_LOW_STOCK)}
    waiting = (
        Letter.objects.select_for_update()
        .filter(kind=Kind.STAFF_LOW_STOCK, status=Letter.Status.PENDING, attempts=0)
        .filter(recipient__in=staff)
        .order_by("id")
    )
    for letter in waiting:
        products = letter.facts["product_ids"]
        if letter.recipient not in staff or len(products) >= LOW_STOCK_PRODUCTS:
            continue
        del staff[letter.recipient]
        if product_id not in products:
            products.append(product_id)
            letter.save(update_fields=["facts"])
    soon = timezone.now() + LOW_STOCK_WAIT
    letters = [
        _letter(
            message,
            Kind.STAFF_LOW_STOCK,
            email,
            user.language,
            {"user_id": str(user.pk), "product_ids": [product_id]},
        )
        for email, user in staff.items()
    ]
    for letter in letters:
        letter.about, letter.next_attempt_at = "stock", soon
    _write(letters)


def staff_to_tell(kind: str) -> Iterable[User]:
    """Active staff with the permission for it, but for who wants no such letters."""
    people = ModelBackend().with_perm(Letter.STAFF[kind])
    return people.filter(is_staff=True).exclude(opt_outs__kind=kind).order_by("pk")


def _letter(
    message: OutboxMessage, kind: str, to: str, language: str, facts: dict[str, Any]
) -> Letter:
    return Letter(
        message_id=message.pk,
        about=message.aggregate,
        kind=kind,
        recipient=to,
        language=language,
        facts=facts,
    )


def _write(letters: Iterable[Letter]) -> None:
    """The letters are in the database once; those that are due leave on commit."""
    letters = Letter.objects.bulk_create(letters, ignore_conflicts=True)
    wake([letter.pk for letter in letters if letter.next_attempt_at is None])


def wake(ids: list[UUID]) -> None:
    """A task sends these once the caller's transaction has committed.

    Nothing depends on it: the schedule finds them too.
    """
    from notifications.tasks import send_letters as task

    def send() -> None:
        # Seconds: a broker that is there and silent must not hold the caller.
        task.apply_async(([str(pk) for pk in ids],), confirm_timeout=3)

    if ids:
        transaction.on_commit(send, robust=True)


def _is_old(message: OutboxMessage) -> bool:
    return message.created_at < timezone.now() - NEWS_FOR
