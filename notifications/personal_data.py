"""Letters to somebody, and which kinds they did not want."""

from typing import Any

from django.db.models import Q

from accounts.personal import Person, PersonalData, register
from notifications.models import Letter, LetterQuerySet
from orders.personal_data import orders_of
from shop import audit


def _letters_to(person: Person) -> LetterQuerySet:
    """Of their account and orders, whatever address each went to.

    Those about somebody else's orders only where the address is proven.
    """
    about = [str(pk) for pk in orders_of(person).values_list("pk", flat=True)]
    own = Q(about__in=about)
    if person.user:
        own |= Q(facts__user_id=str(person.user.pk))
    # What staff were told of an order is theirs.
    own &= ~Q(kind__in=Letter.STAFF)
    if person.is_proven:
        own |= Q(recipient__iexact=person.email)
    return Letter.objects.filter(own)


@register
class Letters(PersonalData):
    name = "letters"

    def collect(self, person: Person) -> Any:
        sent = _letters_to(person).order_by("id")
        refused = person.user.opt_outs.order_by("id") if person.user else None
        found = {
            "sent": list(
                sent.values("kind", "recipient", "status", "created_at", "sent_at")
            ),
            "not_wanted": list(refused.values("kind", "created_at")) if refused else [],
        }
        return found if any(found.values()) else None

    def forget(self, person: Person) -> None:
        letters = list(_letters_to(person).values_list("pk", flat=True))
        # The back office has called them after their readers.
        audit.forget_row_names(Letter, letters)
        Letter.objects.filter(pk__in=letters).delete()
