"""A change of many prices at once: a rule, what it would do, and what it did."""

from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from shop.ids import new_id


class PriceChange(models.Model):
    """Looked at, confirmed by a person, and done to exactly what was looked at."""

    class State(models.TextChoices):
        READY = "ready", _("waits for confirmation")
        CONFIRMED = "confirmed", _("at work")
        DONE = "done", _("done")
        # What was done until then stays done; the rows say which.
        STOPPED = "stopped", _("stopped")

    class Kind(models.TextChoices):
        PERCENT = "percent", _("by percent")
        AMOUNT = "amount", _("by an amount, ₸")
        RESTORE = "restore", _("back to the price before")
        UNDO = "undo", _("undo")

    class Rounding(models.TextChoices):
        CENT = "0.01", _("not rounded")
        ONE = "1", _("to 1 ₸")
        TEN = "10", _("to 10 ₸")
        HUNDRED = "100", _("to 100 ₸")
        CENTS_90 = "x.90", _("to …,90 ₸")
        ENDS_90 = "x90", _("to …90 ₸")
        ENDS_990 = "x990", _("to …990 ₸")

    class Before(models.TextChoices):
        KEEP = "keep", _("stays as it is")
        SET = "set", _("becomes the old price where the new one is lower")
        CLEAR = "clear", _("is removed")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    kind = models.CharField(_("how"), max_length=8, choices=Kind)
    # Percent, or ₸; below zero it gets cheaper.
    value = models.DecimalField(
        _("change"), max_digits=12, decimal_places=2, default=Decimal(0)
    )
    rounding = models.CharField(
        _("rounded"), max_length=4, choices=Rounding, default=Rounding.CENT
    )
    before = models.CharField(
        _("price before"), max_length=5, choices=Before, default=Before.KEEP
    )
    # Which products, in words: their list is in the rows.
    scope = models.CharField(_("products"), max_length=500, blank=True)
    state = models.CharField(
        _("state"), max_length=9, choices=State, default=State.READY
    )
    # What the preview found: `planned`, `same`, `impossible`, `up`, `down`, and the
    # sums of the prices that change, as texts: `sum_old`, `sum_new`.
    preview = models.JSONField(default=dict)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("change of prices")
        verbose_name_plural = _("changes of prices")
        indexes = [
            models.Index(
                fields=["confirmed_at"],
                name="price_change_at_work",
                condition=models.Q(state="confirmed"),
            )
        ]

    def __str__(self) -> str:
        value = f"{self.value.normalize():+f}"
        if self.kind == self.Kind.PERCENT:
            return f"{value} %"
        if self.kind == self.Kind.AMOUNT:
            return f"{value} ₸"
        return self.get_kind_display()

    def get_absolute_url(self) -> str:
        return reverse("admin:catalog_product_price_change", args=[self.pk])

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY

    @property
    def is_at_work(self) -> bool:
        return self.state == self.State.CONFIRMED

    @property
    def is_over(self) -> bool:
        return self.state in {self.State.DONE, self.State.STOPPED}


class PriceChangeRow(models.Model):
    """One product of a change: what was seen, and what became of it."""

    class Outcome(models.TextChoices):
        PLANNED = "planned", pgettext_lazy("price", "will change")
        SAME = "same", pgettext_lazy("price", "stays the same")
        IMPOSSIBLE = "impossible", pgettext_lazy("price", "cannot be")
        DONE = "done", pgettext_lazy("price", "changed")
        # Somebody has changed the price since the preview: theirs stays.
        LEFT = "left", pgettext_lazy("price", "left: changed by somebody else")
        GONE = "gone", pgettext_lazy("price", "left: product deleted")

    id = models.BigAutoField(primary_key=True)
    change = models.ForeignKey(
        PriceChange, on_delete=models.CASCADE, related_name="rows", db_index=False
    )
    place = models.PositiveIntegerField()
    # Not a foreign key: deleting a product should not look for its old prices.
    product_id = models.UUIDField()
    sku = models.CharField(max_length=64)
    old_price = models.DecimalField(max_digits=12, decimal_places=2)
    new_price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    old_before = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    new_before = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    # What the price was when it was left.
    found_price = models.DecimalField(max_digits=12, decimal_places=2, null=True)
    outcome = models.CharField(max_length=10, choices=Outcome)

    class Meta:
        verbose_name = "price change row"
        verbose_name_plural = "price change rows"
        indexes = [
            models.Index(
                fields=["change", "outcome", "place"], name="price_change_row_kind"
            ),
            models.Index(fields=["change", "place"], name="price_change_row_place"),
        ]

    def __str__(self) -> str:
        return f"{self.sku}: {self.old_price} → {self.new_price}"

    @property
    def changes_before(self) -> bool:
        return self.old_before != self.new_before

    def fits(self, product: Any) -> bool:
        """Whether the product is still what the preview showed."""
        if self.changes_before and product.compare_at_price != self.old_before:
            return False
        return product.price == self.old_price
