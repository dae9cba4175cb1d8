"""The catalog's pages: everybody may read them, nothing changes here."""

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponsePermanentRedirect,
)
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from catalog import seo
from catalog.filters import sees_hidden, sees_inactive
from catalog.head import listing_head, product_head
from catalog.listing import Listing
from catalog.models import Category, Product, ProductQuerySet
from catalog.navigation import breadcrumbs
from catalog.recent import SHOWN, recent_numbers, remember
from catalog.related import related_ids
from catalog.suggestions import suggest
from shop.http import PageRequest


@require_safe
def product_list(request: PageRequest) -> HttpResponse:
    return _listing(request, Listing(request))


@require_safe
def category(request: PageRequest, slug: str) -> HttpResponse:
    """The category's products and those of all below it."""
    chosen = get_object_or_404(Category, slug=slug)
    if not (chosen.is_visible or sees_hidden(request)):
        raise Http404
    return _listing(request, Listing(request, chosen))


@require_safe
def suggestions(request: HttpRequest) -> HttpResponse:
    """A part of a page: what the search field offers while somebody types."""
    found = suggest(request.GET.get("q", ""))
    return render(request, "catalog/includes/suggestions.html", {"found": found})


@require_safe
def product_detail(request: HttpRequest, slug: str) -> HttpResponse:
    product = _product_or_404(request, Product.objects.filter(slug=slug).with_details())
    way = breadcrumbs(list(product.categories.all()))
    seen = [number for number in recent_numbers(request) if number != product.number]
    related, recent = _shelves(related_ids(product, way), seen)
    context = {
        "product": product,
        "related": related,
        "recent": recent,
        "way": way,
        "head": product_head(request, product, way),
    }
    response = render(request, "catalog/product_detail.html", context)
    patch_vary_headers(response, ["Cookie"])
    remember(request, response, product)
    return response


@require_safe
def product_by_id(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Old and short links: on to the address with the product's name."""
    product = _product_or_404(request, Product.objects.filter(pk=pk))
    query = request.META.get("QUERY_STRING", "")
    target = product.get_absolute_url()
    return HttpResponsePermanentRedirect(f"{target}?{query}" if query else target)


@require_safe
def robots(request: HttpRequest) -> HttpResponse:
    return HttpResponse(seo.robots_txt(request), content_type="text/plain")


def _listing(request: PageRequest, listing: Listing) -> HttpResponse:
    """The page, or for htmx only the part that changes with the filters."""
    part = request.htmx.target == "results" and not request.htmx.history_restore_request
    template = "catalog/includes/results.html" if part else "catalog/product_list.html"
    context: dict[str, Any] = {"listing": listing, "page": listing.page}
    if not part:
        context["head"] = listing_head(request, listing)
    response = render(request, template, context)
    patch_vary_headers(response, ["HX-Request", "HX-Target"])
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
    by_number = {product.number: product for product in by_pk.values()}
    return (
        [by_pk[pk] for pk in pks if pk in by_pk],
        [by_number[number] for number in numbers if number in by_number][:SHOWN],
    )


def _product_or_404(request: HttpRequest, products: ProductQuerySet) -> Product:
    """One of these products; what shoppers may not see exists for staff alone."""
    product = products.first()
    if product is None or not (product.is_visible or sees_inactive(request)):
        raise Http404
    return product
