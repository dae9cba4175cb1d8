"""What happens to an order after it was placed."""

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from accounts.models import User
from catalog.exceptions import OutOfStock
from catalog.models import StockEntry
from catalog.services import lock_products, move_stock
from orders.exceptions import (
    LastLine,
    NotInOrder,
    NotPending,
    OrderChanged,
    TotalTooLarge,
)
from orders.models import Order, OrderItem, OrderNote, OrderStatusChange
from orders.services.events import emit_status
from orders.signals import order_changed, order_status_changed
from shop import audit
from shop.money import MAX_AMOUNT, to_money
from shop.watching import metrics
from shop.watching.context import about_order


def cancel_order(
    order_id: UUID, *, actor: User | None = None, note: str = "", reason: str = ""
) -> Order:
    """The order is canceled and its stock is back, exactly once.

    A canceled order is answered as it is, however often and however concurrently
    this is called. Pieces that were refunded before are not put back again. Raises
    InvalidTransition once it has been shipped.
    """
    with transaction.atomic():
        order = lock_order(order_id)
        if order.status == Order.Status.CANCELED:
            return order
        _move(order, Order.Status.CANCELED, actor, note, reason)
        items = {item.product_id: item.kept_quantity for item in order.items.all()}
        # Products that were deleted since have no stock to go back to.
        products = lock_products(items)
        back = {pk: items[pk] for pk in products}
        move_stock(
            products, back, StockEntry.Reason.CANCEL, order_id=order.pk, actor=actor
        )
    return order


def set_status(
    order_id: UUID,
    status: str,
    *,
    actor: User | None = None,
    note: str = "",
    reason: str = "",
    seen: str = "",
) -> Order:
    """Take the order one step further, with the money that the step speaks of.

    Canceling also puts the stock back; refunding does not, and gives back whatever is
    left of the payment. `seen` is the status that the caller decided by (empty: any).
    Raises InvalidTransition when the step does not exist, OrderChanged when the order
    has taken another one meanwhile.
    """
    with transaction.atomic():
        order = lock_order(order_id)
        if seen and order.status != seen:
            raise OrderChanged(order)
        if status == Order.Status.CANCELED:
            if order.status == Order.Status.CANCELED:
                # cancel_order would answer a second time as if it were the first.
                order.move_to(status)
            return cancel_order(order_id, actor=actor, note=note, reason=reason)
        _move(order, status, actor, note, reason)
    return order


def change_quantity(
    order_id: UUID, product_id: UUID, quantity: int, *, actor: User | None = None
) -> Order:
    """A pending order has exactly `quantity` pieces of the product; 0 removes the line.

    The stock moves by the difference, the price stays what it was, and the total
    and the delivery price follow. Raises NotPending, NotInOrder, LastLine, OutOfStock.
    """
    return change_quantities(order_id, {product_id: quantity}, actor=actor)


def change_quantities(
    order_id: UUID,
    quantities: Mapping[UUID, int],
    *,
    actor: User | None = None,
    seen: str = "",
) -> Order:
    """The same for several products at once: all of it happens, or nothing.

    `seen` is the `fingerprint` of the order that the caller decided by (empty: any);
    raises OrderChanged if the order is not that one any more.
    """
    with transaction.atomic():
        order = lock_order(order_id)
        if seen and fingerprint(order) != seen:
            raise OrderChanged(order)
        items = {item.product_id: item for item in order.items.all()}
        if quantities.keys() - items.keys():
            raise NotInOrder
        if order.status != Order.Status.PENDING:
            raise NotPending(order)
        if all(quantities.get(pk) == 0 for pk in items):
            raise LastLine
        changes: dict[str, list[Any]] = {
            f"quantity.{items[pk].sku}": [items[pk].quantity, quantity]
            for pk, quantity in quantities.items()
        }
        total = order.total
        _move_differences(order, items, quantities, actor)
        for product_id, quantity in quantities.items():
            item = items[product_id]
            if quantity == item.quantity:
                continue
            if quantity:
                item.quantity = quantity
                item.subtotal = to_money(item.price * quantity)
                item.save(update_fields=["quantity", "subtotal"])
            else:
                item.delete()
                del items[product_id]
        _update_total(order, sum((i.subtotal for i in items.values()), Decimal(0)))
        if total != order.total:
            changes["total"] = [str(total), str(order.total)]
        _record(order, changes, actor)
        order_changed.send(Order, order=order)
    order.remember_items(list(items.values()))
    return order


def fingerprint(order: Order) -> str:
    """What an order says of itself: another one once its goods or status change."""
    lines = sorted(f"{item.product_id}:{item.quantity}" for item in order.items.all())
    said = " ".join([order.status, str(order.total), *lines])
    return hashlib.sha256(said.encode()).hexdigest()[:32]


def choose_payment_method(order: Order, method: str) -> None:
    """The locked, pending order is to be paid in this way.

    Goods that wait for an online payment from now on wait for the full time.
    """
    if method == order.payment_method:
        return
    if method in Order.ONLINE and order.payment_method not in Order.ONLINE:
        order.reserved_at = timezone.now()
    _record(order, {"payment_method": [str(order.payment_method), str(method)]})
    order.payment_method = method
    order.save(update_fields=["payment_method", "reserved_at", "updated_at"])


def hide_order(order_id: UUID, *, actor: User | None = None) -> None:
    """The order is canceled and its owner sees it no more; the record stays."""
    with transaction.atomic():
        order = cancel_order(order_id, actor=actor)
        if order.hidden_at is None:
            order.hidden_at = timezone.now()
            order.save(update_fields=["hidden_at", "updated_at"])
            _record(order, {"hidden_at": [None, order.hidden_at.isoformat()]}, actor)


def add_note(order_id: UUID, text: str, *, author: User) -> OrderNote:
    """Staff read this beside the order; its customer does not."""
    return OrderNote.objects.create(order_id=order_id, text=text, author=author)


def lock_order(order_id: UUID) -> Order:
    """The order with its lines, locked until the transaction ends.

    Whoever changes an order, its payments or its refunds holds this lock first, and
    only then locks products.
    """
    locked = Order.objects.select_for_update(of=("self",)).prefetch_related("items")
    order = locked.get(pk=order_id)
    about_order(order.number)
    return order


def _record(order: Order, changes: audit.Changes, actor: User | None = None) -> None:
    """What has no row of its own, as steps and notes have: in the order's history."""
    differing = {name: pair for name, pair in changes.items() if len({*pair}) > 1}
    audit.record(order, differing, actor=actor)


def _move(
    order: Order, status: str, actor: User | None, note: str, reason: str = ""
) -> None:
    previous = order.status
    order.move_to(status)
    order.save(update_fields=["status", "updated_at"])
    OrderStatusChange.objects.create(
        order=order, status=order.status, actor=actor, note=note, reason=reason
    )
    # Money first, so that its event stands before the one about the order.
    order_status_changed.send(Order, order=order, previous=previous, actor=actor)
    order_changed.send(Order, order=order)
    emit_status(order)


def _move_differences(
    order: Order,
    items: Mapping[UUID, OrderItem],
    quantities: Mapping[UUID, int],
    actor: User | None,
) -> None:
    """The stock gives what is more and takes what is less."""
    extra = {pk: n - items[pk].quantity for pk, n in quantities.items()}
    extra = {pk: difference for pk, difference in extra.items() if difference}
    products = lock_products(extra)
    for product_id, difference in extra.items():
        # Deleted since: fewer pieces are fine, more cannot be had.
        if product_id not in products and difference > 0:
            raise NotInOrder
    short = [
        (product, quantities[pk])
        for pk, product in products.items()
        if extra[pk] > product.stock
    ]
    if short:
        metrics.OUT_OF_STOCK.inc()
        raise OutOfStock(short)
    move_stock(
        products,
        {pk: -extra[pk] for pk in products},
        StockEntry.Reason.ORDER_EDIT,
        order_id=order.pk,
        actor=actor,
    )


def _update_total(order: Order, goods: Decimal) -> None:
    delivery = order.delivery_price_for(goods)
    if goods + delivery > MAX_AMOUNT:
        raise TotalTooLarge
    order.delivery_price = delivery
    order.total = to_money(goods + delivery)
    order.save(update_fields=["total", "delivery_price", "updated_at"])
