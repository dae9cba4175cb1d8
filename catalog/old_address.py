"""Addresses under which something was known before."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class OldAddress(models.Model):
    """A slug that a product or a category had, and whose it was.

    What is still there is led to; what was deleted is told to be gone. No foreign key:
    the row outlives its owner. A slug that somebody new has taken is theirs.
    """

    class Kind(models.TextChoices):
        PRODUCT = "product", _("product")
        CATEGORY = "category", _("category")

    kind = models.CharField(max_length=8, choices=Kind)
    slug = models.CharField(max_length=120)
    owner_id = models.UUIDField()
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        verbose_name = "old address"
        verbose_name_plural = "old addresses"
        constraints = [
            models.UniqueConstraint(fields=["kind", "slug"], name="old_address_once")
        ]
        # Asked of an id that no product has.
        indexes = [models.Index(fields=["owner_id"], name="old_address_owner")]

    def __str__(self) -> str:
        return f"{self.kind} {self.slug}"
