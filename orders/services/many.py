"""The same step for many orders, each by itself."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.utils.translation import gettext as _

from accounts.models import User
from orders.models import Order
from orders.services.changing import set_status
from shop.exceptions import DomainError


@dataclass(frozen=True)
class Outcome:
    """What became of one order."""

    order: Order
    # Why it stayed as it was; empty: the step was taken.
    refusal: str = ""


def set_status_of_many(
    orders: Iterable[Order],
    status: str,
    *,
    actor: User | None = None,
    **details: str,
) -> list[Outcome]:
    """Each order takes the step, or stays as it was and its outcome says why.

    Each is locked and read anew in a transaction of its own, so none waits for the
    others, and what somebody else did meanwhile decides. Taken twice, the step is
    refused the second time. `details` are those of `set_status`.
    """
    outcomes = []
    for order in orders:
        try:
            moved = set_status(order.pk, status, actor=actor, **details)
        except DomainError as refusal:
            outcomes.append(Outcome(order, str(refusal)))
        except Order.DoesNotExist:
            outcomes.append(Outcome(order, _("This order does not exist any more.")))
        else:
            outcomes.append(Outcome(moved))
    return outcomes
