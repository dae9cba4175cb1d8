"""Products as the API tells of them, without asking the database again.

They come from the cache while they are as they were (`catalog.caching`): a shopper who
fills a cart looks at the same few again and again.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

import orjson
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import get_language

from catalog.caching import CONTENT, SECONDS, stock_mark
from catalog.models import Product
from shop import marks

# Of what is stored: another number, and nobody reads what an older shop stored.
FORMAT = 1
Tell = Callable[[Product], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class KnownProduct:
    """What buying needs of a product, and all that the API tells, in one language."""

    pk: UUID
    name: str
    price: Decimal
    stock: int
    is_visible: bool
    told: dict[str, Any]


def known_products(ids: Collection[UUID], tell: Tell) -> dict[UUID, KnownProduct]:
    """The products with these ids by id, hidden ones too, as `tell` tells of them.

    Each is as the last transaction left it that was over before. Three queries for
    what the cache does not have, none for what it has.
    """
    if not ids:
        return {}
    if transaction.get_connection().in_atomic_block:
        # What is read inside of a transaction may never come true.
        return _read(ids, tell)
    language = get_language()
    keys = {pk: f"catalog:known:{FORMAT}:{language}:{pk}" for pk in ids}
    own = {pk: stock_mark(pk) for pk in ids}
    of_all = [CONTENT, marks.EPOCH]
    found = cache.get_many([*of_all, *own.values(), *keys.values()]) or {}
    states = {pk: marks.state(found, [*of_all, own[pk]]) for pk in ids}
    known = {
        pk: _known(pk, *entry[1:])
        for pk in ids
        if (entry := found.get(keys[pk])) and entry[0] == states[pk]
    }
    missing = [pk for pk in ids if pk not in known]
    if missing:
        with marks.making(":".join(states[pk] for pk in missing)):
            read = _read(missing, tell)
        fresh = {
            keys[pk]: (states[pk], *_stored(product))
            for pk, product in read.items()
            if marks.may_keep(states[pk])
        }
        if fresh:
            cache.set_many(fresh, timeout=SECONDS)
        known.update(read)
    return known


def _read(ids: Collection[UUID], tell: Tell) -> dict[UUID, KnownProduct]:
    products = Product.objects.with_details().in_bulk(list(ids))
    return {
        pk: KnownProduct(pk, p.name, p.price, p.stock, p.is_visible, tell(p))
        for pk, p in products.items()
    }


def _stored(known: KnownProduct) -> tuple[Any, ...]:
    told: bytes | dict[str, Any]
    try:
        # Of a cache's ways to write a map down JSON is the quickest to read.
        told = orjson.dumps(known.told)
    except TypeError:
        # An attribute is a number that 64 bits do not hold.
        told = known.told
    return known.name, str(known.price), known.stock, known.is_visible, told


def _known(
    pk: UUID,
    name: str,
    price: str,
    stock: int,
    is_visible: bool,
    told: bytes | dict[str, Any],
) -> KnownProduct:
    read = orjson.loads(told) if isinstance(told, bytes) else told
    return KnownProduct(pk, name, Decimal(price), stock, is_visible, read)
