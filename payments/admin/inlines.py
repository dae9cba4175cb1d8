"""Payments, refunds, and what providers said: rows below what they belong to."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from orders.admin.inlines import ReadOnlyInline
from payments.admin.base import Shown, link_to
from payments.models import Payment, PaymentEvent, Refund, RefundItem
from shop.money import format_price


class PaymentInline(Shown, ReadOnlyInline):
    model = Payment
    fields = ["link", "provider", "amount_shown", "status_shown", "paid_at"]
    readonly_fields = fields

    @admin.display(description=_("started"))
    def link(self, payment: Payment) -> str:
        return link_to(payment)


class RefundInline(Shown, ReadOnlyInline):
    model = Refund
    fields = ["link", "amount_shown", "status_shown", "stock", "note", "actor"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Refund]:
        return super().get_queryset(request).select_related("actor")

    @admin.display(description=_("time"))
    def link(self, refund: Refund) -> str:
        return link_to(refund)


class PaymentEventInline(ReadOnlyInline):
    """Word for word, the newest last."""

    model = PaymentEvent
    fields = ["received_at", "event_id", "said", "became", "raw_shown"]
    readonly_fields = fields

    @admin.display(description=_("raw message"))
    def raw_shown(self, event: PaymentEvent) -> str:
        return format_html('<pre class="raw">{}</pre>', event.raw)


class RefundItemInline(ReadOnlyInline):
    model = RefundItem
    fields = ["sku", "name", "quantity", "amount_shown"]
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[RefundItem]:
        return super().get_queryset(request).select_related("order_item")

    @admin.display(description=_("SKU"))
    def sku(self, item: RefundItem) -> str:
        return item.order_item.sku

    @admin.display(description=_("name"))
    def name(self, item: RefundItem) -> str:
        return item.order_item.name

    @admin.display(description=_("amount"))
    def amount_shown(self, item: RefundItem) -> str:
        return format_price(item.amount)
