"""The search field above every page of the back office."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from catalog.models import Product
from dashboard.finding import Found, address_of, find, kinds_for
from shop.finding import MAX_LENGTH
from shop.http import PageRequest


@never_cache
@require_safe
def find_anything(request: PageRequest) -> HttpResponse:
    """Straight to the one thing that can be meant, or what there is to choose from.

    htmx asks for suggestions, and is never sent away.
    """
    kinds = kinds_for(request.user)
    if not kinds:
        raise PermissionDenied
    query = request.GET.get("q", "").replace("\0", " ")[:MAX_LENGTH].strip()
    found = find(query, kinds)
    if request.htmx:
        context = {"found": found, "kinds": kinds}
        return render(request, "dashboard/find_suggestions.html", context)
    target = found.target
    if target is not None:
        _offer_others(request, found, target)
        return redirect(address_of(target, kinds))
    context = {
        **admin.site.each_context(request),
        "title": _("Search"),
        "subtitle": found.query,
        "found": found,
        "kinds": kinds,
    }
    return render(request, "dashboard/find.html", context)


def _offer_others(request: HttpRequest, found: Found, target: Any) -> None:
    """What is called the same, in case that was meant."""
    for other in found.exact:
        if other == target or not isinstance(other, Product):
            continue
        link = format_html(
            '<a href="{}">{}</a>', address_of(other, ["products"]), other
        )
        text = format_html(_("There is also the product {}."), link)
        messages.info(request, text)
