"""What money tells at /metrics."""

from django.db.models import DecimalField, Min, Sum
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from events.figures import age_of, told_today
from orders.models import Order
from payments.models import Payment, Refund
from shop.watching.figures import figure

MONEY = DecimalField(max_digits=12, decimal_places=2)


@figure("shop_revenue_total", "Money that came, since midnight", counts_up=True)
def revenue() -> float:
    came = told_today("payment_succeeded").aggregate(
        sum=Sum(Cast(KT("payload__amount"), MONEY))
    )
    return float(came["sum"] or 0)


@figure("shop_payments_failed_total", "Payments refused today", counts_up=True)
def payments_failed() -> int:
    return told_today("payment_failed").count()


@figure("shop_payments_refund_due", "Payments whose money is to be given back")
def refund_due() -> int:
    due = Payment.objects.filter(status=Payment.Status.REFUND_DUE)
    return due.order_by().count()


@figure("shop_refunds", "Refunds that are not done", label="status")
def refunds() -> dict[str, int]:
    found = Refund.objects.order_by()
    return {
        status: found.filter(status=status).count()
        for status in (Refund.Status.PENDING.value, Refund.Status.FAILED.value)
    }


@figure("shop_reservation_age_seconds", "Age of the oldest unpaid online order")
def reservation_age() -> float:
    unpaid = Order.objects.filter(
        status=Order.Status.PENDING,
        payment_method__in=Order.ONLINE,
        reserved_at=None,
    )
    return age_of(unpaid.aggregate(at=Min("created_at"))["at"])
