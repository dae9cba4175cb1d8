"""The outbox in the back office: to read, and to try again what was given up."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.contrib.admin.models import CHANGE, LogEntry
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from events import services
from events.admin_filters import EventTypeFilter, SubscriberFilter
from events.models import ArchivedMessage, Delivery, OutboxMessage
from shop.admin_lists import BoundedListAdmin


class ReadOnlyAdmin(BoundedListAdmin):
    """What was said to the world is never edited."""

    search_fields = ["aggregate"]
    search_help_text = gettext_lazy("Id of the event, or of what it is about")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_retry_permission(self, request: HttpRequest) -> bool:
        """Whoever may change such a row may have it tried again; no form does it."""
        name = f"{self.opts.app_label}.change_{self.opts.model_name}"
        return request.user.has_perm(name)

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        if word := search_term.strip():
            queryset = queryset.filter(self.matches(word))
        return queryset, False

    def matches(self, word: str) -> Q:
        found = Q(aggregate=word)
        with suppress(ValueError):
            # However it was written, ids are stored in one form.
            found = Q(aggregate=str(UUID(word))) | self.is_message(UUID(word))
        return found

    def is_message(self, pk: UUID) -> Q:
        return Q(pk=pk)

    def try_again(
        self,
        request: HttpRequest,
        queryset: QuerySet[Any],
        service: Callable[[QuerySet[Any]], Sequence[Model]],
    ) -> None:
        """Say what came of it, and write down who wanted it."""
        done = service(queryset)
        if not done:
            text = _("Nothing of this is parked or waits for another attempt.")
            self.message_user(request, text, messages.WARNING)
            return
        LogEntry.objects.log_actions(
            request.user.pk, done, CHANGE, _("To be sent again.")
        )
        text = ngettext("%(n)d is sent again.", "%(n)d are sent again.", len(done))
        self.message_user(request, text % {"n": len(done)}, messages.SUCCESS)


class DeliveryInline(admin.TabularInline):
    """Which subscribers have answered to the event."""

    model = Delivery
    fields = [
        "subscriber", "status", "attempts", "last_error", "next_attempt_at", "done_at",
    ]  # fmt: skip
    readonly_fields = fields
    extra = 0
    can_delete = False

    def has_add_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: object = None) -> bool:
        return False


@admin.register(OutboxMessage)
class OutboxMessageAdmin(ReadOnlyAdmin):
    list_display = [
        "event_type", "aggregate", "status", "attempts", "error", "next_attempt_at",
        "created_at", "sent_at",
    ]  # fmt: skip
    list_filter = ["status", EventTypeFilter]
    # Ids are times: the newest first.
    ordering = ["-pk"]
    inlines = [DeliveryInline]
    actions = ["send_again"]

    @admin.display(description=gettext_lazy("last error"))
    def error(self, message: OutboxMessage) -> str:
        return shortened(message.last_error)

    @admin.action(
        description=gettext_lazy("Send the selected events again"),
        permissions=["retry"],
    )
    def send_again(
        self, request: HttpRequest, queryset: QuerySet[OutboxMessage]
    ) -> None:
        self.try_again(request, queryset, services.send_again)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    list_display = [
        "event_type", "subscriber", "aggregate", "status", "attempts", "error",
        "next_attempt_at", "created_at", "done_at",
    ]  # fmt: skip
    list_filter = ["status", SubscriberFilter]
    list_select_related = ["message"]
    actions = ["deliver_again"]

    def is_message(self, pk: UUID) -> Q:
        return Q(message=pk)

    @admin.display(description=gettext_lazy("event"))
    def event_type(self, delivery: Delivery) -> str:
        return delivery.message.event_type

    @admin.display(description=gettext_lazy("last error"))
    def error(self, delivery: Delivery) -> str:
        return shortened(delivery.last_error)

    @admin.action(
        description=gettext_lazy("Send the selected deliveries again"),
        permissions=["retry"],
    )
    def deliver_again(self, request: HttpRequest, queryset: QuerySet[Delivery]) -> None:
        self.try_again(request, queryset, services.deliver_again)


@admin.register(ArchivedMessage)
class ArchivedMessageAdmin(ReadOnlyAdmin):
    list_display = ["event_type", "aggregate", "attempts", "created_at", "sent_at"]
    list_filter = [EventTypeFilter]


def shortened(text: str) -> str:
    """So much of an error as a list has room for."""
    return text if len(text) <= 80 else f"{text[:79]}…"
