"""What stands below an order: staff's notes, its history. All of it to read."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html

from orders.models import OrderNote, OrderStatusChange


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
