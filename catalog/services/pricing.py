"""Many prices at once: looked at, confirmed, and changed as they were looked at.

What a preview shows is written down, row by row. Confirmed rows are changed batch by
batch, each in a transaction of its own with its outcome: whoever buys one of these
products waits for its batch at most, and a worker that dies leaves nothing half done.
A price that somebody has changed since the preview stays as it is (ADR 0024).
"""

import logging
from collections.abc import Iterable, Iterator
from datetime import timedelta
from decimal import Decimal
from itertools import islice
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import transaction
from django.db.models import Count, F, QuerySet
from django.utils import timezone

from accounts.models import User
from catalog.caching import drop_catalog_cache
from catalog.exceptions import NothingToChange, TooManyPrices
from catalog.models import PriceChange, PriceChangeRow, Product
from catalog.pricing import Rule
from catalog.services.products import product_payload
from catalog.services.stock import lock_products
from events.services import emit_many
from shop import audit
from shop.bulk import insert_rows, update_objects

logger = logging.getLogger(__name__)

# Products of one change. So many are previewed while a request waits.
MAX_PRODUCTS = 200_000
# Prices that a request changes itself; more are left to a task.
SMALL = 2000
BATCH = 1000
READ = 5000
ATTEMPTS = 3
# With a broker a worker has been told; one that has not come for so long will not.
LOST = timedelta(seconds=30)
PRICES = ("price", "compare_at_price")
State, Outcome = PriceChange.State, PriceChangeRow.Outcome
_COLUMNS = (
    "change", "place", "product_id", "sku", "old_price", "new_price", "old_before",
    "new_before", "outcome",
)  # fmt: skip


def preview_prices(
    products: QuerySet[Product], rule: Rule, *, user: User | None, scope: str = ""
) -> PriceChange:
    """Write down what the rule would make of each product; nothing is changed.

    Raises TooManyPrices, and NothingToChange where there is no such product or the
    rule changes nothing of any. Queries: one for each thousands of products.
    """
    if rule.does_nothing:
        raise NothingToChange
    found = Product.objects.filter(pk__in=products.order_by().values("pk"))
    columns = ("pk", "sku", "price", "compare_at_price")
    rows = found.order_by("number").values_list(*columns)
    with transaction.atomic():
        change = PriceChange.objects.create(
            kind=rule.kind,
            value=rule.value,
            rounding=rule.rounding,
            before=rule.before,
            scope=scope[:500],
            user=user,
        )
        counts = _Counts()
        for part in _batched(rows.iterator(chunk_size=READ)):
            if counts.total + len(part) > MAX_PRODUCTS:
                raise TooManyPrices(MAX_PRODUCTS)
            wishes = [_wish(rule, *row) for row in part]
            _write(change, counts, wishes)
        if not counts.planned:
            raise NothingToChange
        change.preview = counts.as_dict()
        change.save(update_fields=["preview"])
    return change


def confirm_prices(change: PriceChange, *, user: User) -> bool:
    """From now on the rows will be changed; False when somebody was quicker."""
    ready = PriceChange.objects.filter(pk=change.pk, state=State.READY)
    return bool(
        ready.update(
            state=State.CONFIRMED, user=user, confirmed_at=timezone.now(), attempts=0
        )
    )


def discard_prices(change: PriceChange) -> bool:
    """Forget a preview that nobody has confirmed; False when somebody has."""
    with transaction.atomic():
        ready = PriceChange.objects.select_for_update().filter(pk=change.pk)
        found = ready.filter(state=State.READY).first()
        if found is None:
            return False
        _forget(found)
        found.delete()
    return True


def is_small(change: PriceChange) -> bool:
    """So few prices that a request can wait for them."""
    return int(change.preview["planned"]) <= SMALL


def apply_prices(change_id: UUID) -> None:
    """Change every planned row of a confirmed change, and end it.

    Repeating is harmless, and so are two at once. What breaks three times in a row is
    stopped where it is.
    """
    while _begin(change_id):
        try:
            is_over = _apply_batch(change_id)
        except Exception:
            logger.exception("change of prices %s: a batch failed", change_id)
            return
        if is_over is None or is_over:
            return


def undo_prices(change: PriceChange, *, user: User) -> PriceChange:
    """A new preview: every price that `change` changed, back to what it was.

    Raises NothingToChange where it has changed none.
    """
    done = change.rows.filter(outcome=Outcome.DONE).order_by("place")
    with transaction.atomic():
        scope = f"{change}: {change.scope}"[:500]
        undoing = PriceChange.objects.create(
            kind=PriceChange.Kind.UNDO, scope=scope, user=user
        )
        counts = _Counts()
        for part in _batched(done.iterator(chunk_size=READ)):
            wishes = [
                _Wish(row.product_id, row.sku, row.new_price, row.old_price,
                      row.new_before, row.old_before)
                for row in part
            ]  # fmt: skip
            _write(undoing, counts, wishes)
        if not counts.planned:
            raise NothingToChange
        undoing.preview = counts.as_dict()
        undoing.save(update_fields=["preview"])
    return undoing


def price_outcomes(change: PriceChange) -> dict[str, int]:
    """How many rows there are of each outcome by now; one query."""
    rows = change.rows.order_by().values_list("outcome").annotate(n=Count("pk"))
    return dict.fromkeys(Outcome.values, 0) | dict(rows)


def apply_waiting() -> None:
    """Do what waits: messages get lost, workers die, and some shops have neither."""
    now = timezone.now()
    told = now - LOST if settings.RABBITMQ_URL else now
    waiting = PriceChange.objects.filter(
        state=State.CONFIRMED, confirmed_at__lte=told
    ).order_by("confirmed_at")
    for pk in list(waiting.values_list("pk", flat=True)):
        apply_prices(pk)


def forget_old_prices() -> None:
    """Previews that nobody confirmed go after a day; of the others the rows, later."""
    now = timezone.now()
    stale = PriceChange.objects.filter(created_at__lt=now - timedelta(days=1))
    for change in stale.filter(state=State.READY):
        discard_prices(change)
    limit = now - timedelta(days=settings.IMPORT_KEEP_DAYS)
    over = PriceChange.objects.filter(finished_at__lt=limit)
    for change in over.filter(pk__in=PriceChangeRow.objects.values("change")):
        _forget(change)


# --- Looking --------------------------------------------------------------------------


class _Wish:
    """What a row wants of one product."""

    __slots__ = ("new", "new_before", "old", "old_before", "pk", "sku")

    def __init__(
        self,
        pk: UUID,
        sku: str,
        old: Decimal,
        new: Decimal | None,
        old_before: Decimal | None,
        new_before: Decimal | None,
    ) -> None:
        self.pk, self.sku, self.old, self.new = pk, sku, old, new
        self.old_before, self.new_before = old_before, new_before

    @property
    def outcome(self) -> str:
        if self.new is None:
            return Outcome.IMPOSSIBLE
        same = (self.new, self.new_before) == (self.old, self.old_before)
        return Outcome.SAME if same else Outcome.PLANNED


class _Counts:
    def __init__(self) -> None:
        self.planned = self.same = self.impossible = self.up = self.down = 0
        self.sum_old = self.sum_new = Decimal(0)

    @property
    def total(self) -> int:
        return self.planned + self.same + self.impossible

    def add(self, wish: _Wish) -> None:
        if wish.new is None:
            self.impossible += 1
        elif wish.outcome == Outcome.SAME:
            self.same += 1
        else:
            self.planned += 1
            self.up += wish.new > wish.old
            self.down += wish.new < wish.old
            self.sum_old += wish.old
            self.sum_new += wish.new

    def as_dict(self) -> dict[str, Any]:
        counts = {name: getattr(self, name) for name in _COUNTED}
        return {**counts, "sum_old": str(self.sum_old), "sum_new": str(self.sum_new)}


_COUNTED = ("planned", "same", "impossible", "up", "down")


def _wish(
    rule: Rule, pk: UUID, sku: str, price: Decimal, before: Decimal | None
) -> _Wish:
    new = rule.new_price(price, before)
    new_before = before if new is None else rule.new_before(price, new, before)
    return _Wish(pk, sku, price, new, before, new_before)


def _write(change: PriceChange, counts: _Counts, wishes: list[_Wish]) -> None:
    rows = []
    for place, wish in enumerate(wishes, start=counts.total):
        rows.append(
            (change.pk, place, wish.pk, wish.sku, wish.old, wish.new, wish.old_before,
             wish.new_before, wish.outcome)
        )  # fmt: skip
    for wish in wishes:
        counts.add(wish)
    insert_rows(PriceChangeRow, _COLUMNS, rows)


# --- Doing ----------------------------------------------------------------------------


def _begin(change_id: UUID) -> bool:
    """Whether there is something to do, and it broke not too often; each try counts.

    Who finds another at work neither waits nor counts: the schedule comes by every few
    seconds, and would take up all workers and, with them, all attempts.
    """
    confirmed = PriceChange.objects.filter(pk=change_id, state=State.CONFIRMED)
    with transaction.atomic():
        if confirmed.select_for_update(skip_locked=True).first() is None:
            return False
        confirmed.filter(attempts__gte=ATTEMPTS).update(
            state=State.STOPPED, finished_at=timezone.now()
        )
        return bool(confirmed.update(attempts=F("attempts") + 1))


def _apply_batch(change_id: UUID) -> bool | None:
    """Change some more rows: whether that was all, or None if somebody is at it."""
    with transaction.atomic():
        confirmed = PriceChange.objects.select_for_update(skip_locked=True)
        change = confirmed.filter(pk=change_id, state=State.CONFIRMED).first()
        if change is None:
            return None
        planned = change.rows.filter(outcome=Outcome.PLANNED)
        rows = list(planned.order_by("place")[:BATCH])
        if rows:
            _change(rows, change.user)
        change.attempts = 0
        is_over = len(rows) < BATCH
        if is_over:
            change.state, change.finished_at = State.DONE, timezone.now()
            _log(change)
        change.save(update_fields=["attempts", "state", "finished_at"])
    return is_over


def _change(rows: list[PriceChangeRow], actor: User | None) -> None:
    locked = lock_products(row.product_id for row in rows)
    changed: list[Product] = []
    left: list[PriceChangeRow] = []
    entries: list[audit.Entry] = []
    for row in rows:
        product = locked.get(row.product_id)
        if product is None:
            row.outcome = Outcome.GONE
            left.append(row)
        elif not row.fits(product):
            row.outcome, row.found_price = Outcome.LEFT, product.price
            left.append(row)
        else:
            row.outcome = Outcome.DONE
            before = {name: getattr(product, name) for name in PRICES}
            product.price = row.new_price or product.price
            if row.changes_before:
                product.compare_at_price = row.new_before
            changed.append(product)
            entries.append(audit.Entry(product, _told(product, before)))
    if changed:
        update_objects(Product, changed, [*PRICES, "updated_at"])
        audit.record_many(Product, entries, actor=actor)
        payloads = ((product.pk, product_payload(product)) for product in changed)
        emit_many("product_updated", payloads)
        drop_catalog_cache()
    done = [row.pk for row in rows if row.outcome == Outcome.DONE]
    PriceChangeRow.objects.filter(pk__in=done).update(outcome=Outcome.DONE)
    if left:
        update_objects(PriceChangeRow, left, ["outcome", "found_price"])


def _told(product: Product, before: dict[str, Decimal | None]) -> audit.Changes:
    """What the product's history says: the prices that differ, as texts."""
    return {
        name: [_text(was), _text(now)]
        for name, was in before.items()
        if (now := getattr(product, name)) != was
    }


def _text(price: Decimal | None) -> str | None:
    return None if price is None else str(price)


def _log(change: PriceChange) -> None:
    """One entry in the back office's history, and not one for each product."""
    if change.user:
        outcomes = price_outcomes(change)
        LogEntry.objects.create(
            user=change.user,
            content_type=ContentType.objects.get_for_model(PriceChange),
            object_id=str(change.pk),
            object_repr=str(change)[:200],
            action_flag=CHANGE,
            change_message=", ".join(
                f"{name} {n}" for name, n in outcomes.items() if n
            ),
        )


def _forget(change: PriceChange) -> None:
    # One statement: nothing hangs on a row.
    change.rows.all()._raw_delete(change._state.db)


def _batched(items: Iterable[Any]) -> Iterator[list[Any]]:
    iterator = iter(items)
    while batch := list(islice(iterator, READ)):
        yield batch
