"""The cached first page of the catalog, dropped by whatever makes it stale."""

from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.cache import cache
from django.db import transaction
from django.utils.translation import get_language

SECONDS = 60
VERSION = "catalog:version"


def first_page_key(language: str | None = None) -> str:
    """`catalog:products` for the default language, `catalog:products:kk` for others."""
    language = (language or get_language() or settings.LANGUAGE_CODE)[:2]
    suffix = "" if language == settings.LANGUAGE_CODE[:2] else f":{language}"
    return f"catalog:products{suffix}"


def read_first_page() -> tuple[Any, str]:
    """(the cached page or None, the content version to store a fresh one with)."""
    key = first_page_key()
    found = cache.get_many([VERSION, key]) or {}
    version = found.get(VERSION)
    if version is None:
        version = uuid4().hex
        cache.add(VERSION, version, timeout=None)
    page = found.get(key)
    return (page["data"] if page and page["version"] == version else None), version


def store_first_page(data: Any, version: str) -> None:
    """Keep the page for a minute, marked with the version read before the query.

    A reader that was overtaken by a write stores an old version, which nobody takes.
    """
    cache.set(first_page_key(), {"version": version, "data": data}, timeout=SECONDS)


def drop_catalog_cache() -> None:
    """After the transaction commits, nobody reads what it made stale."""

    def drop() -> None:
        cache.set(VERSION, uuid4().hex, timeout=None)
        cache.delete_many([first_page_key(code) for code, _name in settings.LANGUAGES])

    # robust: the write has happened; a cache that is down must not undo the answer.
    transaction.on_commit(drop, robust=True)
