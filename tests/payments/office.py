"""Working with money in the back office: who does it, where, and what is left of it."""

import re
from html import unescape
from typing import Any

from django.contrib.admin.models import LogEntry
from django.test import Client
from django.urls import reverse

from catalog.models import Product
from orders import services as orders
from orders.models import Order, OrderItem
from payments import services
from payments.models import Payment, Refund
from tests.backoffice import office, staff_with
from tests.pages import html
from tests.payments.callbacks import notice, waiting_payment

PAYMENTS = "/admin/payments/payment/"
REFUNDS = "/admin/payments/refund/"
ORDERS = "/admin/orders/order/"
HOSTILE = "<script>alert(1)</script>"
SHOWN = "&lt;script&gt;alert(1)&lt;/script&gt;"


def clerk(*more: str) -> Client:
    """Staff who see orders and their money."""
    see = ("view_payment", "view_refund", "view_refunditem", "view_paymentevent")
    seen = [f"payments.{name}" for name in see]
    return office(staff_with("orders.view_order", *seen, *more))


def giver() -> Client:
    return clerk("payments.add_refund")


def page_of(row: Any) -> str:
    return reverse(f"admin:payments_{row._meta.model_name}_change", args=[row.pk])


def order_page(order: Order) -> str:
    return reverse("admin:orders_order_change", args=[order.pk])


def refund_url(order: Order) -> str:
    return reverse("admin:orders_order_refund", args=[order.pk])


def button(row: Any, name: str) -> str:
    return reverse(f"admin:payments_{row._meta.model_name}_{name}", args=[row.pk])


def late_payment(*lines: tuple[Product, int]) -> Payment:
    """Its money came after the order had been canceled."""
    payment = waiting_payment(None, *lines)
    orders.cancel_order(payment.order_id)
    services.take_notice("emulator", notice(payment), '{"late": true}')
    return Payment.objects.get(pk=payment.pk)


def refused_refund(order: Order, pieces: dict[Any, int] | None = None) -> Refund:
    refund = services.refund_order(order.pk, pieces, stock="put_back")
    Refund.objects.filter(pk=refund.pk).update(
        status="failed", last_error="the card is closed"
    )
    return refund


def everything() -> Any:
    return (
        list(Payment.objects.order_by("pk").values()),
        list(Order.objects.order_by("pk").values()),
        list(OrderItem.objects.order_by("pk").values()),
        list(Product.objects.order_by("pk").values()),
        list(Refund.objects.order_by("pk").values()),
        LogEntry.objects.count(),
    )


def found(url: str, **asked: str) -> set[Any]:
    page = office().get(url, asked)
    assert page.status_code == 200
    return {row.pk for row in page.context["cl"].result_list}


def history(row: Any) -> list[str]:
    log = LogEntry.objects.filter(object_id=str(row.pk)).order_by("pk")
    return [entry.get_change_message() for entry in log]


def hidden(page: Any) -> dict[str, str]:
    """What the button below the preview would send."""
    inputs = re.findall(r'<input type="hidden" name="(\w+)"([^>]*)>', html(page))
    values = {name: re.search('value="([^"]*)"', rest) for name, rest in inputs}
    data = {name: unescape(found[1]) if found else "" for name, found in values.items()}
    return {**data, "step": "send"}
