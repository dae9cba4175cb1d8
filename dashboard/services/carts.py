"""Carts of a day, from where they are counted to where they are kept."""

from datetime import timedelta

from cart.storages import get_storage
from cart.storages.base import COUNTED_DAYS
from dashboard.models import CartDay
from shop.days import today
from shop.exceptions import Unavailable


def keep_carts() -> None:
    """What the cart's storage has counted lately stands in `CartDay`.

    A day's number only grows: a Redis that was emptied takes nothing back. Days before
    the first that anybody counted are left without a row. Nothing happens while the
    storage is down; it keeps its own counts for a week.
    """
    storage = get_storage()
    now = today()
    newest = CartDay.objects.order_by("-day").values_list("day", flat=True).first()
    # The newest one was not over yet, perhaps, when it was counted.
    first = max(newest or now, now - timedelta(days=COUNTED_DAYS - 1))
    try:
        counts = storage.filled(
            [first + timedelta(days=n) for n in range((now - first).days + 1)]
        )
    except Unavailable:
        return
    known = CartDay.objects.in_bulk(list(counts))
    for day, carts in counts.items():
        if day not in known:
            CartDay.objects.create(day=day, carts=carts)
        elif known[day].carts < carts:
            CartDay.objects.filter(day=day).update(carts=carts)
    storage.forget_filled(first)
