"""What a query means: decided once, for the products that it may find."""

from catalog.caching import cached_by_content
from catalog.search.index import engine_of
from catalog.search.readings import MAX_LENGTH, Reading, Search
from catalog.search.words import retyped


def understand(query: str, *, hidden: bool = False, using: str = "default") -> Search:
    """Find out by what the query finds something. One statement, kept as counts are.

    First of all as it was typed: a SKU, a barcode, a number, or words. If that finds
    nothing: the same keys in another keyboard layout, then parts of words, then words
    that look like those typed.
    """
    query = query[:MAX_LENGTH]

    def ask() -> Search:
        typed = Reading.of(query)
        others = [Reading.of(text) for text in retyped(query)]
        return engine_of(using).understand(typed, others, hidden, using)

    return cached_by_content(["search", query, hidden], ask)
