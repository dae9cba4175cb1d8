"""Orders that were paid before payments were kept get the payment that they stand on."""

from django.db import migrations

BATCH = 500
PAID = ["paid", "processing", "shipped", "completed"]


def give_payments(apps, schema_editor):
    using = schema_editor.connection.alias
    Order = apps.get_model("orders", "Order")
    orders = Order.objects.using(using).filter(payments=None)
    # Cash comes last, but for those whom staff had marked as paid.
    had_paid = orders.filter(history__status="paid", status__in=PAID)
    done = orders.filter(status="completed")
    refunded = orders.filter(status="refunded")
    canceled = orders.filter(history__status="paid", status="canceled")
    for status, found in (
        ("succeeded", had_paid),
        ("succeeded", done),
        ("refunded", refunded),
        # Whether that money went back was not written down: people look.
        ("refund_due", canceled),
    ):
        ids = list(found.values_list("pk", flat=True).distinct())
        for start in range(0, len(ids), BATCH):
            _give(apps, using, ids[start : start + BATCH], status)


def _give(apps, using, ids, status):
    Order = apps.get_model("orders", "Order")
    OrderItem = apps.get_model("orders", "OrderItem")
    Payment = apps.get_model("payments", "Payment")
    Refund = apps.get_model("payments", "Refund")
    RefundItem = apps.get_model("payments", "RefundItem")
    orders = list(Order.objects.using(using).filter(pk__in=ids))
    payments = [
        Payment(
            order=order,
            provider=order.payment_method,
            amount=order.total,
            currency=order.currency,
            status=status,
            paid_at=order.updated_at,
            refunded=order.total if status == "refunded" else 0,
        )
        for order in orders
    ]
    Payment.objects.using(using).bulk_create(payments)
    if status != "refunded":
        return
    refunds = {
        payment.order_id: Refund(
            order=payment.order,
            payment=payment,
            amount=payment.amount,
            currency=payment.currency,
            status="succeeded",
            stock="none",
            sent_at=payment.paid_at,
        )
        for payment in payments
    }
    Refund.objects.using(using).bulk_create(refunds.values())
    items = list(OrderItem.objects.using(using).filter(order__in=ids))
    RefundItem.objects.using(using).bulk_create(
        RefundItem(
            refund=refunds[item.order_id],
            order_item=item,
            quantity=item.quantity,
            amount=item.subtotal,
        )
        for item in items
    )
    for item in items:
        item.refunded_quantity = item.quantity
    for order in orders:
        order.refunded = order.total
    OrderItem.objects.using(using).bulk_update(items, ["refunded_quantity"])
    Order.objects.using(using).bulk_update(orders, ["refunded"])


class Migration(migrations.Migration):

    dependencies = [
        ("payments", "0001_initial"),
        ("orders", "0002_ordernote_order_consent_at_order_refunded_and_more"),
    ]

    operations = [migrations.RunPython(give_payments, migrations.RunPython.noop)]
