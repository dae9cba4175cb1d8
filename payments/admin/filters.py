"""What waits for people, and how lists are narrowed to it."""

from typing import Any

from django.contrib import admin
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from orders.models import Order
from payments.models import Payment, Refund

# Written as the partial indexes are, so that they are used.
UNDONE = Q(status__in=[Refund.Status.PENDING, Refund.Status.FAILED])
# Nobody lets more of them wait.
MOST_UNDONE = 1000
DUE = Q(status=Payment.Status.REFUND_DUE)


def has_due() -> Exists:
    """Of an order: money came for which nothing will be delivered."""
    return Exists(Payment.objects.filter(DUE, order=OuterRef("pk")))


class AttentionFilter(admin.SimpleListFilter):
    title = _("what waits")
    parameter_name = "attention"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("needs attention"))]


class PaymentAttentionFilter(AttentionFilter):
    """Money to give back, and money on its way back that has not arrived."""

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Payment]:
        if self.value() != "yes":
            return queryset
        undone = Refund.objects.filter(UNDONE, payment__isnull=False)
        newest = undone.order_by("-created_at").values_list("payment", flat=True)
        # Named one by one: both halves are then read from an index.
        return queryset.filter(DUE | Q(pk__in=list(newest[:MOST_UNDONE])))


class RefundAttentionFilter(AttentionFilter):
    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Refund]:
        return queryset.filter(UNDONE) if self.value() == "yes" else queryset


class OrderMoneyFilter(admin.SimpleListFilter):
    title = _("money")
    parameter_name = "money"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("due", _("money to give back")), ("undone", _("refund not done yet"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Order]:
        if self.value() == "due":
            return queryset.filter(has_due())
        if self.value() == "undone":
            undone = Refund.objects.filter(UNDONE, order=OuterRef("pk"))
            return queryset.filter(Exists(undone))
        return queryset
