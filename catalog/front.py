"""The front page: where to begin for somebody who has asked for nothing yet."""

from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.db.models.functions import Substr

from catalog.listing import Listing
from catalog.models import Category, Product

CATEGORIES = 8
POPULAR = 8
# The best sold among which those to show are found, and pictures for the categories.
LOOKED_AT = 24


@dataclass
class Tile:
    """A category of the first level, and something out of it that has a picture."""

    category: Category
    product: Product | None


@dataclass
class Front:
    tiles: list[Tile]
    popular: list[Product]


def front_of(listing: Listing) -> Front | None:
    """What stands above the whole list; None where the list is on one page anyway.

    Costs no query: the popular products are read in the statement that reads those of
    the page, which has its products afterwards.
    """
    page = listing.page
    if not page.has_other_pages() or not isinstance(page.object_list, QuerySet):
        return None
    products = list(_read(listing, page.object_list))
    newest = sorted(products, key=lambda p: (p.created_at, p.number), reverse=True)
    best = sorted(products, key=lambda p: (p.sold, p.number), reverse=True)[:LOOKED_AT]
    page.object_list = newest[: listing.page.paginator.per_page]
    sold = (product for product in best if product.sold and product.stock)
    pictured = [p for p in (*best, *newest) if p.stock and p.main_image]
    roots = (node for node in listing.branch.nodes if node.depth == 1 and node.count)
    return Front(
        tiles=[Tile(root, _of(root, pictured)) for root in islice(roots, CATEGORIES)],
        popular=list(islice(sold, POPULAR)),
    )


def _read(listing: Listing, newest: Any) -> Any:
    """The products of the page and the best sold, each with its `root`."""
    popular = listing.found.order_by("-sold", "-number")[:LOOKED_AT]
    links = Product.categories.through.objects.filter(
        product_id=OuterRef("pk"), category__is_visible=True
    )
    root = Substr("category__path", 1, Category.steplen)
    return (
        # Not "in one or in the other": for that PostgreSQL reads the whole table.
        listing.found.filter(pk__in=_ids(newest).union(_ids(popular)))
        .order_by()
        .annotate(root=Subquery(links.order_by("category__path").values(_r=root)[:1]))
    )


def _ids(some: Any) -> Any:
    return Product.objects.filter(pk__in=some.values("pk")).order_by().values("pk")


def _of(root: Category, pictured: list[Product]) -> Product | None:
    return next((p for p in pictured if getattr(p, "root", "") == root.path), None)
