"""A shop of the first complete schema, and what its rows were, by historical models.

There is no release yet, so the first is the one that the first shop of this project
would have run: its migrations are named here and stay named. A change that breaks the
way from there to here breaks `test_upgrade.py`.
"""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.utils import timezone

# The shop that took its first order: without payments, letters, bot and roles.
FIRST = [
    ("accounts", "0001_initial"),
    ("cart", "0001_initial"),
    ("catalog", "0001_initial"),
    ("events", "0001_initial"),
    ("orders", "0001_initial"),
    ("shop", "0001_initial"),
    ("sessions", "0001_initial"),
    ("admin", "0003_logentry_add_action_flag_choices"),
    ("axes", "0010_accessattemptexpiration"),
    ("token_blacklist", "0013_alter_blacklistedtoken_options_and_more"),
]
# The one that first took money.
WITH_PAYMENTS = [
    ("catalog", "0002_alter_stockentry_reason"),
    ("orders", "0002_ordernote_order_consent_at_order_refunded_and_more"),
    ("payments", "0003_refund_fingerprint_refund_key_refund_refund_key_once"),
]
STEPS = {
    "pending": [],
    "paid": ["paid"],
    "processing": ["paid", "processing"],
    "shipped": ["paid", "processing", "shipped"],
    "completed": ["paid", "processing", "shipped", "completed"],
    "canceled": ["canceled"],
    "refunded": ["paid", "processing", "shipped", "completed", "refunded"],
}
DELIVERY = Decimal("1500.00")
Model = Callable[[str], Any]


def migrate_to(targets: list[tuple[str, str]]) -> Model:
    """The schema is that of these migrations; how to get its models."""
    executor = MigrationExecutor(connection)
    executor.migrate(targets)
    apps = executor.loader.project_state(targets).apps
    return lambda name: apps.get_model(name)


def fill_first(model: Model) -> None:
    """People, goods with their ledger, and an order in each status."""
    users = model("accounts.User").objects
    password = make_password("customer123")
    owner = users.create(
        email="owner@example.com", password=password, is_staff=True, is_superuser=True
    )
    buyer = users.create(
        email="buyer@example.com",
        password=password,
        full_name="Айгерім Сейітова",
        phone="+7 701 000 00 01",
    )
    products = _goods(model)
    made = model("orders.DeliveryMethod").objects.create(
        code="by_bike", name="Курьер", name_ru="Курьер", price=DELIVERY
    )
    for days, status in enumerate(STEPS, 1):
        order = Sale(model, status, days, method=made, user=buyer, actor=owner)
        order.sell(products[0], 2)
        order.sell(products[1], 1)
        order.finish()
    cart = model("cart.Cart").objects.create(pk=f"user:{buyer.pk}")
    model("cart.CartItem").objects.create(
        cart=cart, product_id=products[0].pk, quantity=3
    )
    model("sessions.Session").objects.create(
        session_key="a" * 32, session_data="e30", expire_date=timezone.now()
    )


def fill_payments(model: Model) -> None:
    """Money that came by a callback, money that came too late, and a refund."""
    products = list(model("catalog.Product").objects.order_by("number"))
    owner = model("accounts.User").objects.get(email="owner@example.com")
    Payment = model("payments.Payment")
    paid = Sale(model, "paid", 1, payment="emulator", actor=owner)
    paid.sell(products[2], 3)
    paid.finish()
    late = Sale(model, "canceled", 2, payment="emulator", actor=owner)
    late.sell(products[2], 1)
    late.finish()
    for number, (sale, status) in enumerate(
        [(paid, "succeeded"), (late, "refund_due")]
    ):
        payment = Payment.objects.create(
            order=sale.order,
            provider="emulator",
            amount=sale.order.total,
            currency="KZT",
            status=status,
            external_id=f"charge-{number}",
            paid_at=sale.moment,
        )
        model("payments.PaymentEvent").objects.create(
            payment=payment,
            provider="emulator",
            event_id=f"event-{number}",
            said="succeeded",
            became=status,
            raw="{}",
        )
        model("payments.EmulatedCharge").objects.create(
            payment_id=payment.pk,
            amount=payment.amount,
            currency="KZT",
            status="succeeded",
        )
    _refund_a_piece(model, paid)
    model("orders.OrderNote").objects.create(
        order=paid.order, author=owner, text="Позвонить перед доставкой"
    )


def _goods(model: Model) -> list[Any]:
    categories = model("catalog.Category").objects
    root = categories.create(
        path="0001", depth=1, numchild=1, name="Обувь", name_ru="Обувь", slug="obuv"
    )
    leaf = categories.create(
        path="00010001", depth=2, name="Зима", name_ru="Зима", slug="zima"
    )
    template = model("catalog.SpecTemplate").objects.create(
        name="Обувь", schema={"brand": "string", "size": "number"}
    )
    products = []
    for number, name in enumerate(["Ботинки зелёные", "Сапоги", "Кроссовки"], 1):
        product = model("catalog.Product").objects.create(
            sku=f"OLD-{number}",
            name=name,
            name_ru=name,
            slug=f"old-{number}",
            description_ru="Тёплые",
            price=Decimal("9990.50") * number,
            stock=50,
            template=template,
            attributes={"brand": "Алау", "size": 40 + number},
            search_text=name.lower().replace("ё", "е"),
        )
        product.categories.set([root, leaf])
        model("catalog.StockEntry").objects.create(
            product=product, delta=50, reason="opening"
        )
        model("catalog.ProductImage").objects.create(
            product=product, url=f"https://pictures.example/{number}.jpg"
        )
        products.append(product)
    return products


class Sale:
    """An order as the first shop wrote it: lines, ledger, history, claim and event."""

    def __init__(
        self,
        model: Model,
        status: str,
        days: int,
        *,
        actor: Any,
        method: Any = None,
        user: Any = None,
        payment: str = "transfer",
    ) -> None:
        self._model, self._actor = model, actor
        self.moment = timezone.now() - timedelta(days=days)
        self.order = model("orders.Order").objects.create(
            user=user,
            email=user.email if user else "guest@example.com",
            status=status,
            total=0,
            payment_method=payment,
            delivery_method=method,
            delivery_code=method.code if method else "",
            delivery_name=method.name if method else "",
            delivery_price=method.price if method else 0,
            address="Алматы, Абая 1",
        )
        self.lines: list[Any] = []

    def sell(self, product: Any, quantity: int) -> None:
        line = self._model("orders.OrderItem").objects.create(
            order=self.order,
            product_id=product.pk,
            sku=product.sku,
            name=product.name,
            price=product.price,
            quantity=quantity,
            subtotal=product.price * quantity,
        )
        self.lines.append(line)
        moves = [(-quantity, "sale")]
        if self.order.status == "canceled":
            moves.append((quantity, "cancel"))
        for delta, reason in moves:
            product.refresh_from_db()
            product.stock += delta
            product.sold -= delta
            product.save()
            self._model("catalog.StockEntry").objects.create(
                product_id=product.pk,
                delta=delta,
                reason=reason,
                order_id=self.order.pk,
            )

    def finish(self) -> None:
        """The total, the steps at their times, and what was told of it."""
        order = self.order
        order.total = sum(line.subtotal for line in self.lines) + order.delivery_price
        order.save()
        steps = self._model("orders.OrderStatusChange").objects
        for hours, status in enumerate(["pending", *STEPS[order.status]]):
            step = steps.create(order=order, status=status, actor=self._actor)
            at = self.moment + timedelta(hours=hours)
            steps.filter(pk=step.pk).update(created_at=at)
        orders = self._model("orders.Order").objects
        orders.filter(pk=order.pk).update(created_at=self.moment)
        owner = str(order.user_id or "guest")
        self._model("orders.OrderClaim").objects.create(
            owner=owner, key=f"key-{order.pk}", order=order
        )
        events = self._model("events.OutboxMessage").objects
        event = events.create(
            event_type="order_created",
            aggregate=str(order.pk),
            payload={"order_id": str(order.pk), "total": str(order.total)},
            status="pending" if order.status == "pending" else "sent",
            sent_at=None if order.status == "pending" else self.moment,
        )
        events.filter(pk=event.pk).update(created_at=self.moment)


def _refund_a_piece(model: Model, sale: Sale) -> None:
    line, order = sale.lines[0], sale.order
    payment = model("payments.Payment").objects.get(order=order)
    refund = model("payments.Refund").objects.create(
        order=order,
        payment=payment,
        amount=line.price,
        currency="KZT",
        status="succeeded",
        stock="none",
        sent_at=sale.moment,
    )
    model("payments.RefundItem").objects.create(
        refund=refund, order_item=line, quantity=1, amount=line.price
    )
    line.refunded_quantity = 1
    line.save()
    order.refunded = payment.refunded = line.price
    order.save()
    payment.save()
