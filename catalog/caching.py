"""What is cached of the catalog, and what makes it stale (`shop.marks`).

- VERSION changes with everything that a product's card shows, its stock too.
- CONTENT changes with products, categories and templates, not with a sale.
- SHELVES changes when something is sold out or is there again.
- SHOWN changes when a card says something else of its stock: few are left, or none.
- `stock_mark(…)` changes with each piece of one product, named by its id or address.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeVar
from zlib import crc32

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import get_language

from shop import marks
from shop.marks import EPOCH

SECONDS = 60
VERSION = "catalog:version"
CONTENT = "catalog:content"
SHELVES = "catalog:shelves"
SHOWN = "catalog:shown"
# Products share so many marks of their stock: a stranger's sale may change one too.
STOCK_MARKS = 4096

COUNTS_SECONDS = 300
# Of what is stored: another number, and nobody reads what an older shop stored.
FORMAT = 1
# There are more lists to ask for than any memory holds: each has its place in so many,
# and a later one may take it.
PLACES = 65_536
T = TypeVar("T")


def first_page_key(language: str | None = None) -> str:
    """`catalog:products` for the default language, `catalog:products:kk` for others.

    This name was promised, with the first page of whoever names nothing in the address
    below it. What `shop.shared_api` keeps does not cover it: that is an answer for each
    host, and none in other media types.
    """
    language = (language or get_language() or settings.LANGUAGE_CODE)[:2]
    suffix = "" if language == settings.LANGUAGE_CODE[:2] else f":{language}"
    return f"catalog:products{suffix}"


def read_first_page() -> tuple[Any, str]:
    """(the cached page or None, the content version to store a fresh one with)."""
    key = first_page_key()
    found = cache.get_many([VERSION, EPOCH, key]) or {}
    version = marks.state(found, [VERSION, EPOCH])
    page = found.get(key)
    return (page["data"] if page and page["version"] == version else None), version


def store_first_page(data: Any, version: str) -> None:
    """Keep the page for a minute, marked with the version read before the query."""
    cache.set(first_page_key(), {"version": version, "data": data}, timeout=SECONDS)


class CountsCache:
    """Counts of the catalog by what they count; made for one request.

    `of_stock`: they tell what is in stock from what is not.
    """

    def __init__(self, names: Sequence[Any], *, of_stock: bool = False) -> None:
        """Names are JSON; equal ones mean the same count."""
        versions = [CONTENT, EPOCH, *([SHELVES] if of_stock else [])]
        self._kind = [FORMAT, *versions]
        known = [self._known_as(name) for name in names]
        self._keys = {one: f"catalog:counts:{int(one, 16) % PLACES}" for one in known}
        found = cache.get_many([*versions, *self._keys.values()]) or {}
        self._version = marks.state(found, versions)
        self._found = {
            known: entry["data"]
            for known, key in self._keys.items()
            if (entry := found.get(key))
            and (entry["version"], entry["known"]) == (self._version, known)
        }

    def get(self, name: Any) -> Any:
        """The count, or None."""
        return self._found.get(self._known_as(name))

    def reading(self) -> AbstractContextManager[None]:
        """Count inside of it what is to be stored (`marks.making`)."""
        return marks.making(self._version)

    def store(self, counts: Sequence[tuple[Any, Any]]) -> None:
        """Keep (name, count) pairs for some minutes, or until the catalog changes."""
        entries = {}
        for name, data in counts:
            known = self._known_as(name)
            entry = {"version": self._version, "known": known, "data": data}
            entries[self._keys[known]] = entry
        if marks.may_keep(self._version):
            cache.set_many(entries, timeout=COUNTS_SECONDS)

    def _known_as(self, name: Any) -> str:
        text = json.dumps([self._kind, name], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def stock_mark(name: Any) -> str:
    """What changes with each piece of the product with this id or address."""
    return f"catalog:stock:{crc32(str(name).encode()) % STOCK_MARKS}"


def drop_catalog_cache() -> None:
    """After the transaction commits, nobody reads what it made stale."""
    _drop(VERSION, CONTENT)


def drop_stock_cache(
    names: Iterable[Any], *, changes_shelves: bool, changes_shown: bool
) -> None:
    """The same after stock moved of the products with these ids and addresses.

    `changes_shelves`: to zero or from it; `changes_shown`: a card says so.
    """
    changed = {SHELVES: changes_shelves, SHOWN: changes_shown}
    told = [mark for mark, is_changed in changed.items() if is_changed]
    _drop(VERSION, *told, *{stock_mark(name) for name in names})


def _drop(*changed: str) -> None:
    marks.change(*changed)
    keys = [first_page_key(code) for code, _name in settings.LANGUAGES]
    transaction.on_commit(lambda: cache.delete_many(keys), robust=True)


def cached_by_content(name: Any, make: Callable[[], T]) -> T:
    """What `make` returns, kept for some minutes or until the catalog changes.

    Names are JSON. Inside a transaction nothing is kept: what it reads may never come
    true.
    """
    if transaction.get_connection().in_atomic_block:
        return make()
    cached = CountsCache([name])
    kept = cached.get(name)
    if kept is None:
        # In a list: nothing found is a finding too.
        with cached.reading():
            kept = [make()]
        cached.store([(name, kept)])
    return kept[0]
