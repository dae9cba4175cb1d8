"""Orders, their lines as snapshots, their history, and delivery methods."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any, ClassVar, Self

from django.conf import settings
from django.core.signing import BadSignature, Signer
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Upper
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.personal import is_alias
from catalog.models import Product
from orders.exceptions import InvalidTransition
from shop.fields import NumberField
from shop.finding import asked
from shop.ids import new_id

ACCESS_SALT = "orders.access"


class DeliveryMethod(models.Model):
    """A way for goods to reach the shopper."""

    code = models.SlugField(_("code"), max_length=32, unique=True)
    name = models.CharField(_("name"), max_length=120)
    price = models.DecimalField(
        _("price, ₸"), max_digits=12, decimal_places=2, default=Decimal(0),
        validators=[MinValueValidator(Decimal(0))],
    )  # fmt: skip
    free_from = models.DecimalField(
        _("free from, ₸"), max_digits=12, decimal_places=2, null=True, blank=True,
        validators=[MinValueValidator(Decimal(0))],
        help_text=_("Orders of this total or more are delivered for free."),
    )  # fmt: skip
    needs_address = models.BooleanField(_("needs an address"), default=True)
    is_active = models.BooleanField(_("offered"), default=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("delivery method")
        verbose_name_plural = _("delivery methods")
        constraints = [
            models.CheckConstraint(
                condition=Q(price__gte=0), name="delivery_price_gte_0"
            )
        ]

    def __str__(self) -> str:
        return self.name or self.code

    def price_for(self, goods: Decimal) -> Decimal:
        """What delivering goods of this worth costs, ₸."""
        if self.free_from is not None and goods >= self.free_from:
            return Decimal(0)
        return self.price


class OrderQuerySet(models.QuerySet["Order"]):
    def placed_by(self, user: User | None) -> Self:
        """The user's own orders, as far as they are not hidden; a visitor has none."""
        own = self.filter(user=user, hidden_at=None)
        return own if user else own.none()

    def with_details(self) -> Self:
        """All that an answer about an order reads."""
        return self.prefetch_related("items", "payments")

    def with_history(self) -> Self:
        return self.prefetch_related("history__actor")

    def counted(self) -> Self:
        """Orders that make revenue: neither canceled nor refunded."""
        return self.exclude(status__in=[Order.Status.CANCELED, Order.Status.REFUNDED])

    def matching(self, query: str) -> Self:
        """Orders that have all of the query in their number, name, e-mail or phone."""
        newest = Order.objects.order_by("-created_at", "-number")
        return self.filter(asked(query, newest, numbered=True))

    def of_customer(self, user: User | None, email: str) -> Self:
        """What was ordered from the account, or as a guest with this e-mail address."""
        own = Q(email__iexact=email)
        return self.filter(own | Q(user=user) if user else own)

    def to_pack(self) -> Self:
        """Orders whose goods can be packed now: paid for, or to be paid at the door."""
        unpaid = Q(status=Order.Status.PENDING)
        cash = Q(payment_method=Order.PaymentMethod.CASH)
        # The three together, as the index `order_open` has them.
        return self.filter(status__in=Order.OPEN).exclude(unpaid & ~cash)


class Order(models.Model):
    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        PAID = "paid", _("paid")
        PROCESSING = "processing", _("processing")
        SHIPPED = "shipped", _("shipped")
        COMPLETED = "completed", _("completed")
        CANCELED = "canceled", _("canceled")
        REFUNDED = "refunded", _("refunded")

    class PaymentMethod(models.TextChoices):
        CASH = "cash", _("cash on delivery")
        TRANSFER = "transfer", _("bank transfer")
        EMULATOR = "emulator", _("online (a trial: no money moves)")

        @classmethod
        def offered(cls) -> "list[Order.PaymentMethod]":
            """What a shopper may choose; the emulator is for trying the shop out."""
            methods = list(cls)
            if not settings.PAYMENT_EMULATOR:
                methods.remove(cls.EMULATOR)
            return methods

    # Paid on a provider's page; until then the goods are only reserved.
    ONLINE: ClassVar[set[str]] = {PaymentMethod.EMULATOR}

    # Something is still to be done here, before the goods go out.
    OPEN: ClassVar[list[str]] = [Status.PENDING, Status.PAID, Status.PROCESSING]

    # Nobody can be forgotten before these are where they go to.
    UNDER_WAY: ClassVar[list[str]] = [*OPEN, Status.SHIPPED]

    # An order's life as data. What leads to `canceled` goes through cancel_order,
    # which also puts the stock back.
    NEXT: ClassVar[dict[str, set[str]]] = {
        Status.PENDING: {Status.PAID, Status.PROCESSING, Status.CANCELED},
        Status.PAID: {Status.PROCESSING, Status.CANCELED, Status.REFUNDED},
        Status.PROCESSING: {Status.SHIPPED, Status.CANCELED, Status.REFUNDED},
        Status.SHIPPED: {Status.COMPLETED, Status.REFUNDED},
        Status.COMPLETED: {Status.REFUNDED},
        Status.CANCELED: set(),
        Status.REFUNDED: set(),
    }

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = NumberField(_("number"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="orders",
        verbose_name=_("user"),
    )
    # Snapshots: true for this order whatever happens to the account later.
    email = models.EmailField(_("e-mail"))
    full_name = models.CharField(_("full name"), max_length=150, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    # What its customer reads, as the shop was read when it was placed.
    language = models.CharField(
        _("language"), max_length=5, choices=settings.LANGUAGES, blank=True
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.PENDING
    )
    currency = models.CharField(_("currency"), max_length=3, default="KZT")
    # What was sold; money given back later does not lower it.
    total = models.DecimalField(_("total, ₸"), max_digits=12, decimal_places=2)
    refunded = models.DecimalField(
        _("refunded, ₸"), max_digits=12, decimal_places=2, default=Decimal(0)
    )
    payment_method = models.CharField(
        _("payment"), max_length=16, choices=PaymentMethod, default=PaymentMethod.CASH
    )
    delivery_method = models.ForeignKey(
        DeliveryMethod,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("delivery method"),
        # `order_by_delivery` serves it.
        db_index=False,
    )
    delivery_code = models.CharField(_("delivery"), max_length=32, blank=True)
    delivery_name = models.CharField(_("delivery"), max_length=120, blank=True)
    delivery_price = models.DecimalField(
        _("delivery price, ₸"), max_digits=12, decimal_places=2, default=Decimal(0)
    )
    # What delivery was offered for at checkout, ₸: the price follows the goods by
    # these, whatever staff make of the method later.
    delivery_rate = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, editable=False
    )
    delivery_free_from = models.DecimalField(
        max_digits=12, decimal_places=2, null=True, editable=False
    )
    address = models.CharField(_("address"), max_length=500, blank=True)
    comment = models.TextField(_("comment"), max_length=1000, blank=True)
    # Since when the goods wait for an online payment; empty: since they were ordered.
    reserved_at = models.DateTimeField(null=True, editable=False)
    consent_at = models.DateTimeField(
        _("agreed to the use of personal data"), null=True, blank=True
    )
    hidden_at = models.DateTimeField(_("hidden by its owner"), null=True, blank=True)
    created_at = models.DateTimeField(_("placed"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = OrderQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-number"]
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        permissions = [
            # A part of `change_order`, which is every step (see `orders.rights`).
            ("ship_order", "Can start processing, ship and complete orders"),
            ("view_stats", "Can view the shop's figures"),
        ]
        constraints = [
            models.CheckConstraint(condition=Q(total__gte=0), name="order_total_gte_0"),
            models.CheckConstraint(
                condition=Q(delivery_price__gte=0), name="order_delivery_gte_0"
            ),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("total")),
                name="order_refunded_within_total",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-number"], name="order_newest"),
            models.Index(fields=["status", "-created_at"], name="order_by_status"),
            models.Index(
                fields=["payment_method", "-created_at"], name="order_by_payment"
            ),
            models.Index(
                fields=["delivery_method", "-created_at"], name="order_by_delivery"
            ),
            # Few of a million: what is still to be done.
            models.Index(
                fields=["number"],
                condition=Q(status__in=["pending", "paid", "processing"]),
                name="order_open",
            ),
            # As `email__iexact` asks. People are found by `order_person`, which only
            # PostgreSQL has: see the migrations.
            models.Index(Upper("email"), name="order_by_email_any_case"),
        ]

    def __str__(self) -> str:
        return f"№ {self.number}"

    def get_absolute_url(self) -> str:
        return reverse("orders:order-detail", args=[self.pk])

    def get_signed_url(self) -> str:
        """The address that lets a guest in without an account."""
        return f"{self.get_absolute_url()}?token={self.access_token}"

    @property
    def access_token(self) -> str:
        return Signer(salt=ACCESS_SALT).signature(str(self.pk))

    def opens_with(self, token: str) -> bool:
        try:
            Signer(salt=ACCESS_SALT).unsign(f"{self.pk}:{token}")
        except BadSignature:
            return False
        return True

    @property
    def goods_total(self) -> Decimal:
        """What the goods cost without delivery, ₸."""
        return self.total - self.delivery_price

    @property
    def left_after_refunds(self) -> Decimal:
        return self.total - self.refunded

    def delivery_price_for(self, goods: Decimal) -> Decimal:
        """What delivering goods of this worth costs by what was agreed, ₸."""
        if self.delivery_free_from is not None and goods >= self.delivery_free_from:
            return Decimal(0)
        rate = self.delivery_rate
        return self.delivery_price if rate is None else rate

    @property
    def is_forgotten(self) -> bool:
        """Whether it is known no more whose order it was."""
        return is_alias(self.email)

    @property
    def can_be_canceled(self) -> bool:
        return self.Status.CANCELED in self.NEXT[self.status]

    @property
    def reserved_until(self) -> datetime | None:
        """When unpaid goods go back on sale; None: nobody counts the minutes."""
        if self.status != self.Status.PENDING or self.payment_method not in self.ONLINE:
            return None
        began = max(self.created_at, self.reserved_at or self.created_at)
        return began + timedelta(minutes=settings.ORDER_RESERVATION_MINUTES)

    @property
    def payment(self) -> Any:
        """The payment that counts: the one with the money, or else the newest.

        None before there is one. What payments are is known further up.
        """
        payments = list(self.payments.all())
        if self.status == self.Status.PENDING:
            # What came and did not fit is given back; this order still waits.
            payments = [payment for payment in payments if not payment.paid_at]
        with_money = [payment for payment in payments if payment.paid_at]
        settled = [payment for payment in with_money if payment.status == "succeeded"]
        return next(iter(settled or with_money or payments), None)

    @property
    def paid_by(self) -> str:
        """How the order was paid, or else how it is to be."""
        payment = self.payment
        came = payment and payment.paid_at
        return payment.provider if came else self.payment_method

    @property
    def payment_status(self) -> str:
        """In the payments' words; who pays at the door has no payment yet."""
        if self.payment:
            return self.payment.status
        ended = self.status in {self.Status.CANCELED, self.Status.REFUNDED}
        return "canceled" if ended else "pending"

    def remember_items(self, items: "list[OrderItem]") -> None:
        """Whoever reads the lines next gets these, as after a prefetch."""
        lines = self.items.all()
        lines._result_cache = items
        self._prefetched_objects_cache = {"items": lines}

    def remember_details(self, items: "list[OrderItem]") -> None:
        """The same for a new order, which nobody has begun to pay."""
        self.remember_items(items)
        prefetched: dict[str, Any] = self._prefetched_objects_cache
        nothing = self.payments.all()
        nothing._result_cache = []
        prefetched["payments"] = nothing

    def move_to(self, status: str) -> None:
        """Take one step of an order's life, or raise. The caller locks and saves."""
        allowed = status in self.NEXT.get(self.status, set())
        unpaid = (self.status, status) == (self.Status.PENDING, self.Status.PROCESSING)
        # Only cash on delivery is prepared before the money is there.
        if not allowed or (unpaid and self.payment_method != self.PaymentMethod.CASH):
            raise InvalidTransition(self, status)
        self.status = status


class OrderItem(models.Model):
    """A line as it was sold: later changes of the product do not reach it."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="items")
    # Keeps its value when the product is deleted: it is a snapshot too.
    product = models.ForeignKey(
        Product,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="order_items",
        verbose_name=_("product"),
    )
    sku = models.CharField(_("SKU"), max_length=64)
    name = models.CharField(_("name"), max_length=255)
    price = models.DecimalField(_("price, ₸"), max_digits=12, decimal_places=2)
    quantity = models.PositiveIntegerField(_("quantity, pieces"))
    subtotal = models.DecimalField(_("subtotal, ₸"), max_digits=12, decimal_places=2)
    refunded_quantity = models.PositiveIntegerField(_("refunded, pieces"), default=0)

    class Meta:
        ordering = ["id"]
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="order_item_gt_0"),
            models.CheckConstraint(
                condition=Q(refunded_quantity__lte=F("quantity")),
                name="order_item_refunded_within_sold",
            ),
            models.UniqueConstraint(
                fields=["order", "product"], name="order_item_once_a_product"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} × {self.quantity}"

    @property
    def kept_quantity(self) -> int:
        """Pieces that have not been refunded."""
        return self.quantity - self.refunded_quantity


class OrderStatusChange(models.Model):
    """One row of an order's history; the note is for staff, the reason for all."""

    class Reason(models.TextChoices):
        """Why an order was canceled."""

        CUSTOMER = "customer", _("the customer asked for it")
        OUT_OF_STOCK = "out_of_stock", _("the goods are not available")
        UNREACHABLE = "unreachable", _("the customer could not be reached")
        EXPIRED = "expired", _("not paid in time")
        MISTAKE = "mistake", _("ordered by mistake")
        FRAUD = "fraud", _("looks like fraud")
        OTHER = "other", _("another reason")

    # What staff think of an order, or write in the note, is not told to its customer.
    UNTOLD: ClassVar[set[str]] = {Reason.FRAUD, Reason.OTHER}

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="history")
    status = models.CharField(_("status"), max_length=10, choices=Order.Status)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    reason = models.CharField(_("reason"), max_length=16, choices=Reason, blank=True)
    note = models.CharField(_("note"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = _("status change")
        verbose_name_plural = _("history")

    def __str__(self) -> str:
        return str(self.get_status_display())

    @property
    def told_reason(self) -> str:
        """The reason as the customer may read it; empty if there is none to tell."""
        return "" if self.reason in self.UNTOLD else str(self.get_reason_display())


class OrderNote(models.Model):
    """What staff tell each other about an order; its customer never sees it."""

    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="notes")
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    text = models.TextField(_("note"), max_length=2000)
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("staff note")
        verbose_name_plural = _("staff notes")

    def __str__(self) -> str:
        return self.text[:60]


class OrderClaim(models.Model):
    """Says that a key, or one filling of a cart, has become this order.

    Written first in the order's transaction: of two that come together, the unique
    constraint lets one through and makes the other wait and read the winner's order.
    """

    owner = models.CharField(max_length=100)
    key = models.CharField(max_length=255)
    # SHA-256 of the request's body, so that a key cannot mean two things.
    fingerprint = models.CharField(max_length=64, blank=True)
    order = models.ForeignKey(Order, on_delete=models.CASCADE, related_name="claims")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["owner", "key"], name="order_claim_once")
        ]

    def __str__(self) -> str:
        return f"{self.owner} {self.key}"
