"""Pages of products that cost about the same near the beginning and far from it."""

from collections.abc import Callable
from typing import Any

from django.core.paginator import Page, Paginator
from django.db import connections
from django.db.models import F, QuerySet
from django.db.models.functions import Greatest
from django.utils.functional import cached_property

from catalog.caching import cached_by_content
from catalog.models import Product

# Rows that a page may skip the plain way.
NEAR = 1000
# A sparse list that is so short is sorted for a page of it,
SHORT = 1000
# a longer one only if the page is not among so many first products of the order,
LOOKED_AT = 1000
# and none that is so long, or more than such a part of the shop: there the walk along
# the order is short, or sorting dear.
LONG = 10000
PART = 10


class ProductPaginator(Paginator):
    """Skips what lies before a far page in the index alone, and from the nearer end.

    The database reads and throws away every row before a page. Far from the beginning
    only the products' numbers are read like that, which lists' indexes hold; then come
    the products of the page. `counted` tells the length of the list to those who know
    it without asking. A `sparse` one is narrowed, to what is on sale or to what is not,
    by more than the index of its order can tell: see `gathered`.
    """

    def __init__(
        self,
        *args: Any,
        counted: Callable[[], int] | None = None,
        sparse: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self._counted = counted
        self._sparse = sparse

    @cached_property
    def count(self) -> int:
        return self._counted() if self._counted else super().count

    def page(self, number: int | str) -> Page:
        number = self.validate_number(number)
        first = (number - 1) * self.per_page
        last = min(first + self.per_page, self.count)
        listed = self.object_list
        if self._may_be_sorted(listed, last):
            found = self._begun(listed, first, last)
            if found is not None:
                return Page(found, number, self)
            listed = gathered(listed)
        if first < NEAR or not isinstance(listed, QuerySet):
            return Page(listed[first:last], number, self)
        return Page(self._far(listed, first, last), number, self)

    def _may_be_sorted(self, listed: Any, last: int) -> bool:
        if not self._sparse or not isinstance(listed, QuerySet):
            return False
        # SQLite would look for each product's links, not for the products of a link.
        if connections[listed.db].vendor != "postgresql":
            return False
        if self.count <= SHORT:
            return True
        if self.count > LONG or last > LOOKED_AT:
            return False
        return self.count * PART <= _on_sale()

    def _begun(self, listed: Any, first: int, last: int) -> list[Product] | None:
        """The page of a longer list, if the first products of the order fill it."""
        if self.count <= SHORT:
            return None
        begin = Product.objects.visible().order_by(*_order(listed))[:LOOKED_AT]
        found = list(gathered(listed).filter(pk__in=begin.values("pk"))[first:last])
        return found if len(found) == last - first else None

    def _far(self, listed: Any, first: int, last: int) -> list[Product]:
        if first < self.count // 2:
            numbers = list(listed.values_list("number", flat=True)[first:last])
        else:
            backwards = listed.reverse().values_list("number", flat=True)
            numbers = list(backwards[self.count - last : self.count - first])[::-1]
        # Narrowed as before, and read as before: only the order is already known.
        by_number = {
            product.number: product for product in listed.filter(number__in=numbers)
        }
        return [by_number[n] for n in numbers if n in by_number]


def gathered(listed: Any) -> Any:
    """The same in the same order, but sorted: of this order there is no index.

    Reading the index of an order, the planner expects to meet the products of a
    category soon, as if they were strewn over it evenly. They are not: the names of a
    kind begin alike, and its prices lie together.
    """
    first, *rest = _order(listed)
    falls = isinstance(first, str) and first.startswith("-")
    value = F(first.removeprefix("-")) if isinstance(first, str) else first
    alone = Greatest(value, value)
    return listed.order_by(alone.desc() if falls else alone.asc(), *rest)


def _on_sale() -> int:
    return cached_by_content("on sale", Product.objects.visible().count)


def _order(listed: Any) -> tuple[Any, ...]:
    return tuple(listed.query.order_by or listed.model._meta.ordering)
