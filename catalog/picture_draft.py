"""Uploads that wait for their form to be right."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from shop.ids import new_id


class PictureDraft(models.Model):
    """A picture of a form that was refused: nobody has to choose it again.

    It is on disk, drawn anew, and becomes a product's when the form is saved; else it
    goes after a day.
    """

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    file = models.CharField(_("file"), max_length=255)
    # What it was called where it came from.
    name = models.CharField(_("name"), max_length=255, blank=True)
    width = models.PositiveIntegerField()
    height = models.PositiveIntegerField()
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(_("created"), auto_now_add=True)

    class Meta:
        verbose_name = "picture draft"
        verbose_name_plural = "picture drafts"
        indexes = [models.Index(fields=["file"], name="picture_draft_file")]

    def __str__(self) -> str:
        return self.name or self.file
