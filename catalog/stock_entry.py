"""The ledger whose sum is the stock."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from shop.ids import new_id


class StockEntry(models.Model):
    """One movement of stock: the ledger whose sum is the stock."""

    class Reason(models.TextChoices):
        OPENING = "opening", _("opening stock")
        SALE = "sale", _("sale")
        CANCEL = "cancel", _("order canceled")
        ORDER_EDIT = "order_edit", _("order changed")
        RETURN = "return", _("returned by the customer")
        RECEIPT = "receipt", _("goods received")
        CORRECTION = "correction", _("correction")
        WRITE_OFF = "write_off", _("write-off")
        IMPORT = "import", _("import")

    # What staff may choose by hand; the others are written by the shop itself.
    BY_HAND: ClassVar[list[str]] = [Reason.RECEIPT, Reason.CORRECTION, Reason.WRITE_OFF]

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product = models.ForeignKey(
        "catalog.Product",
        on_delete=models.CASCADE,
        related_name="stock_entries",
        verbose_name=_("product"),
    )
    delta = models.IntegerField(_("change, pieces"))
    reason = models.CharField(_("reason"), max_length=12, choices=Reason)
    note = models.CharField(_("note"), max_length=255, blank=True)
    # Not a foreign key: orders stand above the catalog and are never deleted.
    order_id = models.UUIDField(_("order"), null=True, blank=True, db_index=True)
    # The delivery that it came with.
    receipt = models.ForeignKey(
        "catalog.GoodsReceipt",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="entries",
        verbose_name=_("goods receipt"),
        # Most rows are sales: see the index below.
        db_index=False,
    )
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("by"),
    )
    created_at = models.DateTimeField(_("time"), auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        verbose_name = _("stock movement")
        verbose_name_plural = _("stock ledger")
        constraints = [
            models.CheckConstraint(condition=~Q(delta=0), name="stock_entry_not_zero")
        ]
        indexes = [
            # The list of millions: read, counted and narrowed by days in this order.
            models.Index(fields=["-created_at", "-id"], name="stock_entry_newest"),
            # What is rare among them. A sale does not pay for these two.
            models.Index(
                fields=["reason", "-created_at", "-id"],
                name="stock_entry_rare",
                condition=~Q(reason="sale"),
            ),
            models.Index(
                fields=["receipt"],
                name="stock_entry_receipt",
                condition=Q(receipt__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.delta:+d} ({self.get_reason_display()})"
