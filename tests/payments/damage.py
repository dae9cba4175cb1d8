"""Sound orders, and the ways in which their rows could come to lie."""

from collections.abc import Callable
from typing import Any

from django.utils import timezone

from catalog.models import StockEntry
from orders import services as orders
from orders.models import Order, OrderItem, OrderStatusChange
from payments import services
from payments.models import Payment, PaymentEvent, Refund, RefundItem
from tests.factories import make_order, make_product
from tests.payments.books import late_money, move, partly_refunded

TABLES = (Order, OrderItem, OrderStatusChange, Payment, Refund, RefundItem, StockEntry)
Break = Callable[[Order], Any]


def everything() -> list[Any]:
    return [list(model.objects.order_by("pk").values()) for model in TABLES]


def texts() -> list[str]:
    return [finding.text for finding in services.check_orders()]


def set_order(**fields: Any) -> Break:
    return lambda order: Order.objects.filter(pk=order.pk).update(**fields)


def set_items(**fields: Any) -> Break:
    return lambda order: OrderItem.objects.filter(order=order).update(**fields)


def set_payments(**fields: Any) -> Break:
    return lambda order: Payment.objects.filter(order=order).update(**fields)


def set_refunds(**fields: Any) -> Break:
    return lambda order: Refund.objects.filter(order=order).update(**fields)


def set_refund_items(**fields: Any) -> Break:
    return lambda order: RefundItem.objects.filter(refund__order=order).update(**fields)


def set_ledger(reason: str, **fields: Any) -> Break:
    return lambda order: StockEntry.objects.filter(
        order_id=order.pk, reason=reason
    ).update(**fields)


def drop_ledger(reason: str) -> Break:
    return lambda order: StockEntry.objects.filter(
        order_id=order.pk, reason=reason
    ).delete()


def give_refund_to_another(order: Order) -> None:
    Payment.objects.filter(order=order).update(refunded=0)
    Refund.objects.filter(order=order).update(payment=None)
    foreign = partly_refunded("none").payments.get()
    # Its sum agrees; only its order does not.
    Refund.objects.create(
        order=order, payment=foreign, amount=0, currency="KZT", is_surplus=True
    )
    Refund.objects.filter(order=order, payment=None).delete()
    Order.objects.filter(pk=order.pk).update(refunded=0)
    OrderItem.objects.filter(order=order).update(refunded_quantity=0)


def add_step(status: str) -> Break:
    return lambda order: OrderStatusChange.objects.create(order=order, status=status)


def forget_history(order: Order) -> None:
    order.history.all().delete()


def forget_payment(order: Order) -> None:
    order.payments.all().delete()


def sell_something_else(order: Order) -> None:
    StockEntry.objects.create(
        product=make_product(sku="X"), delta=-4, reason="sale", order_id=order.pk
    )


def pending_order() -> Order:
    return make_order(None, (make_product(sku="A"), 2))


def transfer_order() -> Order:
    product = make_product(sku="A")
    return move(make_order(None, (product, 2), payment_method="transfer"), "paid")


def cash_order() -> Order:
    order = make_order(None, (make_product(sku="A"), 2))
    return move(order, "processing", "shipped", "completed")


def canceled_order() -> Order:
    order = make_order(None, (make_product(sku="A"), 2))
    orders.cancel_order(order.pk)
    return order


def half_refunded_order() -> Order:
    product = make_product(sku="A", price="1.10")
    order = make_order(None, (product, 3), payment_method="transfer")
    move(order, "paid")
    services.refund_order(order.pk, {product.pk: 1}, stock="put_back")
    return order


def refunded_order() -> Order:
    order = transfer_order()
    services.refund_order(order.pk, stock="none")
    return order


def late_order() -> Order:
    return late_money().order


def forget_last_step(order: Order) -> None:
    order.history.latest("id").delete()


def pretend_unheard(order: Order) -> None:
    """The provider's message is kept, and what it should have done is not."""
    payment = services.start_payment(order.pk)
    PaymentEvent.objects.create(
        provider="emulator", event_id="1", payment=payment, said="succeeded", raw="{}"
    )


def pretend_unheard_before_canceling(order: Order) -> None:
    pretend_unheard(order)
    orders.cancel_order(order.pk)


def pay_behind_its_back(order: Order) -> None:
    Payment.objects.create(
        order=order,
        provider="transfer",
        amount=order.total,
        currency=order.currency,
        status="succeeded",
        paid_at=timezone.now(),
    )


def wait_again(order: Order) -> None:
    Payment.objects.create(
        order=order, provider="cash", amount=order.total, currency=order.currency
    )


def online_pending_order() -> Order:
    product = make_product(sku="A")
    return make_order(None, (product, 2), payment_method="emulator")
