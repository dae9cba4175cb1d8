"""A sound shop with every kind of order."""

from decimal import Decimal
from typing import Any

from catalog.services import delete_product
from orders import services as orders
from orders.models import DeliveryMethod, Order
from payments import services
from payments.models import EmulatedCharge, Payment
from tests.factories import make_order, make_product, make_user
from tests.payments.callbacks import notice, paid_order, waiting_payment

ALL_STEPS = ["paid", "processing", "shipped", "completed"]


def move(order: Order, *steps: str) -> Order:
    for step in steps:
        order = orders.set_status(order.pk, step)
    return order


def charge(payment: Payment, said: str) -> None:
    """The payer has pressed the button; nobody has told the shop."""
    EmulatedCharge.objects.filter(payment_id=payment.pk).update(status=said)


def tell(payment: Payment, said: str = "succeeded", **fields: Any) -> Payment:
    return services.take_notice("emulator", notice(payment, said, **fields), "{}")


def partly_refunded(stock: str, **checkout: Any) -> Order:
    """Three pieces and their delivery are paid, and one piece of them is refunded."""
    product = make_product(price="1.10", stock=10)
    method = checkout.pop("payment_method", "transfer")
    order = make_order(None, (product, 3), payment_method=method, **checkout)
    move(order, "paid", "processing")
    services.refund_order(order.pk, {product.pk: 1}, stock=stock)
    order.refresh_from_db()
    return order


def late_money() -> Payment:
    """A payment whose order was canceled before the money came."""
    payment = waiting_payment()
    orders.cancel_order(payment.order_id)
    return tell(payment)


def paid_twice() -> Order:
    """Two payments of one order are paid: one of them is to be given back."""
    first = tell(waiting_payment(), "failed")
    second = services.start_payment(first.order_id)
    tell(second)
    tell(first)
    return Order.objects.get(pk=first.order_id)


def fill_shop() -> None:
    """Every status, every way to pay, and all that can happen on the way."""
    DeliveryMethod.objects.update(price=Decimal("0.30"))
    for method in ("cash", "transfer", "emulator"):
        for n in range(len(ALL_STEPS) + 1):
            move(make_order(payment_method=method), *ALL_STEPS[:n])
        orders.cancel_order(make_order(payment_method=method).pk)
        orders.cancel_order(move(make_order(payment_method=method), "paid").pk)
        move(make_order(payment_method=method), *ALL_STEPS, "refunded")
    move(make_order(), "processing", "shipped", "completed")
    refused = move(make_order(), "processing", "shipped")
    services.refund_order(refused.pk, stock="put_back")
    fill_with_online_orders()
    fill_with_refunds()
    fill_with_changes()
    DeliveryMethod.objects.update(price=Decimal(0))


def fill_a_little() -> None:
    paid_order()
    late_money()
    partly_refunded("put_back")


def fill_with_online_orders() -> None:
    paid_order()
    waiting_payment()
    tell(waiting_payment(), "failed")
    services.refund_payment(late_money().pk)
    late_money()
    paid_twice()
    withdrawn = waiting_payment()
    services.start_payment(withdrawn.order_id, "transfer")
    confirmed = waiting_payment()
    move(confirmed.order, "paid")


def fill_with_refunds() -> None:
    for stock in ("put_back", "write_off", "none"):
        order = partly_refunded(stock)
        services.refund_order(order.pk, stock=stock)
        orders.cancel_order(partly_refunded(stock).pk)
    half = partly_refunded("put_back")
    services.refund_order(half.pk, stock="write_off")
    sent = services.refund_order(paid_order().pk, stock="none")
    services.send_refund(sent.pk)


def fill_with_changes() -> None:
    one, other = make_product(price="0.10"), make_product(price="33.33")
    changed = make_order(None, (one, 3), (other, 1), payment_method="emulator")
    payment = services.start_payment(changed.pk)
    orders.change_quantity(changed.pk, other.pk, 2)
    # What was asked for before is not the total any more.
    tell(payment)
    orders.change_quantity(changed.pk, other.pk, 0)
    delete_product(make_order().items.get().product)
    gone = partly_refunded("put_back")
    delete_product(gone.items.get().product)
    services.refund_order(gone.pk, stock="put_back")
    buyer = make_user()
    paid_order(buyer)
    buyer.delete()
    orders.hide_order(make_order().pk)
