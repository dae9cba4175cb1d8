"""The order slip: what was ordered, on paper; not a fiscal receipt.

`content` says what stands on it, for the page and the PDF alike; `pdf` draws it.
"""

from collections.abc import Iterable

from django.db.models import prefetch_related_objects

from orders.models import Order
from orders.slip.content import Slip, slip_of

__all__ = ["Slip", "slip_of", "slips_pdf"]


def slips_pdf(orders: Iterable[Order]) -> bytes:
    """One PDF with the slip of each order, at least one, each on a page of its own.

    The texts come in the language that is active now.
    """
    # The library and the fonts are loaded by whoever draws the first slip.
    from orders.slip.pdf import draw

    orders = list(orders)
    prefetch_related_objects(orders, "items")
    return draw([slip_of(order) for order in orders])
