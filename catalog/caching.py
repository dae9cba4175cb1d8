"""What is cached of the catalog, and what makes it stale.

Three versions stand in the cache. Whatever is cached carries the one it was made
under, read before the query: a reader that was overtaken by a write stores an old
version, which nobody takes.

- VERSION changes with everything that a product's card shows, its stock too.
- CONTENT changes with products, categories and templates, not with a sale.
- SHELVES changes when something is sold out or is there again.
"""

import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import get_language

SECONDS = 60
VERSION = "catalog:version"
CONTENT = "catalog:content"
SHELVES = "catalog:shelves"

# Where each process has a memory of its own, it hears nothing of the others' writes.
COUNTS_SECONDS = 300 if settings.REDIS_URL else 30
# Of what is stored: another number, and nobody reads what an older shop stored.
FORMAT = 1
# There are more lists to ask for than any memory holds: each has its place in so many,
# and a later one may take it.
PLACES = 65_536
T = TypeVar("T")


def first_page_key(language: str | None = None) -> str:
    """`catalog:products` for the default language, `catalog:products:kk` for others."""
    language = (language or get_language() or settings.LANGUAGE_CODE)[:2]
    suffix = "" if language == settings.LANGUAGE_CODE[:2] else f":{language}"
    return f"catalog:products{suffix}"


def read_first_page() -> tuple[Any, str]:
    """(the cached page or None, the content version to store a fresh one with)."""
    key = first_page_key()
    found = cache.get_many([VERSION, key]) or {}
    version = _version(found, VERSION)
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
        versions = [CONTENT, SHELVES] if of_stock else [CONTENT]
        self._kind = [FORMAT, *versions]
        known = [self._known_as(name) for name in names]
        self._keys = {one: f"catalog:counts:{int(one, 16) % PLACES}" for one in known}
        found = cache.get_many([*versions, *self._keys.values()]) or {}
        self._version = ":".join(_version(found, key) for key in versions)
        self._found = {
            known: entry["data"]
            for known, key in self._keys.items()
            if (entry := found.get(key))
            and (entry["version"], entry["known"]) == (self._version, known)
        }

    def get(self, name: Any) -> Any:
        """The count, or None."""
        return self._found.get(self._known_as(name))

    def store(self, counts: Sequence[tuple[Any, Any]]) -> None:
        """Keep (name, count) pairs for some minutes, or until the catalog changes."""
        entries = {}
        for name, data in counts:
            known = self._known_as(name)
            entry = {"version": self._version, "known": known, "data": data}
            entries[self._keys[known]] = entry
        cache.set_many(entries, timeout=COUNTS_SECONDS)

    def _known_as(self, name: Any) -> str:
        text = json.dumps([self._kind, name], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()


def drop_catalog_cache() -> None:
    """After the transaction commits, nobody reads what it made stale."""
    _drop(VERSION, CONTENT)


def drop_stock_cache(*, changes_shelves: bool) -> None:
    """The same after stock moved; `changes_shelves`: to zero or from it."""
    _drop(VERSION, *([SHELVES] if changes_shelves else []))


def _drop(*versions: str) -> None:
    def drop() -> None:
        fresh = {version: uuid4().hex for version in versions}
        cache.set_many(fresh, timeout=None)
        cache.delete_many([first_page_key(code) for code, _name in settings.LANGUAGES])

    # robust: the write has happened; a cache that is down must not undo the answer.
    transaction.on_commit(drop, robust=True)


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
        kept = [make()]
        cached.store([(name, kept)])
    return kept[0]


def _version(found: dict[str, Any], key: str) -> str:
    version = found.get(key)
    if version is None:
        version = uuid4().hex
        cache.add(key, version, timeout=None)
    return version
