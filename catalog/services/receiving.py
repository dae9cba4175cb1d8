"""Goods come in: one delivery, one transaction, once."""

from collections.abc import Mapping
from uuid import UUID

from django.contrib.admin.models import ADDITION, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction

from accounts.models import User
from catalog.exceptions import GoodsGone, StockTooLarge
from catalog.models import GoodsReceipt, Product, StockEntry
from catalog.services.stock import MAX_STOCK, lock_products, move_stock


def receive_goods(
    key: UUID,
    quantities: Mapping[UUID, int],
    *,
    supplier: str = "",
    document: str = "",
    actor: User | None = None,
) -> tuple[GoodsReceipt, bool]:
    """Put the pieces (> 0) of each product into stock; (the receipt, whether now).

    The ledger has a row for each product, which names the receipt. The same key again,
    at the same time too, changes nothing and gets the receipt of the first. All of it
    happens, or nothing: GoodsGone when a product has been deleted meanwhile,
    StockTooLarge when there would be more of one than is countable. Queries: constant.
    """
    with transaction.atomic():
        # Whoever comes second waits here for the first.
        receipt, created = GoodsReceipt.objects.get_or_create(
            pk=key,
            defaults={
                "supplier": supplier,
                "document": document,
                "lines": len(quantities),
                "pieces": sum(quantities.values()),
                "actor": actor,
            },
        )
        if not created:
            return receipt, False
        locked = lock_products(quantities)
        if missing := quantities.keys() - locked.keys():
            raise GoodsGone(len(missing))
        _refuse_too_much(locked, quantities)
        move_stock(
            locked,
            quantities,
            StockEntry.Reason.RECEIPT,
            actor=actor,
            note=receipt.note,
            receipt=receipt,
        )
        if actor:
            _log(receipt, actor)
    return receipt, True


def _refuse_too_much(
    products: Mapping[UUID, Product], quantities: Mapping[UUID, int]
) -> None:
    full = [
        product
        for pk, product in products.items()
        if product.stock + quantities[pk] > MAX_STOCK
    ]
    if full:
        raise StockTooLarge(full)


def _log(receipt: GoodsReceipt, actor: User) -> None:
    """One entry in the back office's history, and not one for each product."""
    LogEntry.objects.create(
        user=actor,
        content_type=ContentType.objects.get_for_model(GoodsReceipt),
        object_id=str(receipt.pk),
        object_repr=str(receipt)[:200],
        action_flag=ADDITION,
    )
