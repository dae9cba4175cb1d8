"""Working with orders in the back office: who does it, and where."""

from django.test import Client
from django.urls import reverse

from orders.models import Order
from tests.backoffice import office, staff_with

LIST = "/admin/orders/order/"
MOVED = "/admin/orders/order/moved/"
SLIPS = "/admin/orders/order/slips/"
SLIPS_PDF = "/admin/orders/order/slips.pdf"


def clerk(*more: str) -> Client:
    """Staff who see orders."""
    return office(staff_with("orders.view_order", *more))


def change(order: Order) -> str:
    return reverse("admin:orders_order_change", args=[order.pk])


def button(order: Order, name: str) -> str:
    """An address below the order's page: move, note, lines, customer."""
    return reverse(f"admin:orders_order_{name}", args=[order.pk])


def statuses() -> list[str]:
    return list(Order.objects.order_by("number").values_list("status", flat=True))
