"""A file that the back office imports, from the upload to its report."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import models
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from shop.ids import new_id


class ImportRun(models.Model):
    """One file: looked at, confirmed by a person, and imported once or not at all."""

    class State(models.TextChoices):
        NEW = "new", _("being checked")
        READY = "ready", _("waits for confirmation")
        CONFIRMED = "confirmed", _("being imported")
        DONE = "done", _("imported")
        # Nothing was changed.
        REFUSED = "refused", _("not imported")

    id = models.UUIDField(primary_key=True, default=new_id, editable=False)
    file_name = models.CharField(_("file"), max_length=255)
    size = models.PositiveBigIntegerField(_("bytes"))
    # Of the bytes that were looked at: only they are imported.
    sha256 = models.CharField(max_length=64, editable=False)
    state = models.CharField(
        _("state"), max_length=10, choices=State, default=State.NEW
    )
    skip_errors = models.BooleanField(_("leave bad rows out"), default=False)
    # `created`, `updated`, `unchanged`, `failed`: what would happen, and what did.
    preview = models.JSONField(_("preview"), default=dict)
    result = models.JSONField(_("result"), default=dict)
    error = models.TextField(_("error"), blank=True, default="")
    # Whoever uploaded it, and from the confirmation on whoever confirmed.
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("by"),
    )
    # Theirs: reports are written where nobody asks for a page.
    language = models.CharField(max_length=8, default="en", editable=False)
    attempts = models.PositiveSmallIntegerField(default=0, editable=False)
    # Somebody was checking it then; after a minute without news, nobody is.
    checked_at = models.DateTimeField(null=True, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    finished_at = models.DateTimeField(_("finished"), null=True)

    class Meta:
        ordering = ["-created_at"]
        verbose_name = _("import of products")
        verbose_name_plural = _("imports of products")
        indexes = [
            models.Index(
                fields=["created_at"],
                name="import_run_at_work",
                condition=models.Q(state__in=["new", "confirmed"]),
            )
        ]

    def __str__(self) -> str:
        return self.file_name

    def get_absolute_url(self) -> str:
        return reverse("admin:catalog_product_import_run", args=[self.pk])

    @property
    def file(self) -> Path:
        return Path(settings.IMPORT_DIR) / f"{self.pk}.upload"

    @property
    def report(self) -> Path:
        """The preview's rows, and after the import those of the import."""
        return Path(settings.IMPORT_DIR) / f"{self.pk}.rows"

    @property
    def is_at_work(self) -> bool:
        return self.state in {self.State.NEW, self.State.CONFIRMED}

    @property
    def is_ready(self) -> bool:
        return self.state == self.State.READY

    @property
    def counts(self) -> dict[str, Any]:
        return self.result or self.preview

    @property
    def is_as_previewed(self) -> bool:
        """The import did what its preview said; bad rows may have been left out."""
        return self.result == self.preview
