"""Keeping the search entries: whoever writes products calls `index_products`."""

import re
from collections.abc import Iterable
from typing import Any

from django.db import connections, models, transaction

from catalog.search import embedded, postgresql
from catalog.search.documents import Document
from catalog.specs import SpecField, known_schema

# Words that can be misspelt: of letters alone, and not so short that all are alike.
_WORD = re.compile(r"[^\W\d_]{4,32}")


def index_products(
    products: Iterable[Any], *, using: str = "default", anew: bool = False
) -> None:
    """The products are found by what they are called and have now.

    Call it in the transaction that writes them. Entries that say the same already
    stay untouched, unless `anew`. Queries: two, and one more for templates.
    """
    products = list(products)
    if not products:
        return
    models.prefetch_related_objects(products, "template")
    fields: dict[Any, dict[str, SpecField]] = {None: {}}
    for product in products:
        if product.template_id not in fields:
            fields[product.template_id] = known_schema(product.template.schema)
    documents = [Document.of(item, fields[item.template_id]) for item in products]
    engine = engine_of(using)
    engine.write_entries(documents, using, anew=anew)
    words = sorted(_guessable(documents))

    def remember() -> None:
        engine.remember_words(words, using)

    # After the commit and in one order: nobody waits for the words of another, who may
    # be in the middle of a long import. A word that gets lost is one less to guess.
    transaction.on_commit(remember, using=using, robust=True)


def _guessable(documents: list[Document]) -> set[str]:
    words: set[str] = set()
    for document in documents:
        for text in (*document.name.values(), *document.fact.values()):
            words.update(filter(_WORD.fullmatch, text.split()))
    return words


def engine_of(using: str) -> Any:
    """What differs between the databases."""
    vendor = connections[using].vendor
    return postgresql if vendor == "postgresql" else embedded
