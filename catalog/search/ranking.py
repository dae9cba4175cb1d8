"""What a search finds, the best first, in pages.

Own SKU or barcode first, then all words in the name, then with the SKU, with the
attributes, with the description; within a tier the popular first.
"""

from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connections
from django.db.models import BooleanField, Exists, F, OuterRef, Subquery

from catalog.search import embedded, postgresql
from catalog.search.models import SearchEntry
from catalog.search.postgresql import MANY, InTier, Tier
from catalog.search.readings import Reading

POPULAR = ("-sold", "-number")
# The same, but of an expression: nobody walks the whole index of the popular for it.
_SORTED = (F("sold") * -1, "-number")
LOOKED_AT = 500
# Rows down to which a large tier is cheaper walked from its most popular product.
WALKABLE = 240


def by_relevance(products: Any) -> Any:
    """The products as paginators want them, in this order if `matching` ranked them."""
    search = products.search
    if search is None or not products.is_ranked:
        return products
    if connections[products.db].vendor == "postgresql":
        return Ranking(products)
    return products.order_by(embedded.tier(search), *POPULAR)


def beginning_so(products: Any, readings: list[Reading], limit: int) -> list[Any]:
    """The popular of these products whose names or keys have words that begin so.

    Of a beginning that very many products share, some are looked at: it is not what
    somebody means, but what somebody has typed so far. One query for rows.
    """
    if connections[products.db].vendor != "postgresql":
        return list(embedded.beginning_so(products, readings, POPULAR)[:limit])
    parts = []
    for reading in readings:
        some = postgresql.beginning_so(reading).values("pk")[:LOOKED_AT]
        found = products.filter(pk__in=some).order_by(*_SORTED)
        parts.append(found[:limit])
    if len(parts) == 1:
        return list(parts[0])
    rows = parts[0].union(*parts[1:], all=True)[:limit]
    # No product twice, although a word may begin as two readings do.
    return list({product.pk: product for product in rows}.values())


class Ranking:
    """Tier after tier, each only as far as a page needs it.

    A frequent word is in too many products to sort them all for one page. The planner
    cannot know that (it does not see the words), but the search has counted: a large
    tier is walked along the index of the popular until the page is full, which is
    soon, because so many are in it; a small one is gathered and sorted.
    """

    def __init__(self, products: Any) -> None:
        self.products = products
        self.search = products.search
        # Without the search itself, unless something was asked after it.
        self.others = products if products.others is None else products.others
        # Only then do the search's counts count these products.
        self.is_whole = not self.search.hidden and self._asks_nothing_else()

    def count(self) -> int:
        if self.is_whole:
            return self.search.total
        return self.products.count()

    def __getitem__(self, place: slice) -> list[Any]:
        start, stop = place.start or 0, place.stop
        parts = [part[:stop] for part in self._parts(stop)]
        if not parts:
            return []
        rows = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
        # UNION ALL keeps the order of its parts, and starts none before it is needed.
        return list(rows[start:stop])

    def _parts(self, stop: int) -> list[Any]:
        search = self.search
        if search.way == "parts":
            return [self.products.order_by(*POPULAR)]
        parts = []
        above: Tier | None = None
        many = search.total >= MANY
        counts = [*search.better, search.total]
        for tier, count, before in zip(
            postgresql.tiers(search), counts, [0, *counts], strict=False
        ):
            # A tier has all that the one above it has.
            if not (many and count <= before < MANY):
                walk = self.is_whole and count >= MANY and stop <= WALKABLE
                parts.append((self._walk if walk else self._gather)(tier, above))
            above = tier
        return parts

    def _walk(self, tier: Tier, above: Tier | None) -> Any:
        found = self.others.filter(_own(tier))
        return (found.exclude(_own(above)) if above else found).order_by(*POPULAR)

    def _gather(self, tier: Tier, above: Tier | None) -> Any:
        entries = SearchEntry.objects.filter(InTier(tier))
        if not self.search.hidden:
            entries = entries.filter(is_active=True)
        if above:
            better = SearchEntry.objects.filter(InTier(above), pk=OuterRef("pk"))
            entries = entries.exclude(Exists(better))
        found = self.others.filter(pk__in=entries.values("pk"))
        return found.order_by(*_SORTED)

    def _asks_nothing_else(self) -> bool:
        everything = self.products.model.objects.visible()
        try:
            return _statement(self.others) == _statement(everything)
        except EmptyResultSet:
            return False


def _own(tier: Tier) -> Subquery:
    """Whether a product's own entry is in the tier: a look at each product."""
    entry = SearchEntry.objects.filter(product=OuterRef("pk"))
    return Subquery(entry.values_list(InTier(tier)), output_field=BooleanField())


def _statement(products: Any) -> str:
    return str(products.order_by().values("pk").query)
