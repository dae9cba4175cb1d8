"""The order's page and list, with its money.

Orders know nothing of payments, so what the two have in common stands here: this
admin takes the place of the one in `orders.admin`.
"""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, reverse
from django.utils.decorators import method_decorator
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from orders.admin import OrderAdmin
from orders.admin.inlines import NoteInline, StatusChangeInline, badge
from orders.admin.lines import OrderItemInline
from orders.admin.steps import next_statuses
from orders.models import Order
from payments.admin.base import address_of
from payments.admin.customers import customer_of_order
from payments.admin.filters import DUE, UNDONE, OrderMoneyFilter, has_due
from payments.admin.inlines import PaymentInline, RefundInline
from payments.admin.refund_page import refund_page
from payments.models import Payment
from shop.money import format_price

admin.site.unregister(Order)


@admin.register(Order)
class OrderMoneyAdmin(OrderAdmin):
    list_filter = [OrderMoneyFilter, *OrderAdmin.list_filter]
    inlines = [
        OrderItemInline, PaymentInline, RefundInline, NoteInline, StatusChangeInline,
    ]  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> QuerySet[Order]:
        return super().get_queryset(request).annotate(money_due=has_due())

    @admin.display(description=gettext_lazy("status"), ordering="status")
    def status_shown(self, order: Any) -> str:
        shown = super().status_shown(order)
        if not order.money_due:
            return shown
        due = badge(Payment.Status.REFUND_DUE, _("money to give back"))
        return format_html("{} {}", shown, due)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        order = kwargs.get("obj")
        if order:
            context["warnings"] = self._warnings(request, order)
            may = self.has_refund_permission(request)
            if may and Order.Status.REFUNDED in next_statuses(order):
                address = reverse("admin:orders_order_refund", args=[order.pk])
                context["refund_address"] = address
        return super().render_change_form(request, context, *args, **kwargs)

    def _warnings(self, request: HttpRequest, order: Order) -> list[dict[str, str]]:
        """What of the order's money waits for people, and where it is done."""
        due = _("%(amount)s are to be given back: this payment pays for nothing.")
        undone = _("A refund of %(amount)s is not done yet: %(status)s.")
        found = [
            (due, payment.left, payment) for payment in order.payments.filter(DUE)
        ] + [(undone, refund.amount, refund) for refund in order.refunds.filter(UNDONE)]
        warnings = []
        for text, amount, row in found:
            may = request.user.has_perm(f"payments.view_{row._meta.model_name}")
            words = {
                "amount": format_price(amount),
                "status": row.get_status_display(),
            }
            address = address_of(row) if may else ""
            warnings.append({"text": text % words, "address": address})
        return warnings

    def get_urls(self) -> list[URLPattern]:
        return [
            self.own_path("refund", self.refund_view),
            self.own_path("customer", self.customer_view),
            *super().get_urls(),
        ]

    @method_decorator(require_safe)
    def customer_view(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        """Who placed the order, and everything else they have bought."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        return customer_of_order(request, self.admin_site, order_id)

    def refund_view(self, request: HttpRequest, order_id: UUID) -> HttpResponse:
        if not self.has_refund_permission(request):
            raise PermissionDenied
        if not self.has_view_permission(request):
            raise PermissionDenied
        return refund_page(request, self, order_id)
