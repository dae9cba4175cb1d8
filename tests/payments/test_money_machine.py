"""Whatever is paid, told twice, lost and given back: no tenge is lost or made."""

from datetime import timedelta
from typing import Any

from django.db.models import F
from django.test import TestCase
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    multiple,
    rule,
)

from orders.exceptions import (
    InvalidTransition,
    RefundTooLarge,
)
from orders.models import Order
from payments import services as money
from payments.exceptions import (
    AlreadyPaid,
    AmountMismatch,
    EventIdReused,
    NoRefundDue,
    NothingPaid,
    NotPayable,
    PaymentNotFound,
)
from payments.models import EmulatedCharge, Payment, Refund
from payments.providers import Notice
from tests.orders.machine import REFUNDABLE, ZERO, Shop, explore, lines

METHODS = ["cash", "transfer", "emulator"]
words = st.sampled_from(["succeeded", "succeeded", "failed"])


class Money(Shop):
    """Payers, their provider and staff, in any order."""

    orders = Shop.orders
    sold: Bundle[Order] = Bundle("sold")
    payments: Bundle[Payment] = Bundle("payments")

    @rule(targets=(orders, sold), asked=lines)
    def sell(self, asked: dict[str, int]) -> Any:
        """An order, and its transfer has come."""
        order = self.place(asked, "transfer")
        if isinstance(order, Order):
            self.move(order, "paid")
        return order

    @rule(target=payments, order=orders, method=st.sampled_from(METHODS))
    def pay(self, order: Order, method: str) -> Any:
        order.refresh_from_db()

        def start() -> Payment:
            return money.start_payment(order.pk, method)

        payment = self.attempt(start, AlreadyPaid, NotPayable)
        assert (payment is not None) == (order.status == "pending")
        return payment if payment is not None else multiple()

    @rule(target=payments, order=orders)
    def pay_at_once(self, order: Order) -> Any:
        payment = self.pay(order, "emulator")
        if isinstance(payment, Payment):
            self.tell(payment, "succeeded", str(payment.pk), 0)
            self.tell(payment, "succeeded", str(payment.pk), 0)
        return payment

    @rule(target=payments, asked=lines, method=st.sampled_from(METHODS))
    def pay_late(self, asked: dict[str, int], method: str) -> Any:
        """The money comes when nobody waits for it any more."""
        order = self.place(asked, method)
        if not isinstance(order, Order):
            return multiple()
        payment = self.pay(order, "emulator")
        self.cancel(order)
        self.tell(payment, "succeeded", str(payment.pk), 0)
        return payment

    @rule(
        payment=payments,
        said=words,
        event=st.sampled_from("1234"),
        extra=st.sampled_from([0, 0, 0, 1]),
    )
    def tell(self, payment: Payment, said: str, event: str, extra: int) -> None:
        """The provider's message: perhaps again, late, of another amount."""
        notice = Notice(payment.pk, event, said, payment.amount + extra, "KZT")

        def take() -> Payment:
            return money.take_notice("emulator", notice, "{}")

        meant = (payment.pk, said)
        right = payment.provider == "emulator" and not extra
        before, expected = self.everything(), self.what_comes_of(payment, said)
        known = self.heard.get(event)
        taken = self.attempt(take, AmountMismatch, EventIdReused, PaymentNotFound)
        assert (taken is not None) == (right and known in {None, meant})
        if taken and known:
            assert self.everything() == before
        elif taken:
            self.heard[event] = meant
            expected()

    def what_comes_of(self, payment: Payment, said: str) -> Any:
        """What the model believes once this is heard; the tables are read now."""
        order = Order.objects.get(pk=payment.order_id)
        known = Payment.objects.get(pk=payment.pk).paid_at
        fits = order.status == "pending" and order.total == payment.amount

        def believe() -> None:
            if said == "failed" or known:
                return
            self.came[order.pk] += payment.amount
            if fits and order.pk not in self.left:
                self.left[order.pk] = payment.amount

        return believe

    @rule(payment=payments, said=words)
    def press(self, payment: Payment, said: str) -> None:
        """The payer presses a button, and the shop is not told."""
        charges = EmulatedCharge.objects.filter(payment_id=payment.pk, status="open")
        charges.update(status=said)

    def unheard(self, **fields: Any) -> list[Any]:
        """What the model will believe when the emulator is asked."""
        charges = EmulatedCharge.objects.filter(status="succeeded")
        payments = Payment.objects.filter(
            pk__in=charges.values("payment_id"), paid_at=None, **fields
        )
        return [self.what_comes_of(payment, "succeeded") for payment in payments]

    @rule()
    def reconcile(self) -> None:
        expected = self.unheard()
        assert all(finding.fixed for finding in money.reconcile(fix=True))
        for believe in expected:
            believe()
        assert list(money.reconcile()) == []
        assert not Refund.objects.exclude(status="succeeded").exists()

    @rule(order=orders)
    def expire(self, order: Order) -> None:
        """Half an hour passes, for this order only."""
        expected = []
        order.refresh_from_db()
        if order.status == "pending" and order.payment_method == "emulator":
            expected = self.unheard(order=order, status="pending")
        hour, own = timedelta(hours=1), Order.objects.filter(pk=order.pk)
        own.update(created_at=F("created_at") - hour)
        own.update(reserved_at=F("reserved_at") - hour)
        money.expire_orders()
        for believe in expected:
            believe()
        online = order.status == "pending" and order.payment_method == "emulator"
        paid = order.pk in self.left
        order.refresh_from_db()
        if online:
            assert order.status == ("paid" if paid else "canceled")

    @rule(
        order=sold,
        pieces=st.none() | st.integers(1, 3),
        stock=st.sampled_from(["put_back", "write_off", "none"]),
    )
    def refund(self, order: Order, pieces: int | None, stock: str) -> None:
        order = Order.objects.prefetch_related("items").get(pk=order.pk)
        items = list(order.items.all())
        asked = {item: item.kept_quantity for item in items}
        if pieces is not None:
            asked = {items[0]: pieces}
        left = self.left.get(order.pk)
        whole = sum(asked.values()) == sum(item.kept_quantity for item in items)

        def refund() -> Refund:
            quantities = {item.product_id: n for item, n in asked.items()}
            return money.refund_order(
                order.pk, quantities if pieces else None, stock=stock
            )

        done = self.attempt(refund, InvalidTransition, RefundTooLarge, NothingPaid)
        assert (done is not None) == (
            order.status in REFUNDABLE
            and all(n <= item.kept_quantity for item, n in asked.items())
            and (whole or left is not None)
        )
        if done is None:
            return
        price = sum((item.price * n for item, n in asked.items()), ZERO)
        assert done.amount == (left or ZERO if whole else price)
        self.back[order.pk] += done.amount
        if left is not None:
            self.left[order.pk] = left - done.amount
        if whole:
            self.left.pop(order.pk, None)
        for item, n in asked.items():
            self.returned[item.sku] += n if stock == "put_back" else 0
            self.spoiled[item.sku] += n if stock == "write_off" else 0

    @rule(payment=payments)
    def give_back(self, payment: Payment) -> None:
        """Staff give back what paid for nothing."""
        due = Payment.objects.get(pk=payment.pk)
        refund = self.attempt(lambda: money.refund_payment(due.pk), NoRefundDue)
        assert (refund is not None) == (due.status == "refund_due")
        if refund is not None:
            assert refund.amount == due.left
            self.back[due.order_id] += refund.amount


class TestMoney(TestCase):
    def test_every_way_of_the_money(self) -> None:
        explore(Money, examples=20, steps=25)
