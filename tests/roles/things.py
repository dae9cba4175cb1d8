"""One of everything that a role may or may not reach."""

from typing import Any

from orders import services as orders
from payments.models import Payment, Refund
from payments.services import refund_order, start_payment
from tests.catalog.runs import ready
from tests.factories import (
    make_category,
    make_order,
    make_product,
    make_template,
    make_user,
)


def make_things() -> dict[str, Any]:
    """By the names that `tests.roles.table` uses."""
    customer = make_user()
    product, ordered = make_product(name="Чай", price=5, stock=3), make_product()
    paid = make_order(customer, (ordered, 2), payment_method="transfer")
    orders.set_status(paid.pk, "paid")
    refund_order(paid.pk, {ordered.pk: 1}, stock="none")
    pending = make_order(customer, (ordered, 2), payment_method="transfer")
    start_payment(pending.pk)
    return {
        "customer": customer,
        "product": product,
        "hidden": make_product(is_active=False),
        "ordered": ordered,
        "category": make_category(),
        "template": make_template(),
        "order": paid,
        "pending": pending,
        "payment": Payment.objects.get(order=paid),
        "refund": Refund.objects.get(order=paid),
        "run": ready("sku,name,price\nRUN-1,Pan,1\n"),
    }
