"""The page "History" of a row in the back office."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import admin
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from shop.history import (
    Asked,
    Event,
    admin_events,
    audit_events,
    name_in_books,
    page_of,
    read_moment,
)


class HistoryMixin(admin.ModelAdmin):
    """One history from all books, in the place of Django's; after a deletion too."""

    # Names of what is told in the history and is no field.
    history_labels: Mapping[str, Any] = {}

    def history_events(self, asked: Asked) -> Iterator[Event]:
        """What stands in the books. Subclasses add those of their app."""
        yield from audit_events(asked, self.history_labels)
        yield from admin_events(asked)

    def history_links(self, request: HttpRequest, obj: Any) -> list[tuple[str, str]]:
        """Where more is to be read: labels and addresses."""
        return []

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        pk = unquote(object_id)
        obj = self.get_object(request, pk)
        if not self.has_view_or_change_permission(request, obj):
            raise PermissionDenied
        before = read_moment(request.GET.get("before"))
        asked = Asked(self.model, pk.replace("\0", ""), before)
        name = str(obj) if obj else name_in_books(asked)
        if not name:
            gone = self._get_obj_does_not_exist_redirect  # type: ignore[attr-defined]
            return gone(request, self.opts, object_id)
        events, older = page_of(self.history_events(asked))
        context = {
            **self.admin_site.each_context(request),
            "title": _("History"),
            "subtitle": name,
            "opts": self.opts,
            "object": obj,
            "object_name": name,
            "module_name": str(capfirst(self.opts.verbose_name_plural)),
            "events": events,
            "older": older and older.isoformat(),
            "is_first": before is None,
            "links": self.history_links(request, obj) if obj else [],
            **(extra_context or {}),
        }
        return TemplateResponse(request, "admin/history.html", context)
