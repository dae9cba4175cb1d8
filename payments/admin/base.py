"""What the back office pages of money share."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from orders.admin.inlines import badge
from orders.models import Order
from shop.admin_lists import LargeListAdmin
from shop.finding import as_id, newest
from shop.money import format_price

# A query that finds more orders than these is no query for a payment.
MOST_ORDERS = 1000


class NoteForm(forms.Form):
    note = forms.CharField(required=False, max_length=255)


class Shown:
    """Columns that payments and refunds have in common."""

    @admin.display(description=_("amount"))
    def amount_shown(self, row: Any) -> str:
        return format_price(row.amount)

    @admin.display(description=_("status"))
    def status_shown(self, row: Any) -> str:
        return badge(row.status, row.get_status_display())


class MoneyAdmin(Shown, LargeListAdmin):
    """Money is never edited: what happens to it is a button and a service."""

    list_select_related = ["order"]
    # The field is there because of this; `get_search_results` does the finding.
    search_fields = ["order__email"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By the row's own number, or by all that its order is found by."""
        if not search_term.strip():
            return queryset, False
        rows = Order.objects.values_list("pk", flat=True)
        orders = newest(search_term, rows, MOST_ORDERS, numbered=True)
        wanted = Q(order__in=orders) | self.own(search_term.strip())
        return queryset.filter(wanted), False

    def own(self, query: str) -> Q:
        """What the row itself is called."""
        pk = as_id(query)
        return Q(pk=pk) if pk else Q()

    @admin.display(description=_("order"))
    def order_link(self, row: Any) -> str:
        address = reverse("admin:orders_order_change", args=[row.order_id])
        return format_html('<a href="{}">{}</a>', address, row.order)

    # --- Buttons ------------------------------------------------------------------

    def own_path(self, name: str, view: Any) -> URLPattern:
        """An address below a row's page, for staff only."""
        return path(
            f"<uuid:pk>/{name}/",
            self.admin_site.admin_view(view),
            name=f"payments_{self.opts.model_name}_{name}",
        )

    def back_to(self, row: Any) -> HttpResponse:
        return HttpResponseRedirect(address_of(row))


def address_of(row: Any) -> str:
    """The page of a payment or a refund."""
    name = f"admin:payments_{row._meta.model_name}_change"
    return reverse(name, args=[row.pk])


def time_of(moment: Any) -> str:
    """Short, so that a list fits beside its filters."""
    if moment is None:
        return "—"
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


def link_to(row: Any) -> str:
    """The time of a payment or a refund, which leads to its page."""
    return format_html('<a href="{}">{}</a>', address_of(row), time_of(row.created_at))
