"""A delivery that was received: what came in together, by one person, at once."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.fields import NumberField
from shop.ids import new_id


class GoodsReceipt(models.Model):
    """One delivery. What came are the ledger's rows that name it.

    The key comes with the page on which the list is made, so that a list that is sent
    twice is received once.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    number = NumberField(_("number"))
    supplier = models.CharField(_("supplier"), max_length=120, blank=True)
    document = models.CharField(_("document"), max_length=120, blank=True)
    # Products, and pieces of all of them.
    lines = models.PositiveIntegerField(_("products"), default=0)
    pieces = models.PositiveBigIntegerField(_("pieces"), default=0)
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
        ordering = ["-number"]
        verbose_name = _("goods receipt")
        verbose_name_plural = _("goods receipts")

    def __str__(self) -> str:
        return _("Goods receipt %(number)s") % {"number": self.number}

    @property
    def note(self) -> str:
        """What the ledger says beside each of its rows."""
        return " · ".join(filter(None, (self.supplier, self.document)))
