"""Events made, carried to the subscribers, and the letters that came of it."""

from typing import Any
from uuid import UUID

from django.core import mail
from django.core.mail import EmailMultiAlternatives
from django.db import transaction
from django.utils import timezone, translation

from accounts.models import User
from events.models import Delivery, OutboxMessage
from events.services import emit, relay
from notifications import services
from notifications.models import Letter
from orders.models import Order
from tests.factories import make_order, make_product, make_user


def sent() -> list[EmailMultiAlternatives]:
    """What left for good since the last time, the oldest first.

    Everything emitted so far is relayed and answered, and all that is due is sent; so
    is what waits for company.
    """
    mail.outbox.clear()
    relay()
    Letter.objects.filter(attempts=0).update(next_attempt_at=None)
    services.send_due_letters()
    return [*mail.outbox]  # type: ignore[list-item]


def tell(event_type: str, aggregate: UUID, **payload: Any) -> OutboxMessage:
    """The event, as if it had just happened."""
    with transaction.atomic():
        return emit(event_type, aggregate, payload)


def again(message: OutboxMessage) -> None:
    """The event's deliveries are due once more, as if nobody had written them down."""
    Delivery.objects.filter(message=message).delete()
    OutboxMessage.objects.filter(pk=message.pk).update(
        status=OutboxMessage.Status.PENDING
    )


def aged(message: OutboxMessage, **age: float) -> None:
    OutboxMessage.objects.filter(pk=message.pk).update(
        created_at=timezone.now() - timezone.timedelta(**age)
    )


def order_of(language: str = "en", **checkout: Any) -> Order:
    """An order of one customer who reads this language, of two pieces for 24.800 ₸."""
    user = make_user(email="aliya@example.com", language=language)
    teapot = make_product(sku="POT-1", name="Чайник", price="12400.00")
    with translation.override(language):
        return make_order(user, (teapot, 2), **checkout)


def of(letters: list[EmailMultiAlternatives]) -> list[tuple[str, str]]:
    """To whom, and what about."""
    return [(letter.to[0], str(letter.subject)) for letter in letters]


def html_of(letter: EmailMultiAlternatives) -> str:
    [(content, kind)] = letter.alternatives
    assert kind == "text/html"
    return str(content)


def states() -> list[tuple[str, str]]:
    """The kind and the status of every letter, the oldest first."""
    return list(Letter.objects.order_by("id").values_list("kind", "status"))


def make_letter(**fields: Any) -> Letter:
    """One that is due: of a welcome to a new customer, if nothing else is said."""
    if "facts" not in fields:
        user: User = make_user()
        fields.setdefault("recipient", user.email)
        fields["facts"] = {"user_id": str(user.pk)}
        fields.setdefault("about", str(user.pk))
    fields.setdefault("kind", Letter.Kind.WELCOME)
    fields.setdefault("message_id", OutboxMessage().pk)
    fields.setdefault("language", "en")
    return Letter.objects.create(**fields)
