"""Money: what is asked for, what providers said of it, and what went back."""

from decimal import Decimal
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from orders.models import Order, OrderItem
from shop.ids import new_id
from shop.money import format_price

# Of an order, "payment" is how it is paid: other languages have two words.
ONE_PAYMENT = pgettext_lazy("one payment", "payment")


class Payment(models.Model):
    """One attempt to pay an order. At most one of an order's payments settles it."""

    class Status(models.TextChoices):
        PENDING = "pending", _("waiting for the money")
        FAILED = "failed", _("declined")
        # Nobody waits for it any more: another one came, or the order ended.
        CANCELED = "canceled", _("withdrawn")
        SUCCEEDED = "succeeded", _("paid")
        # Money for which nothing will be delivered: staff give it back.
        REFUND_DUE = "refund_due", _("to be given back")
        REFUNDED = "refunded", _("given back")

    # A payment's life as data: only forward. Money that comes after `failed` or
    # `canceled` is money all the same.
    NEXT: ClassVar[dict[str, set[str]]] = {
        Status.PENDING: {
            Status.FAILED, Status.CANCELED, Status.SUCCEEDED, Status.REFUND_DUE,
        },
        Status.FAILED: {Status.SUCCEEDED, Status.REFUND_DUE},
        Status.CANCELED: {Status.SUCCEEDED, Status.REFUND_DUE},
        Status.SUCCEEDED: {Status.REFUND_DUE, Status.REFUNDED},
        Status.REFUND_DUE: {Status.REFUNDED},
        Status.REFUNDED: set(),
    }  # fmt: skip

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(
        Order,
        on_delete=models.PROTECT,
        related_name="payments",
        verbose_name=_("order"),
    )
    provider = models.CharField(
        _("provider"), max_length=16, choices=Order.PaymentMethod
    )
    amount = models.DecimalField(_("amount, ₸"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.PENDING
    )
    # Given back, or promised to be, ₸: the sum of the refunds.
    refunded = models.DecimalField(
        _("given back, ₸"), max_digits=12, decimal_places=2, default=Decimal(0)
    )
    external_id = models.CharField(
        _("the provider's number"), max_length=100, blank=True
    )
    redirect_url = models.CharField(max_length=2000, blank=True, editable=False)
    # Who said that the money is here, when it was a person.
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("confirmed by"),
    )
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)
    paid_at = models.DateTimeField(_("paid"), null=True, blank=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = ONE_PAYMENT
        verbose_name_plural = _("payments")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="payment_gte_0"),
            models.CheckConstraint(
                condition=Q(refunded__gte=0, refunded__lte=F("amount")),
                name="payment_refunded_within_amount",
            ),
            models.UniqueConstraint(
                fields=["provider", "external_id"],
                condition=~Q(external_id=""),
                name="payment_external_id_once",
            ),
            # Two payments cannot both settle an order: the second is given back.
            models.UniqueConstraint(
                fields=["order"],
                condition=Q(status="succeeded"),
                name="payment_settles_once",
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="payment_newest"),
            models.Index(fields=["status", "-created_at"], name="payment_by_status"),
            models.Index(
                fields=["provider", "-created_at"], name="payment_by_provider"
            ),
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["pending", "refund_due"]),
                name="payment_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_provider_display()}, {format_price(self.amount)}"

    @property
    def is_open(self) -> bool:
        return self.status == self.Status.PENDING

    @property
    def left(self) -> Decimal:
        """What has come and has not been given back, ₸."""
        came = self.paid_at is not None
        return self.amount - self.refunded if came else Decimal(0)

    def move_to(self, status: str) -> bool:
        """Take the step if it leads forward, and say whether it was taken.

        The caller holds the order's lock, and saves.
        """
        if status not in self.NEXT[self.status]:
            return False
        self.status = status
        return True


class PaymentEvent(models.Model):
    """What a provider said, word for word; each of its events counts once."""

    class Said(models.TextChoices):
        SUCCEEDED = "succeeded", _("paid")
        FAILED = "failed", _("declined")

    provider = models.CharField(_("provider"), max_length=16)
    event_id = models.CharField(_("event"), max_length=200)
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="events",
        verbose_name=ONE_PAYMENT,
    )  # fmt: skip
    said = models.CharField(_("said"), max_length=10, choices=Said)
    # What the payment became by it; empty: it was that, or further, already.
    became = models.CharField(
        _("became"), max_length=10, choices=Payment.Status, blank=True
    )
    raw = models.TextField(_("raw message"))
    received_at = models.DateTimeField(_("received"), auto_now_add=True)

    class Meta:
        ordering = ["received_at", "id"]
        verbose_name = _("provider's message")
        verbose_name_plural = _("providers' messages")
        constraints = [
            models.UniqueConstraint(
                fields=["provider", "event_id"], name="payment_event_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.provider} {self.event_id}"


class Refund(models.Model):
    """Money that goes back, and what becomes of the goods."""

    class Status(models.TextChoices):
        PENDING = "pending", _("on its way")
        SUCCEEDED = "succeeded", _("done")
        FAILED = "failed", _("refused by the provider")

    class Stock(models.TextChoices):
        PUT_BACK = "put_back", _("put the goods back in stock")
        WRITE_OFF = "write_off", _("write the goods off")
        NONE = "none", _("the goods stay with the customer")

    # Also the key by which a provider knows a repeated request.
    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    order = models.ForeignKey(
        Order, on_delete=models.PROTECT, related_name="refunds", verbose_name=_("order")
    )
    # Empty: goods came back, and no money had been paid for them.
    payment = models.ForeignKey(
        Payment, on_delete=models.PROTECT, related_name="refunds", null=True,
        blank=True, verbose_name=ONE_PAYMENT,
    )  # fmt: skip
    amount = models.DecimalField(_("amount, ₸"), max_digits=12, decimal_places=2)
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.PENDING
    )
    stock = models.CharField(
        _("goods"), max_length=10, choices=Stock, default=Stock.NONE
    )
    # Money that paid for nothing: it does not lower what the order brought in.
    is_surplus = models.BooleanField(default=False, editable=False)
    # The client's own key for this refund, and a fingerprint of what it asked.
    key = models.CharField(max_length=200, blank=True, editable=False)
    fingerprint = models.CharField(max_length=64, blank=True, editable=False)
    note = models.CharField(_("note"), max_length=255, blank=True)
    last_error = models.CharField(_("last error"), max_length=255, blank=True)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    created_at = models.DateTimeField(_("time"), auto_now_add=True)
    sent_at = models.DateTimeField(_("done"), null=True, blank=True)

    class Meta:
        ordering = ["created_at", "id"]
        verbose_name = _("refund")
        verbose_name_plural = _("refunds")
        constraints = [
            models.CheckConstraint(condition=Q(amount__gte=0), name="refund_gte_0"),
            models.UniqueConstraint(
                fields=["order", "key"], condition=~Q(key=""), name="refund_key_once"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="refund_newest"),
            models.Index(fields=["status", "-created_at"], name="refund_by_status"),
            models.Index(fields=["stock", "-created_at"], name="refund_by_stock"),
            models.Index(
                fields=["created_at"],
                condition=Q(status__in=["pending", "failed"]),
                name="refund_open",
            ),
        ]

    def __str__(self) -> str:
        return format_price(self.amount)


class RefundItem(models.Model):
    """So many pieces of an order's line, as part of a refund."""

    refund = models.ForeignKey(Refund, on_delete=models.CASCADE, related_name="items")
    order_item = models.ForeignKey(
        OrderItem, on_delete=models.CASCADE, related_name="+", verbose_name=_("line")
    )
    quantity = models.PositiveIntegerField(_("quantity, pieces"))
    amount = models.DecimalField(_("amount, ₸"), max_digits=12, decimal_places=2)

    class Meta:
        ordering = ["id"]
        verbose_name = _("refunded line")
        verbose_name_plural = _("refunded lines")
        constraints = [
            models.CheckConstraint(condition=Q(quantity__gt=0), name="refund_item_gt_0")
        ]

    def __str__(self) -> str:
        return f"{self.order_item} × {self.quantity}"


class EmulatedCharge(models.Model):
    """The emulator's own books: what a real provider would keep on its side.

    It is written before the callback is sent, so that a callback that never arrives
    can be asked for, as with a real provider.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("open")
        SUCCEEDED = "succeeded", _("paid")
        FAILED = "failed", _("declined")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    payment_id = models.UUIDField(unique=True)
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    currency = models.CharField(max_length=3)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    # What went back, by the key of each request: {"<refund id>": "100.00"}.
    refunds = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name = _("charge of the emulator")
        verbose_name_plural = _("charges of the emulator")

    def __str__(self) -> str:
        return f"{self.amount} {self.currency} {self.status}"
