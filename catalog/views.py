"""The catalog's pages: everybody may read them, nothing changes here."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
)
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from catalog import seo
from catalog.caching import CONTENT, SHOWN, VERSION, stock_mark
from catalog.filters import ATTRIBUTE, ProductFilter, sees_hidden, sees_inactive
from catalog.front import Front, front_of
from catalog.head import listing_head, product_head
from catalog.listing import Listing
from catalog.models import Category, OldAddress, Product
from catalog.navigation import breadcrumbs_to, deepest_path
from catalog.recent import SHOWN as RECENT_SHOWN
from catalog.recent import recent_numbers, remember
from catalog.related import related_ids
from catalog.suggestions import suggest
from shop.http import PageRequest
from shop.languages import PARAMETER
from shop.replica import from_replica
from shop.shared import PART_HEADERS, is_part, render_page, shared_page
from shop.throttling import is_search, limited

# What a list can be asked for, and the language of each page.
KNOWN = (*ProductFilter.base_filters, ATTRIBUTE, "page", PARAMETER)
RECENT = "catalog/includes/recent.html"
SEARCHED = limited("search", "SEARCH_RATE", is_search)


def _marks(request: HttpRequest, slug: str = "") -> list[str]:
    """What a list shows. Which products are popular changes with each sale."""
    by_sales = "popularity" in request.GET.get("ordering", "") or "q" in request.GET
    is_front = request.path == reverse("catalog:product-list")
    return [VERSION] if by_sales or is_front else [CONTENT, SHOWN]


@require_safe
@SEARCHED
@shared_page(_marks, known=KNOWN)
@from_replica("catalog")
def home(request: PageRequest) -> HttpResponse:
    """The whole list; who has asked for nothing yet is shown where to begin, above."""
    listing = Listing(request)
    asked = request.GET.keys() - {PARAMETER}
    return _listing(request, listing, None if asked else front_of(listing))


@require_safe
@SEARCHED
@shared_page(_marks, known=KNOWN)
@from_replica("catalog")
def product_list(request: PageRequest) -> HttpResponse:
    return _listing(request, Listing(request))


@require_safe
@SEARCHED
@shared_page(_marks, known=KNOWN)
@from_replica("catalog")
def category(request: PageRequest, slug: str) -> HttpResponse:
    """The category's products and those of all below it."""
    chosen = Category.objects.filter(slug=slug).first()
    if chosen is None:
        return _moved(request, OldAddress.Kind.CATEGORY, slug)
    if not (chosen.is_visible or sees_hidden(request)):
        raise Http404
    return _listing(request, Listing(request, chosen))


@require_safe
@SEARCHED
@from_replica("catalog")
def suggestions(request: HttpRequest) -> HttpResponse:
    """A part of a page: what the search field offers while somebody types."""
    found = suggest(request.GET.get("q", ""))
    return render(request, "catalog/includes/suggestions.html", {"found": found})


@require_safe
def product_detail(request: HttpRequest, slug: str) -> HttpResponse:
    response = _product_page(request, slug)
    shown = getattr(response, "about", None)
    if shown and shown["is_visible"]:
        remember(request, response, shown["number"])
    return response


def _product_marks(request: HttpRequest, slug: str) -> list[str]:
    return [CONTENT, SHOWN, stock_mark(slug)]


def _recently_seen(request: HttpRequest, shown: dict[str, Any]) -> dict[str, str]:
    """What the visitor has looked at before, which is nothing that others share."""
    numbers = _others_seen(request, shown["number"])
    if not numbers:
        return {}
    products = Product.objects.visible().filter(number__in=numbers).for_cards()
    context = {"recent": _in_order(products, numbers)}
    return {RECENT: render_to_string(RECENT, context, request)}


@shared_page(_product_marks, own=_recently_seen, known=[PARAMETER])
@from_replica("catalog")
def _product_page(request: HttpRequest, slug: str) -> HttpResponse:
    products = Product.objects.filter(slug=slug).select_related("template")
    product = products.with_images().annotate(deepest=deepest_path()).first()
    if product is None:
        return _moved(request, OldAddress.Kind.PRODUCT, slug)
    _refuse_unseen(request, product)
    way = breadcrumbs_to(product.deepest)
    # Where others share the page, what a visitor has seen is read for them alone.
    is_shared = getattr(request, "is_shared", False)
    seen = [] if is_shared else _others_seen(request, product.number)
    related, recent = _shelves(related_ids(product, way), seen)
    context = {
        "product": product,
        "related": related,
        "recent": recent,
        "way": way,
        "head": product_head(request, product, way),
    }
    about = {"number": product.number, "is_visible": product.is_visible}
    return render_page(request, "catalog/product_detail.html", context, about)


@require_safe
@from_replica("catalog")
def product_by_id(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Old and short links: on to the address with the product's name."""
    product = Product.objects.filter(pk=pk).first()
    if product is None:
        kept = OldAddress.objects.filter(owner_id=pk, kind=OldAddress.Kind.PRODUCT)
        if kept.exists():
            return _gone(request)
        raise Http404
    _refuse_unseen(request, product)
    return _redirect(request, product)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(seo.robots_txt(request), content_type="text/plain")


def _listing(
    request: PageRequest, listing: Listing, front: Front | None = None
) -> HttpResponse:
    """The page, or for htmx only the part that changes with the filters."""
    part = is_part(request)
    template = "catalog/includes/results.html" if part else "catalog/product_list.html"
    context: dict[str, Any] = {
        "listing": listing, "page": listing.page, "front": front,
    }  # fmt: skip
    if not part:
        context["head"] = listing_head(request, listing)
    response = render_page(request, template, context)
    patch_vary_headers(response, PART_HEADERS)
    return response


def _shelves(
    pks: list[UUID], numbers: list[int]
) -> tuple[list[Product], list[Product]]:
    """The products with these ids and with these numbers, in that order, on sale.

    Together they are two queries, or none.
    """
    if not pks and not numbers:
        return [], []
    wanted = Q(pk__in=pks) | Q(number__in=numbers)
    products = Product.objects.visible().filter(wanted).for_cards()
    by_pk = {product.pk: product for product in products}
    shelf = [by_pk[pk] for pk in pks if pk in by_pk]
    return shelf, _in_order(by_pk.values(), numbers)


def _others_seen(request: HttpRequest, number: int) -> list[int]:
    return [seen for seen in recent_numbers(request) if seen != number]


def _in_order(products: Iterable[Product], numbers: list[int]) -> list[Product]:
    """The products with these numbers, in that order, as many as are shown."""
    by_number = {product.number: product for product in products}
    found = [by_number[number] for number in numbers if number in by_number]
    return found[:RECENT_SHOWN]


def _refuse_unseen(request: HttpRequest, product: Product) -> None:
    """What shoppers may not see exists for staff alone."""
    if not (product.is_visible or sees_inactive(request)):
        raise Http404


def _moved(request: HttpRequest, kind: str, slug: str) -> HttpResponse:
    """On to where it is by now, or the page that says that it is gone.

    What is hidden is neither: to shoppers it is not there.
    """
    old = OldAddress.objects.filter(kind=kind, slug=slug).first()
    if old is None:
        raise Http404
    owners = Product if kind == OldAddress.Kind.PRODUCT else Category
    owner = owners.objects.filter(pk=old.owner_id).first()
    if owner is None:
        return _gone(request)
    may_see = sees_inactive if owners is Product else sees_hidden
    if not (owner.is_visible or may_see(request)):
        raise Http404
    return _redirect(request, owner)


def _redirect(request: HttpRequest, owner: Product | Category) -> HttpResponse:
    query = request.META.get("QUERY_STRING", "")
    target = owner.get_absolute_url()
    return HttpResponsePermanentRedirect(f"{target}?{query}" if query else target)


def _gone(request: HttpRequest) -> HttpResponse:
    return render(request, "410.html", status=410)
