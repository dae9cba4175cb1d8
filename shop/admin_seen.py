"""Back office pages on which two people may meet (`shop.seen`)."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _


class SeenAdmin(admin.ModelAdmin):
    """Tells of what others have changed while a page was open (`shop.seen`).

    The model's form has SeenMixin, and its page shows `admin/conflicts.html`.
    """

    def save_related(
        self, request: HttpRequest, form: Any, formsets: Any, change: bool
    ) -> None:
        super().save_related(request, form, formsets, change)
        self.tell_merged(request, form)

    def tell_merged(self, request: HttpRequest, form: Any) -> None:
        if form.merged:
            text = _("Somebody else has changed meanwhile, which is kept: %(fields)s.")
            fields = ", ".join(form.merged)
            self.message_user(request, text % {"fields": fields}, messages.WARNING)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        found = kwargs.get("obj")
        if found is not None and getattr(context["adminform"].form, "conflicts", None):
            context["changed_by"] = last_change(found)
        return super().render_change_form(request, context, *args, **kwargs)


def last_change(instance: models.Model) -> LogEntry | None:
    """Who has saved the page of this thing last, and when."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(instance),
        object_id=str(instance.pk),
    )
    return entries.select_related("user").order_by("-action_time").first()
