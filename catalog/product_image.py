"""The pictures of products."""

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from catalog.thumbnails import RECIPE
from catalog.uploads import picture_path
from shop.ids import new_id


class ProductImageQuerySet(models.QuerySet["ProductImage"]):
    def tried_before(self, moment: datetime) -> "ProductImageQuerySet":
        """Whose thumbnails nobody has begun to make since then."""
        return self.exclude(thumbnails_tried_at__gte=moment)

    def without_thumbnails(self) -> "ProductImageQuerySet":
        """Uploads that pages show as they are, because nothing smaller is there."""
        return self.exclude(file="").exclude(thumbnails=RECIPE)


class ProductImage(models.Model):
    """A picture of a product: an address elsewhere or an uploaded file."""

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    product = models.ForeignKey(
        "catalog.Product",
        on_delete=models.CASCADE,
        related_name="images",
        verbose_name=_("product"),
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    url = models.URLField(_("address"), max_length=2000, blank=True)
    file = models.ImageField(
        _("file"), upload_to=picture_path, max_length=255, blank=True
    )
    # For whoever cannot see it; without one the product's name stands for it.
    alt = models.CharField(_("alternative text"), max_length=255, blank=True)
    # px, of an upload.
    width = models.PositiveIntegerField(null=True, editable=False)
    height = models.PositiveIntegerField(null=True, editable=False)
    # The recipe by which its thumbnails were made; 0: none are there yet.
    thumbnails = models.PositiveSmallIntegerField(default=0, editable=False)
    thumbnail_tries = models.PositiveSmallIntegerField(default=0, editable=False)
    thumbnails_tried_at = models.DateTimeField(null=True, editable=False)

    objects = ProductImageQuerySet.as_manager()

    class Meta:
        ordering = ["position", "id"]
        verbose_name = _("picture")
        verbose_name_plural = _("pictures")
        constraints = [
            models.CheckConstraint(
                condition=Q(url="") ^ Q(file=""), name="product_image_url_or_file"
            )
        ]
        # Which rows name a file: asked whenever one is to go or gets its thumbnails.
        indexes = [models.Index(fields=["file"], name="product_image_file")]

    def __str__(self) -> str:
        return self.address

    @property
    def address(self) -> str:
        return self.file.url if self.file else self.url

    @property
    def size(self) -> tuple[int, int] | None:
        """Width and height, px, as far as known."""
        return (self.width, self.height) if self.width and self.height else None

    @property
    def has_thumbnails(self) -> bool:
        return self.thumbnails == RECIPE and self.size is not None

    def twin(self, **fields: Any) -> "ProductImage":
        """A new row, not saved, that shows the same, with all that is known of it."""
        known = {
            field.attname: getattr(self, field.attname)
            for field in self._meta.concrete_fields
            if field.attname not in ("id", "product_id", "position", "file")
        }
        return ProductImage(**{**known, "file": self.file.name, **fields})
