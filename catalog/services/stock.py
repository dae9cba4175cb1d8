"""Stock moves here and nowhere else: one statement, one ledger row a product."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import F
from django.db.models.functions import Coalesce, Greatest
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from psycopg.types.json import Jsonb

from accounts.models import User
from catalog.caching import drop_catalog_cache, drop_stock_cache
from catalog.exceptions import OutOfStock
from catalog.models import GoodsReceipt, Product, StockEntry
from events.services import emit_many
from shop.bulk import FEW, create_objects
from shop.repair import Finding
from shop.watching import metrics

# What a PositiveIntegerField holds, pieces.
MAX_STOCK = 2_147_483_647
_SALES = {
    StockEntry.Reason.SALE,
    StockEntry.Reason.CANCEL,
    StockEntry.Reason.ORDER_EDIT,
    StockEntry.Reason.RETURN,
}


class _ByProduct(models.Func):
    """Each product's own number, in SQL.

    It stands for Case and When, which Django would take apart and copy for every
    place they are put: that alone was a fifth of a checkout (bench/README.md).
    """

    def __init__(self, numbers: Mapping[UUID, int]) -> None:
        super().__init__("pk", output_field=models.IntegerField())
        self.numbers = numbers

    def as_sql(
        self, compiler: Any, connection: Any, *args: Any, **context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        product, params = compiler.compile(self.source_expressions[0])
        key = Product._meta.pk
        for pk, number in self.numbers.items():
            params += (
                key.get_db_prep_value(pk, connection),
                self.output_field.get_db_prep_value(number, connection),
            )
        whens = " WHEN %s THEN %s" * len(self.numbers)
        return f"CASE {product}{whens} END", tuple(params)

    def as_postgresql(
        self, compiler: Any, connection: Any, **context: Any
    ) -> tuple[str, tuple[Any, ...]]:
        """Of many, a look-up: thousands of WHENs are gone through for each product."""
        if len(self.numbers) <= FEW:
            return self.as_sql(compiler, connection, **context)
        product, params = compiler.compile(self.source_expressions[0])
        numbers = {str(pk): number for pk, number in self.numbers.items()}
        return f"(%s::jsonb ->> {product}::text)::integer", (Jsonb(numbers), *params)


def lock_products(ids: Iterable[UUID], *, to_sell: bool = False) -> dict[UUID, Product]:
    """The products, locked until the transaction ends, always in primary-key order.

    One order for everybody is what keeps two checkouts from a deadlock. Unknown ids
    are simply not in the answer. `to_sell` reads no more of them than that.
    """
    locked = Product.objects.select_for_update().filter(pk__in=set(ids)).order_by("pk")
    if to_sell:
        locked = locked.to_sell()
    return {product.pk: product for product in locked}


def move_stock(
    products: Mapping[UUID, Product],
    deltas: Mapping[UUID, int],
    reason: StockEntry.Reason,
    *,
    order_id: UUID | None = None,
    actor: User | None = None,
    note: str = "",
    receipt: GoodsReceipt | None = None,
) -> None:
    """Change the stock of locked products by `deltas` (pieces), all of them or none.

    Afterwards the ledger has one row for each, `stock` of the given instances is
    true again, and an event tells of stock that fell to the threshold. Raises
    OutOfStock with every product that has not enough. Queries: constant.
    """
    deltas = {pk: delta for pk, delta in deltas.items() if delta}
    if not deltas:
        return
    _refuse_shortage(products, deltas)
    delta = _ByProduct(deltas)
    changes: dict[str, Any] = {
        "stock": F("stock") + delta,
        "updated_at": timezone.now(),
    }
    if reason in _SALES:
        changes["sold"] = Greatest(F("sold") - delta, 0)
    # The check above read locked rows; this one holds even without the lock.
    needed = _ByProduct({pk: -delta for pk, delta in deltas.items()})
    enough = Product.objects.filter(pk__in=deltas, stock__gte=needed)
    if enough.update(**changes) != len(deltas):
        metrics.OUT_OF_STOCK.inc()
        raise OutOfStock((products[pk], -delta) for pk, delta in deltas.items())
    entries = [
        StockEntry(
            product_id=pk,
            delta=delta,
            reason=reason,
            order_id=order_id,
            actor=actor,
            note=note,
            receipt=receipt,
        )
        for pk, delta in deltas.items()
    ]
    create_objects(StockEntry, entries)
    for pk, pieces in deltas.items():
        products[pk].stock += pieces
    _tell_of_low_stock(products, deltas)
    # What is left of each, and what there was of it.
    stocks = [(products[pk].stock, products[pk].stock - n) for pk, n in deltas.items()]
    drop_stock_cache(
        [name for pk in deltas for name in (pk, products[pk].slug)],
        changes_shelves=any(not min(both) for both in stocks),
        changes_shown=any(
            min(both) <= max(0, settings.LOW_STOCK_THRESHOLD) for both in stocks
        ),
    )


def write_off_returned(
    products: Mapping[UUID, Product],
    quantities: Mapping[UUID, int],
    *,
    order_id: UUID,
    actor: User | None = None,
) -> None:
    """Pieces (> 0) of locked products came back and cannot be sold again.

    The stock stays what it was; the ledger says why, in two rows that cancel out.
    Queries: constant.
    """
    if not quantities:
        return
    sold = Greatest(F("sold") - _ByProduct(quantities), 0)
    Product.objects.filter(pk__in=quantities).update(sold=sold)
    came_and_went = (
        (StockEntry.Reason.RETURN, 1),
        (StockEntry.Reason.WRITE_OFF, -1),
    )
    StockEntry.objects.bulk_create(
        StockEntry(
            product=products[pk],
            delta=sign * quantity,
            reason=reason,
            order_id=order_id,
            actor=actor,
        )
        for pk, quantity in quantities.items()
        for reason, sign in came_and_went
    )
    # What is popular has changed, and no stock with it.
    drop_stock_cache([], changes_shelves=False, changes_shown=False)


def adjust_stock(
    product: Product,
    delta: int,
    reason: StockEntry.Reason,
    *,
    actor: User | None = None,
    note: str = "",
) -> Product:
    """Move one product's stock by hand: goods received, a correction, a write-off.

    Raises OutOfStock, and Http404 when the product has been deleted meanwhile.
    """
    with transaction.atomic():
        locked = lock_products([product.pk])
        if product.pk not in locked:
            raise Http404
        move_stock(locked, {product.pk: delta}, reason, actor=actor, note=note)
    return locked[product.pk]


def check_stock(*, fix: bool = False) -> Iterator[Finding]:
    """Products whose stock is not the sum of their ledger, as sentences.

    With `fix`, the stock becomes what the ledger says: each of its rows has a reason,
    and a stock that was changed without one has none. A sum that no stock can be
    stays for people to judge.
    """
    for pk in list(_wrong_stock().order_by("number").values_list("pk", flat=True)):
        with transaction.atomic():
            lock_products([pk])
            product = _wrong_stock().filter(pk=pk).first()
            if product is None:
                continue
            text = _("%(sku)s: stock %(stock)s, ledger %(ledger)s") % {
                "sku": product.sku,
                "stock": product.stock,
                "ledger": product.ledger,
            }
            fixed = fix and 0 <= product.ledger <= MAX_STOCK
            if fixed:
                changes = {"stock": product.ledger, "updated_at": timezone.now()}
                Product.objects.filter(pk=pk).update(**changes)
                drop_catalog_cache()
        yield Finding(text, fixed=fixed)


def stock_errors() -> list[str]:
    """The same as plain sentences; an empty list proves the stock."""
    return [finding.text for finding in check_stock()]


def _wrong_stock() -> models.QuerySet[Any]:
    ledger = Coalesce(models.Sum("stock_entries__delta"), 0)
    return Product.objects.annotate(ledger=ledger).exclude(ledger=F("stock"))


def _refuse_shortage(
    products: Mapping[UUID, Product], deltas: Mapping[UUID, int]
) -> None:
    short = [
        (products[pk], -delta)
        for pk, delta in deltas.items()
        if not 0 <= products[pk].stock + delta <= MAX_STOCK
    ]
    if short:
        metrics.OUT_OF_STOCK.inc()
        raise OutOfStock(short)


def _tell_of_low_stock(
    products: Mapping[UUID, Product], deltas: Mapping[UUID, int]
) -> None:
    threshold = settings.LOW_STOCK_THRESHOLD
    fallen = [
        products[pk]
        for pk, delta in deltas.items()
        if products[pk].stock <= threshold < products[pk].stock - delta
    ]
    if fallen:
        emit_many("stock_low", ((p.pk, stock_low_payload(p)) for p in fallen))


def stock_low_payload(product: Product) -> dict[str, Any]:
    return {"product_id": product.pk, "sku": product.sku, "stock": product.stock}
