from django.contrib import admin
from django.http import HttpRequest

from events.models import OutboxMessage


@admin.register(OutboxMessage)
class OutboxMessageAdmin(admin.ModelAdmin):
    """What was said to the world: to read, never to edit."""

    list_display = ["event_type", "aggregate", "status", "created_at", "sent_at"]
    list_filter = ["status", "event_type"]
    search_fields = ["aggregate"]
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False
