"""An order's life as a shopper reads it: what happened, and what comes next."""

from dataclasses import dataclass
from datetime import datetime

from orders.models import Order

# A life without accidents.
WAY = [
    Order.Status.PENDING,
    Order.Status.PAID,
    Order.Status.PROCESSING,
    Order.Status.SHIPPED,
    Order.Status.COMPLETED,
]


@dataclass(frozen=True)
class Step:
    """A status, and when it was reached (None: it still lies ahead)."""

    status: str
    label: str
    at: datetime | None = None
    is_current: bool = False


def timeline(order: Order) -> list[Step]:
    """The order's history, then the steps that are left of a usual life."""
    steps = [
        Step(change.status, change.get_status_display(), change.created_at)
        for change in order.history.all()
    ]
    if steps:
        last = steps.pop()
        steps.append(Step(last.status, last.label, last.at, is_current=True))
    if order.status in WAY:
        ahead = WAY[WAY.index(Order.Status(order.status)) + 1 :]
        # Cash is paid at the door, which is no step of its own.
        if order.payment_method == Order.PaymentMethod.CASH:
            ahead = [status for status in ahead if status != Order.Status.PAID]
        steps += [Step(status, str(status.label)) for status in ahead]
    return steps
