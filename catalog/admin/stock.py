"""The stock ledger: to read. It grows by `services.adjust_stock` and by orders."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from catalog import services
from catalog.admin_forms import StockForm
from catalog.models import Product, StockEntry
from shop.exceptions import DomainError

LATEST = 50


@admin.register(StockEntry)
class StockEntryAdmin(admin.ModelAdmin):
    list_display = ["created_at", "the_product", "delta", "reason", "note", "actor"]
    list_display_links = None
    list_select_related = ["product", "actor"]
    list_filter = ["reason", "created_at"]
    search_fields = ["product__sku"]
    search_help_text = gettext_lazy("SKU")
    show_full_result_count = False

    @admin.display(description=gettext_lazy("product"))
    def the_product(self, entry: StockEntry) -> str:
        address = reverse("admin:catalog_product_change", args=[entry.product_id])
        return format_html(
            '<a href="{}">{}</a> {}', address, entry.product.sku, entry.product
        )

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def latest_entries(product: Product) -> list[StockEntry]:
    return list(product.stock_entries.select_related("actor")[:LATEST])


def change_stock(
    request: HttpRequest, model_admin: admin.ModelAdmin, product_id: Any
) -> HttpResponse:
    """The page "Change stock": one movement with its reason, for the ledger."""
    product = get_object_or_404(Product, pk=product_id)
    if not model_admin.has_change_permission(request, product):
        raise PermissionDenied
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
