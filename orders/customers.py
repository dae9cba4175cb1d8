"""What somebody has bought: from their account, and as a guest by the same e-mail."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, F, Max, Min, Q, Sum

from accounts.models import User
from orders.models import Order, OrderQuerySet
from shop.money import to_money


@dataclass(frozen=True)
class Customer:
    """A person as the shop knows them: an account, or an e-mail address alone."""

    email: str
    user: User | None = None

    @classmethod
    def of_order(cls, order: Order) -> "Customer":
        """Who placed the order; a guest may have an account, by the same address."""
        if order.user:
            return cls.of_user(order.user)
        email = User.normalize_username(order.email)
        user = User.objects.filter(email=email).first()
        return cls.of_user(user) if user else cls(order.email)

    @classmethod
    def of_user(cls, user: User) -> "Customer":
        return cls(user.email, user)

    @property
    def orders(self) -> OrderQuerySet:
        return Order.objects.of_customer(self.user, self.email)


@dataclass(frozen=True)
class Totals:
    """Canceled and refunded orders count as placed, and bring nothing in."""

    placed: int
    # Those that count, and what they brought in less what went back, ₸.
    counted: int
    spent: Decimal
    first_at: datetime | None
    last_at: datetime | None

    @property
    def average(self) -> Decimal:
        return to_money(self.spent / self.counted) if self.counted else Decimal(0)


def totals_of(orders: OrderQuerySet) -> Totals:
    """One query, however many orders there are."""
    ended = [Order.Status.CANCELED, Order.Status.REFUNDED]
    counts = ~Q(status__in=ended)
    found: dict[str, Any] = orders.aggregate(
        placed=Count("pk"),
        counted=Count("pk", filter=counts),
        spent=Sum(F("total") - F("refunded"), filter=counts),
        first_at=Min("created_at"),
        last_at=Max("created_at"),
    )
    return Totals(**{**found, "spent": to_money(found["spent"] or 0)})
