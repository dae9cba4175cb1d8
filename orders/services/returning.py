"""Pieces of an order that are refunded, and what becomes of them."""

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from accounts.models import User
from catalog.models import StockEntry
from catalog.services import lock_products, move_stock, write_off_returned
from orders.exceptions import NotInOrder, RefundTooLarge
from orders.models import Order, OrderItem
from shop.money import to_money


def return_pieces(
    order: Order,
    quantities: Mapping[UUID, int] | None,
    *,
    put_back: bool | None,
    actor: User | None = None,
) -> list[tuple[OrderItem, int]]:
    """So many pieces (by product; None: all that are left) are refunded.

    The caller holds the order's lock, sees to the money and then sends `order_changed`.
    `put_back` True puts the pieces in stock, False writes them off, None leaves them
    with the customer. The answer is each line with its pieces. Raises NotInOrder,
    RefundTooLarge.
    """
    returned = _lines(order, quantities)
    for item, pieces in returned:
        item.refunded_quantity += pieces
    OrderItem.objects.bulk_update(
        [item for item, _pieces in returned], ["refunded_quantity"]
    )
    if put_back is not None:
        # Products that were deleted since have no stock to go back to.
        products = lock_products(item.product_id for item, _pieces in returned)
        back = {i.product_id: n for i, n in returned if i.product_id in products}
        if put_back:
            reason = StockEntry.Reason.RETURN
            move_stock(products, back, reason, order_id=order.pk, actor=actor)
        else:
            write_off_returned(products, back, order_id=order.pk, actor=actor)
    return returned


def price_of(returned: list[tuple[OrderItem, int]]) -> Decimal:
    """What these pieces were sold for, ₸."""
    sums = (item.price * pieces for item, pieces in returned)
    return to_money(sum(sums, Decimal(0)))


def _lines(
    order: Order, quantities: Mapping[UUID, int] | None
) -> list[tuple[OrderItem, int]]:
    items = {item.product_id: item for item in order.items.all()}
    if quantities is None:
        return [(i, i.kept_quantity) for i in items.values() if i.kept_quantity]
    if quantities.keys() - items.keys():
        raise NotInOrder
    for product_id, pieces in quantities.items():
        if not 0 <= pieces <= items[product_id].kept_quantity:
            raise RefundTooLarge
    return [(items[pk], pieces) for pk, pieces in quantities.items() if pieces]
