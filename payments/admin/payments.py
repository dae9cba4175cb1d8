"""Payments: to read, to ask the provider about, and to give back."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import URLPattern
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from orders.admin.steps import problems
from orders.models import Order
from payments import services
from payments.admin.base import MoneyAdmin, NoteForm, time_of
from payments.admin.filters import PaymentAttentionFilter
from payments.admin.inlines import PaymentEventInline, RefundInline
from payments.models import Payment
from shop.exceptions import DomainError
from shop.money import format_price


@admin.register(Payment)
class PaymentAdmin(MoneyAdmin):
    list_display = [
        "started", "order_link", "status_shown", "amount_shown", "provider", "paid",
    ]  # fmt: skip
    list_display_links = ["started"]
    sortable_by = ["started"]
    list_filter = [PaymentAttentionFilter, "status", "provider", "created_at"]
    search_help_text = gettext_lazy("Order number, provider's number or e-mail")
    inlines = [RefundInline, PaymentEventInline]
    fields = [
        ("order_link", "status_shown"),
        ("amount_shown", "refunded_shown", "left_shown"),
        ("provider", "external_id"),
        ("created_at", "paid_at", "updated_at"),
        "confirmed_by",
    ]
    readonly_fields = [
        "order_link", "status_shown", "amount_shown", "refunded_shown", "left_shown",
    ]  # fmt: skip

    def own(self, query: str) -> Q:
        """With the provider, which the index of these numbers begins with."""
        number = Q(external_id=query, provider__in=Order.PaymentMethod.values)
        return super().own(query) | number

    @admin.display(description=gettext_lazy("started"), ordering="created_at")
    def started(self, payment: Payment) -> str:
        return time_of(payment.created_at)

    @admin.display(description=gettext_lazy("paid"))
    def paid(self, payment: Payment) -> str:
        return time_of(payment.paid_at)

    @admin.display(description=gettext_lazy("given back"))
    def refunded_shown(self, payment: Payment) -> str:
        return format_price(payment.refunded)

    @admin.display(description=gettext_lazy("left"))
    def left_shown(self, payment: Payment) -> str:
        return format_price(payment.left)

    # --- Who may what, and when ---------------------------------------------------

    def has_ask_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.change_payment")

    def has_refund_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("payments.add_refund")

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        payment = kwargs.get("obj")
        if payment:
            may_come = payment.provider in Order.ONLINE and not payment.paid_at
            due = payment.status == Payment.Status.REFUND_DUE
            context["can_ask"] = may_come and self.has_ask_permission(request)
            context["due"] = due and format_price(payment.left)
            context["can_refund"] = due and self.has_refund_permission(request)
            context["by_hand"] = payment.provider not in Order.ONLINE
        return super().render_change_form(request, context, *args, **kwargs)

    # --- Buttons ------------------------------------------------------------------

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_path("ask", self.ask_view),
            self.own_path("refund", self.refund_view),
            *super().get_urls(),
        ]

    @method_decorator(require_POST)
    def ask_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """What the provider knows is applied, and what came of it is said."""
        if not self.has_ask_permission(request):
            raise PermissionDenied
        payment = get_object_or_404(Payment.objects.select_related("order"), pk=pk)
        if services.ask_provider(payment):
            payment.refresh_from_db(fields=["status"])
            self.log_change(request, payment, [{"changed": {"fields": ["status"]}}])
            text = _("The provider has answered. The payment is now: %(status)s.")
            messages.success(request, text % {"status": payment.get_status_display()})
        else:
            text = _("The provider has said nothing new, or did not answer.")
            messages.info(request, text)
        return self.back_to(payment)

    @method_decorator(require_POST)
    def refund_view(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Money that paid for nothing goes back whole."""
        if not self.has_refund_permission(request):
            raise PermissionDenied
        payment = get_object_or_404(Payment, pk=pk)
        form = NoteForm(request.POST)
        if form.is_valid():
            self._refund(request, payment, form.cleaned_data["note"])
        else:
            messages.error(request, problems(form))
        return self.back_to(payment)

    def _refund(self, request: HttpRequest, payment: Payment, note: str) -> None:
        try:
            refund = services.refund_payment(payment.pk, actor=request.user, note=note)
        except DomainError as refusal:
            messages.error(request, str(refusal))
            return
        self.log_change(
            request, payment, [{"added": {"name": "refund", "object": str(refund)}}]
        )
        text = _("%(amount)s go back to the customer.")
        messages.success(request, text % {"amount": format_price(refund.amount)})
