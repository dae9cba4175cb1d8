"""Refunds: to read, and to send again where sending has failed."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from payments import services
from payments.admin.base import MoneyAdmin, time_of
from payments.admin.filters import RefundAttentionFilter
from payments.admin.inlines import RefundItemInline
from payments.models import ONE_PAYMENT, Refund

Status = Refund.Status


@admin.register(Refund)
class RefundAdmin(MoneyAdmin):
    list_display = [
        "created", "order_link", "status_shown", "amount_shown", "sent", "actor",
        "note",
    ]  # fmt: skip
    list_display_links = ["created"]
    sortable_by = ["created"]
    list_filter = [RefundAttentionFilter, "status", "stock", "created_at"]
    search_help_text = gettext_lazy("Order number or e-mail")
    ordering = ["-created_at", "-id"]
    inlines = [RefundItemInline]
    fields = [
        ("order_link", "payment_link"),
        ("amount_shown", "status_shown"),
        ("stock", "actor"),
        ("created_at", "sent_at"),
        "note",
        "last_error",
    ]
    readonly_fields = ["order_link", "payment_link", "amount_shown", "status_shown"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        # A few people give money back: joined, all accounts might be read for them.
        return super().get_queryset(request).prefetch_related("actor")

    @admin.display(description=gettext_lazy("time"), ordering="created_at")
    def created(self, refund: Refund) -> str:
        return time_of(refund.created_at)

    @admin.display(description=gettext_lazy("done"))
    def sent(self, refund: Refund) -> str:
        return time_of(refund.sent_at)

    @admin.display(description=ONE_PAYMENT)
    def payment_link(self, refund: Refund) -> str:
        if refund.payment is None:
            return _("nothing had been paid")
        address = reverse("admin:payments_payment_change", args=[refund.payment_id])
        return format_html('<a href="{}">{}</a>', address, refund.payment)

    # --- Sending again ------------------------------------------------------------

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.add_refund")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        refund = kwargs.get("obj")
        if refund:
            undone = refund.status != Status.SUCCEEDED
            context["can_send"] = undone and self.has_send_permission(request)
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        return [self.own_path("send", self.send_view), *super().get_urls()]

    @method_decorator(require_POST)
    def send_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """The provider is asked once more to pay back, and its answer is shown."""
        if not self.has_send_permission(request):
            raise PermissionDenied
        before = get_object_or_404(Refund, pk=pk)
        if before.status == Status.SUCCEEDED:
            messages.info(request, _("This refund is done already."))
            return self.back_to(before)
        refund = services.send_refund(pk)
        if refund.status == Status.SUCCEEDED:
            messages.success(request, _("The refund is done."))
        else:
            text = _("The refund is not done: %(why)s")
            messages.error(request, text % {"why": refund.last_error})
        fields = ["status"] if refund.status != before.status else ["last error"]
        self.log_change(request, refund, [{"changed": {"fields": fields}}])
        return self.back_to(refund)
