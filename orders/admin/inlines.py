"""What stands below an order: lines, staff's notes, history. All of it to read."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy

from orders.models import OrderItem, OrderNote, OrderStatusChange
from shop.money import format_price


def badge(status: str, label: Any) -> str:
    """A status as a coloured word."""
    return format_html('<span class="status status-{}">{}</span>', status, label)


class ReadOnlyInline(admin.TabularInline):
    """Rows that nobody edits here, shown to whoever may see their kind."""

    extra = 0
    can_delete = False
    classes = ["plain"]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class OwnInline(ReadOnlyInline):
    """Rows that are part of what they stand under: whoever sees it sees them."""

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return True


class OrderItemInline(OwnInline):
    model = OrderItem
    fields = [
        "product_link", "name", "price_shown", "quantity", "refunded_quantity",
        "subtotal_shown",
    ]  # fmt: skip
    readonly_fields = fields

    @admin.display(description=gettext_lazy("SKU"))
    def product_link(self, item: OrderItem) -> str:
        # The product itself may be gone; its page says so.
        address = reverse("admin:catalog_product_change", args=[item.product_id])
        return format_html('<a href="{}">{}</a>', address, item.sku)

    @admin.display(description=gettext_lazy("price"))
    def price_shown(self, item: OrderItem) -> str:
        return format_price(item.price)

    @admin.display(description=gettext_lazy("subtotal"))
    def subtotal_shown(self, item: OrderItem) -> str:
        return format_price(item.subtotal)


class NoteInline(ReadOnlyInline):
    model = OrderNote
    fields = ["created_at", "author", "text"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderNote]:
        return super().get_queryset(request).select_related("author")


class StatusChangeInline(OwnInline):
    model = OrderStatusChange
    fields = ["created_at", "status", "reason", "actor", "note"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[OrderStatusChange]:
        return super().get_queryset(request).select_related("actor")
