"""The pages of a purchase: faces over `orders.services`, without rules of their own."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.paginator import Paginator
from django.db.models import Prefetch, Sum, prefetch_related_objects
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import (
    require_http_methods,
    require_POST,
    require_safe,
)
from django_htmx.http import HttpResponseClientRedirect

from accounts.models import User
from accounts.services import remember_address
from cart.exceptions import EmptyCart, NotAvailable
from cart.services import Cart, CartContents
from catalog.exceptions import OutOfStock
from catalog.models import Product
from orders import services
from orders.access import get_order, may_change, remember_order
from orders.exceptions import IdempotencyKeyReused
from orders.forms import CartCheckoutForm, CheckoutForm, QuickLinesForm
from orders.models import Order
from orders.payment_state import READS, can_pay_online, payment_card, payment_state
from orders.quick import QuickLine, find_products
from orders.timeline import timeline
from shop.exceptions import DomainError, Unavailable
from shop.http import PageRequest
from shop.throttling import limited

PAGE_SIZE = 24


class CustomerRequest(PageRequest):
    """Somebody who has signed in."""

    user: User


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("checkout")
def checkout(request: PageRequest) -> HttpResponse:
    """The cart's purchase on one page; afterwards, the page of its order."""
    if request.method == "POST" and "refresh" not in request.POST:
        return _check_out(request)
    # A refresh keeps what was typed and finds no fault with it yet.
    form = CartCheckoutForm(request.user, initial=request.POST.dict())
    try:
        contents = Cart.of(request).lines()
    except Unavailable:
        return _to_cart(request)
    if not contents.lines:
        messages.info(request, str(EmptyCart()))
        return _to_cart(request)
    return _checkout_page(request, form, contents)


def _check_out(request: PageRequest) -> HttpResponse:
    cart = Cart.of(request)
    form = CartCheckoutForm(request.user, request.POST)

    def place() -> services.Placed:
        return services.checkout_cart(cart, form.checkout(), user=_user(request))

    short: list[dict[str, Any]] = []
    if form.is_valid():
        try:
            order = _place(request, form, place)
        except OutOfStock as error:
            short = error.extra["items"]
        except (EmptyCart, NotAvailable) as error:
            messages.warning(request, str(error))
            return redirect("cart:detail")
        else:
            if order:
                return _on_from(order)
    try:
        contents = cart.lines()
    except Unavailable:
        return redirect("cart:detail")
    if not contents.lines:
        for told in form.non_field_errors():
            messages.warning(request, str(told))
        return redirect("cart:detail")
    return _checkout_page(request, form, contents, short=short)


def _checkout_page(
    request: PageRequest, form: CheckoutForm, contents: CartContents, **more: Any
) -> HttpResponse:
    for notice in contents.notices:
        messages.warning(request, notice["message"])
    context = {
        "form": form,
        "contents": contents,
        **_amounts(form, contents.total),
        **more,
    }
    part = "orders/includes/checkout_summary.html"
    return render(request, part if request.htmx else "orders/checkout.html", context)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@limited("checkout")
def quick_order(request: PageRequest) -> HttpResponse:
    """An order written as text, without a cart: looked at first, then placed."""
    asked = request.method == "POST"
    lines_form = QuickLinesForm(request.POST if asked else None)
    rows: list[QuickLine] = []
    if asked and lines_form.is_valid():
        rows = find_products(lines_form.cleaned_data["items"])
    if not asked or "refresh" in request.POST:
        form = CheckoutForm(request.user, initial=request.POST.dict())
        return _quick_page(request, lines_form, form, rows)

    form = CheckoutForm(request.user, request.POST)
    owner = Cart.of(request, create=True).key

    def place() -> services.Placed:
        lines = [row.line for row in rows if row.line]
        checkout = form.checkout(lines_form.cleaned_data["items"])
        return services.place_order(lines, checkout, owner=owner, user=_user(request))

    if any(row.product is None for row in rows):
        form.add_error(None, _("Some products were not found; nothing was ordered."))
    # What is short by now may be so because this very order was placed: the service
    # is asked, and knows it by its key.
    if form.is_valid() and rows:
        try:
            order = _place(request, form, place)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            if order:
                return _on_from(order)
    return _quick_page(request, lines_form, form, rows)


def _quick_page(
    request: PageRequest,
    lines_form: QuickLinesForm,
    form: CheckoutForm,
    rows: list[QuickLine],
) -> HttpResponse:
    goods = sum((row.subtotal for row in rows), Decimal(0))
    context = {
        "lines_form": lines_form,
        "form": form,
        "rows": rows,
        **_amounts(form, goods),
        # The list grows and shrinks beside them: they show what they usually cost.
        "methods": [(method, method.price, None) for method in form.methods],
    }
    part = "orders/includes/quick_summary.html"
    return render(request, part if request.htmx else "orders/quick_order.html", context)


@never_cache
@login_required
@require_safe
def order_list(request: CustomerRequest) -> HttpResponse:
    """One's own orders, newest first."""
    own = Order.objects.placed_by(request.user).annotate(pieces=Sum("items__quantity"))
    # Grouped rows forget the order that the model names.
    own = own.order_by("-created_at", "-number").prefetch_related(*READS)
    page = Paginator(own, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "page_obj": page,
        "rows": [(o, payment_state(o), can_pay_online(o)) for o in page],
    }
    return render(request, "orders/order_list.html", context)


@never_cache
@require_safe
def order_detail(request: PageRequest, pk: UUID) -> HttpResponse:
    order = get_order(request, pk)
    products = Product.objects.with_images()
    prefetch_related_objects(
        [order], *READS, Prefetch("items__product", queryset=products)
    )
    own = may_change(request, order)
    context = {
        "order": order,
        "steps": timeline(order),
        "money": payment_card(order),
        "may_pay": own,
        "may_cancel": order.can_be_canceled and own,
    }
    return render(request, "orders/order_detail.html", context)


@require_POST
def order_cancel(request: PageRequest, pk: UUID) -> HttpResponse:
    """The order is canceled and its stock is back; a second click changes nothing."""
    order = get_order(request, pk)
    if not may_change(request, order):
        raise PermissionDenied
    try:
        services.cancel_order(order.pk, actor=_user(request))
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(
            request, _("Order %(number)s is canceled.") % {"number": order.number}
        )
    return redirect(order)


def _place(
    request: PageRequest, form: CheckoutForm, place: Callable[[], services.Placed]
) -> Order | None:
    """The order, remembered and thanked for; or None, and the form says why not.

    What is about the cart or the stock is raised for the page to answer.
    """
    try:
        order = place().order
    except (OutOfStock, EmptyCart, NotAvailable):
        raise
    except ValidationError as error:
        form.add_error(None, error)
        return None
    except IdempotencyKeyReused:
        # The shopper went back from the order, and may well want another one.
        form.renew_key()
        told = _("This page has ordered already. For another order, send it again.")
        form.add_error(None, told)
        return None
    except DomainError as error:
        form.add_error(None, str(error))
        return None
    remember_order(request, order)
    messages.success(
        request,
        _("Thank you! Order %(number)s is placed.") % {"number": order.number},
    )
    if form.cleaned_data["save_address"]:
        _save_address(request, order)
    return order


def _save_address(request: PageRequest, order: Order) -> None:
    """The order's address is kept for next time; the order stands if it cannot be."""
    user = _user(request)
    if user is None or not order.address:
        return
    names = ("full_name", "phone", "address")
    try:
        remember_address(user, **{name: getattr(order, name) for name in names})
    except DomainError as error:
        told = _("The address was not saved. %(why)s") % {"why": error}
        messages.warning(request, told)


def _amounts(form: CheckoutForm, goods: Decimal) -> dict[str, Any]:
    """The total of goods and delivery, and what each way of delivery would cost."""
    method = form.method
    delivery = method.price_for(goods) if method else Decimal(0)
    free_from = method.free_from if method else None
    prices = [(m, m.price_for(goods)) for m in form.methods]
    return {
        "goods": goods,
        "delivery": delivery,
        "total": goods + delivery,
        # How much more would have it delivered for free.
        "until_free": free_from - goods if free_from and delivery else None,
        "method": method,
        "methods": [(m, price, goods + price) for m, price in prices],
    }


def _on_from(order: Order) -> HttpResponse:
    """From the checkout to where the order is paid, or else to its page."""
    if order.payment_method in Order.ONLINE:
        return redirect("payments:payment", order.pk)
    return redirect(order)


def _to_cart(request: PageRequest) -> HttpResponse:
    """To the cart's page, the whole of it, also when htmx asked for a part."""
    if request.htmx:
        return HttpResponseClientRedirect(reverse("cart:detail"))
    return redirect("cart:detail")


def _user(request: PageRequest) -> User | None:
    return request.user if isinstance(request.user, User) else None
