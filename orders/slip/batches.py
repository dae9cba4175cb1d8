"""Slips for a day's work: as many in one go as a page and a printer can take."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, OuterRef, Subquery, prefetch_related_objects
from django.db.models.functions import Coalesce

from orders.models import Order, OrderItem, OrderQuerySet

# Drawing so many slips, with so many lines in all, takes a few seconds; more would
# keep everybody else waiting.
MAX_SLIPS = 200
MAX_LINES = 4000


@dataclass(frozen=True)
class Batch:
    """Some of the orders, the oldest first, with their lines."""

    orders: list[Order]
    # The number after which the next ones begin; None: these are the last.
    next_after: int | None = None


def next_batch(orders: OrderQuerySet, after: int = 0) -> Batch:
    """The next slips to print, at least one if there is any. Queries: constant."""
    rows = orders.filter(number__gt=after).order_by("number")
    found = list(rows.annotate(line_count=_line_count())[: MAX_SLIPS + 1])
    taken: list[Any] = []
    lines = 0
    for order in found[:MAX_SLIPS]:
        lines += order.line_count
        if taken and lines > MAX_LINES:
            break
        taken.append(order)
    prefetch_related_objects(taken, "items")
    is_last = len(taken) == len(found)
    return Batch(taken, None if is_last else taken[-1].number)


def fit_together(orders: Iterable[Order]) -> bool:
    """Whether the slips of these orders are few enough for one document."""
    ids = [order.pk for order in orders]
    if len(ids) > MAX_SLIPS:
        return False
    return OrderItem.objects.filter(order__in=ids).count() <= MAX_LINES


def _line_count() -> Coalesce:
    lines = OrderItem.objects.filter(order=OuterRef("pk")).order_by().values("order")
    return Coalesce(Subquery(lines.annotate(n=Count("pk")).values("n")), 0)
