"""The stock ledger: to read. It grows by `services.adjust_stock` and by orders."""

from collections.abc import Iterator
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import services
from catalog.admin.categories import is_id
from catalog.admin_forms import StockForm
from catalog.models import Product, StockEntry
from shop.admin_lists import BoundedPaginator, IndexedChangeList
from shop.exceptions import DomainError
from shop.history import EMPTY, Asked, Event, Line

LATEST = 50
# Products whose movements a search shows; whoever finds more has to say more.
MOST_FOUND = 500


@admin.register(StockEntry)
class StockEntryAdmin(admin.ModelAdmin):
    list_display = ["created_at", "the_product", "delta", "reason", "the_note", "actor"]
    list_display_links = None
    list_select_related = ["product", "actor", "receipt"]
    list_filter = ["reason", "created_at"]
    # Any other order would sort millions of rows.
    sortable_by = ["created_at"]
    # The field is there because of it; `get_search_results` does the finding.
    search_fields = ["product__sku"]
    search_help_text = gettext_lazy("SKU, name or number of a product")
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    paginator = BoundedPaginator

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> Any:
        return IndexedChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[StockEntry], bool]:
        """Those of the products that are found, as their own list finds them."""
        if not search_term.strip():
            return queryset, False
        products = Product.objects.order_by().matching(search_term, hidden=True)
        ids = list(products.values_list("pk", flat=True)[:MOST_FOUND])
        return queryset.filter(product__in=ids), False

    @admin.display(description=gettext_lazy("product"))
    def the_product(self, entry: StockEntry) -> str:
        address = reverse("admin:catalog_product_change", args=[entry.product_id])
        return format_html(
            '<a href="{}">{}</a> {}', address, entry.product.sku, entry.product
        )

    @admin.display(description=gettext_lazy("note"))
    def the_note(self, entry: StockEntry) -> str:
        """With the delivery that it came in."""
        if entry.receipt_id is None:
            return entry.note
        name = "admin:catalog_goodsreceipt_change"
        address = reverse(name, args=[entry.receipt_id])
        said = entry.note or entry.receipt
        return format_html('<a href="{}">{}</a>', address, said)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def latest_entries(product: Product) -> list[StockEntry]:
    return list(product.stock_entries.select_related("actor")[:LATEST])


def stock_events(asked: Asked) -> Iterator[Event]:
    """What people did to a product's stock; what orders did stands in the ledger."""
    if not is_id(asked.pk):
        return
    entries = StockEntry.objects.filter(product=UUID(asked.pk), order_id=None)
    for entry in asked.newest(entries.select_related("actor"), "created_at"):
        moved = Line(capfirst(_("stock")), new=f"{entry.delta:+d}")
        who = str(entry.actor or EMPTY)
        title = capfirst(entry.get_reason_display())
        yield Event(entry.created_at, who, title, [moved], entry.note)


def change_stock(
    request: HttpRequest, model_admin: Any, product_id: Any
) -> HttpResponse:
    """The page "Change stock": one movement with its reason, for the ledger."""
    if not model_admin.has_stock_permission(request):
        raise PermissionDenied
    product = get_object_or_404(Product, pk=product_id)
    form = StockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        delta = form.cleaned_data["delta"]
        try:
            changed = services.adjust_stock(
                product,
                delta,
                form.cleaned_data["reason"],
                actor=request.user,
                note=form.cleaned_data["note"],
            )
        except DomainError as error:
            form.add_error("delta", str(error))
        else:
            model_admin.log_change(
                request, product, [{"changed": {"fields": ["Stock"]}}]
            )
            messages.success(
                request,
                _("%(sku)s: %(stock)s pieces in stock.")
                % {"sku": product.sku, "stock": changed.stock},
            )
            back = reverse("admin:catalog_product_change", args=[product.pk])
            return HttpResponseRedirect(back)
    context = {
        **model_admin.admin_site.each_context(request),
        "title": _("Change stock"),
        "subtitle": str(product),
        "opts": Product._meta,
        "product": product,
        "form": form,
        "ledger": latest_entries(product),
    }
    return render(request, "admin/catalog/product/stock.html", context)
