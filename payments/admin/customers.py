"""A customer's whole history on one page, and the list of customers that leads to it.

Accounts know nothing of orders and money, so what they have in common stands here: this
admin takes the place of the one in `accounts.admin`.
"""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from accounts.admin import UserAdmin
from accounts.models import User
from cart.services import Cart
from catalog.models import Product
from orders.customers import Customer, totals_of
from orders.models import Order, OrderNote
from payments.models import Refund
from shop.exceptions import Unavailable

# Orders on a page; refunds, notes and lines of the cart in all, the newest first.
PER_PAGE = 50
LATEST = 50

admin.site.unregister(User)


@admin.register(User)
class CustomerAdmin(UserAdmin):
    list_display = [*UserAdmin.list_display, "history_link"]

    @admin.display(description=gettext_lazy("history"))
    def history_link(self, user: User) -> str:
        """For whoever may not open it, the page says so."""
        address = reverse("admin:accounts_user_customer", args=[user.pk])
        return format_html('<a href="{}">{}</a>', address, _("Orders"))

    def get_list_display(self, request: HttpRequest) -> list[str]:
        columns = [*super().get_list_display(request)]
        if not request.user.has_perm("orders.view_order"):
            columns.remove("history_link")
        return columns

    def get_urls(self) -> list[URLPattern]:
        own = path(
            "<uuid:user_id>/customer/",
            self.admin_site.admin_view(self.customer_view),
            name="accounts_user_customer",
        )
        return [own, *super().get_urls()]

    @method_decorator(require_safe)
    def customer_view(self, request: HttpRequest, user_id: UUID) -> HttpResponse:
        if not request.user.has_perm("orders.view_order"):
            raise PermissionDenied
        user = get_object_or_404(User, pk=user_id)
        return customer_page(request, self.admin_site, Customer.of_user(user))


def customer_of_order(
    request: HttpRequest, site: admin.AdminSite, order_id: UUID
) -> HttpResponse:
    """The page of whoever placed the order, an account's or a guest's."""
    order = get_object_or_404(Order.objects.select_related("user"), pk=order_id)
    customer = Customer.of_order(order)
    if customer.user:
        return redirect("admin:accounts_user_customer", customer.user.pk)
    return customer_page(request, site, customer)


def customer_page(
    request: HttpRequest, site: admin.AdminSite, customer: Customer
) -> HttpResponse:
    """Everything that the shop knows of somebody; queries: constant.

    The caller has seen to it that orders may be read; the rest is shown by the rights
    that it takes.
    """
    may = request.user.has_perm
    user, orders = customer.user, customer.orders
    totals = totals_of(orders)
    pages = Paginator(orders.order_by("-created_at", "-number"), PER_PAGE)
    # Counted above.
    pages.count = totals.placed
    context = {
        **site.each_context(request),
        "title": _("Customer"),
        "subtitle": customer.email,
        "opts": User._meta,
        "customer": customer,
        "totals": totals,
        "page": pages.get_page(request.GET.get("p")),
        "latest": LATEST,
    }
    if user and may("accounts.view_user"):
        cart, cart_is_down = _cart(user)
        context |= {
            "account": user,
            "addresses": list(user.addresses.all()),
            "cart": cart,
            "cart_is_down": cart_is_down,
        }
    if may("payments.view_refund"):
        refunds = Refund.objects.filter(order__in=orders.order_by())
        newest = refunds.select_related("order").order_by("-created_at", "-id")
        context["refunds"] = list(newest[:LATEST])
    if may("orders.view_ordernote"):
        notes = OrderNote.objects.filter(order__in=orders.order_by())
        context["notes"] = list(notes.select_related("order", "author")[:LATEST])
    return render(request, "admin/accounts/user/customer.html", context)


def _cart(user: User) -> tuple[list[dict[str, Any]], bool]:
    """What lies in the cart, untouched; and whether the carts cannot be asked."""
    try:
        stored = Cart.of_user(user).stored().lines
    except Unavailable:
        return [], True
    products = Product.objects.in_bulk(list(stored)[:LATEST])
    return [
        {"product": product, "quantity": stored[pk]} for pk, product in products.items()
    ], False
