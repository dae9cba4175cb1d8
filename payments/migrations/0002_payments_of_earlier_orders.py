"""Orders that were paid before payments were kept get the payment that they stand on."""

from django.db import migrations
from django.db.models import Exists, OuterRef, Q

BATCH = 500
# Cash comes last, but from those whom staff had marked as paid.
MONEY_CAME = ["paid", "completed"]
STATUSES = {
    "paid": "succeeded",
    "processing": "succeeded",
    "shipped": "succeeded",
    "completed": "succeeded",
    "refunded": "refunded",
    # Whether that money went back was not written down: people look.
    "canceled": "refund_due",
}


def give_payments(apps, schema_editor):
    using = schema_editor.connection.alias
    Order = apps.get_model("orders", "Order")
    OrderStatusChange = apps.get_model("orders", "OrderStatusChange")
    steps = OrderStatusChange.objects.filter(order=OuterRef("pk"))
    came = Q(Exists(steps.filter(status__in=MONEY_CAME))) | Q(status__in=MONEY_CAME)
    orders = Order.objects.using(using).filter(payments=None, refunds=None)
    paid = orders.filter(came, status__in=STATUSES)
    # Refused at the door: the goods came back, and no money had been paid.
    unpaid = orders.filter(~came, status="refunded")
    found = [list(rows.values_list("pk", flat=True)) for rows in (paid, unpaid)]
    for ids, with_money in zip(found, (True, False), strict=True):
        for start in range(0, len(ids), BATCH):
            _give(apps, using, ids[start : start + BATCH], with_money)


def _give(apps, using, ids, with_money):
    Order = apps.get_model("orders", "Order")
    Payment = apps.get_model("payments", "Payment")
    orders = list(
        Order.objects.using(using).filter(pk__in=ids).prefetch_related("history", "items")
    )
    payments = {}
    if with_money:
        payments = {order.pk: _payment(Payment, order) for order in orders}
        _write(Payment, using, payments.values())
    refunded = [order for order in orders if order.status == "refunded"]
    _give_back(apps, using, refunded, payments)


def _payment(Payment, order):
    moment = _time_of(order, MONEY_CAME)
    status = STATUSES[order.status]
    return Payment(
        order=order,
        provider=order.payment_method,
        amount=order.total,
        currency=order.currency,
        status=status,
        created_at=moment,
        paid_at=moment,
        refunded=order.total if status == "refunded" else 0,
    )


def _give_back(apps, using, orders, payments):
    """Each of them is paid back whole; the goods stay where they were."""
    Order = apps.get_model("orders", "Order")
    OrderItem = apps.get_model("orders", "OrderItem")
    Refund = apps.get_model("payments", "Refund")
    RefundItem = apps.get_model("payments", "RefundItem")
    refunds, lines, items = [], [], []
    for order in orders:
        payment = payments.get(order.pk)
        order.refunded = payment.amount if payment else 0
        moment = _time_of(order, ["refunded"])
        refund = Refund(
            order=order,
            payment=payment,
            amount=order.refunded,
            currency=order.currency,
            status="succeeded",
            stock="none",
            created_at=moment,
            sent_at=moment,
        )
        refunds.append(refund)
        for item in order.items.all():
            item.refunded_quantity = item.quantity
            items.append(item)
            lines.append(
                RefundItem(
                    refund=refund,
                    order_item=item,
                    quantity=item.quantity,
                    amount=item.subtotal,
                )
            )
    _write(Refund, using, refunds)
    RefundItem.objects.using(using).bulk_create(lines)
    OrderItem.objects.using(using).bulk_update(items, ["refunded_quantity"])
    Order.objects.using(using).bulk_update(orders, ["refunded"])


def _time_of(order, steps):
    times = [step.created_at for step in order.history.all() if step.status in steps]
    return min(times, default=order.updated_at)


def _write(model, using, rows):
    """The rows are here, and were written when it happened: not now."""
    rows = list(rows)
    moments = [row.created_at for row in rows]
    model.objects.using(using).bulk_create(rows)
    for row, moment in zip(rows, moments, strict=True):
        row.created_at = moment
    model.objects.using(using).bulk_update(rows, ["created_at"])


class Migration(migrations.Migration):

    dependencies = [
        ("payments", "0001_initial"),
        ("orders", "0002_ordernote_order_consent_at_order_refunded_and_more"),
    ]

    operations = [migrations.RunPython(give_payments, migrations.RunPython.noop)]
