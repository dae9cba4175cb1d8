"""The cart's page and its buttons: faces over `cart.services`."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from cart.forms import AddForm, ProductForm, SetForm
from cart.services import Cart
from shop.exceptions import DomainError, TooOften, Unavailable
from shop.http import PageRequest


@never_cache
@require_safe
def detail(request: PageRequest) -> HttpResponse:
    """The cart; still a complete page, which says so, when the carts do not answer."""
    return _render(request, "cart/detail.html")


@require_POST
def add(request: PageRequest) -> HttpResponse:
    """So many pieces more of a product; a visitor gets a cart by it."""
    form = AddForm(request.POST)

    def change() -> None:
        asked = form.cleaned_data
        Cart.of(request, create=True).add(asked["product_id"], asked["qty"])
        messages.success(request, _("Added to the cart."))

    return _answer(request, change, form)


@require_POST
def set_quantity(request: PageRequest) -> HttpResponse:
    """Exactly so many pieces of a product; 0 removes it."""
    form = SetForm(request.POST)

    def change() -> None:
        asked = form.cleaned_data
        cart = Cart.of(request, create=True)
        cart.set_quantity(asked["product_id"], asked["qty"])

    return _answer(request, change, form)


@require_POST
def remove(request: PageRequest) -> HttpResponse:
    form = ProductForm(request.POST)

    def change() -> None:
        Cart.of(request).remove(form.cleaned_data["product_id"])

    return _answer(request, change, form)


@require_POST
def clear(request: PageRequest) -> HttpResponse:
    return _answer(request, lambda: Cart.of(request).clear())


def _answer(
    request: PageRequest, change: Callable[[], None], form: ProductForm | None = None
) -> HttpResponse:
    """Make the change or say why not, and go back to where the shopper was."""
    try:
        if form is None or form.is_valid():
            change()
        else:
            messages.error(request, form.first_error)
    except TooOften as error:
        if not request.htmx:
            raise
        return _too_often(request, error)
    except DomainError as error:
        messages.error(request, str(error))
    if request.htmx.target == "cart":
        return _render(request, "cart/includes/swap.html")
    if request.htmx:
        # A button elsewhere: the shopper stays there.
        return render(request, "cart/includes/told.html")
    back = request.POST.get("next", "")
    safe = url_has_allowed_host_and_scheme(
        back, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return redirect(back if safe else "cart:detail")


def _too_often(request: PageRequest, error: TooOften) -> HttpResponse:
    """Said beside the button; static/js/shop.js lets htmx show it."""
    messages.error(request, str(error))
    response = render(request, "cart/includes/told.html", status=error.status)
    response["HX-Reswap"] = "none"
    response["Retry-After"] = str(error.extra["retry_after"])
    return response


def _render(request: PageRequest, template: str) -> HttpResponse:
    context: dict[str, Any] = {}
    try:
        context["contents"] = Cart.of(request).contents()
    except Unavailable as error:
        context["unavailable"] = str(error)
    return render(request, template, context)
