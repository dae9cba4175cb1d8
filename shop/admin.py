"""The whole history of the shop, for administrators: searched, never edited."""

from typing import Any
from uuid import UUID

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from shop.admin_history import HistoryMixin
from shop.admin_lists import BoundedListAdmin
from shop.audit import Action
from shop.history import ChangeReader, Line, title_of, titles, who_of

admin.site.unregister(LogEntry)
# Fields that a row of the list names.
SHOWN = 4


class ActionFilter(admin.SimpleListFilter):
    """The library has one action more, and names them all in English."""

    title = _("action")
    parameter_name = "action"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(str(action), title) for action, title in titles().items()]

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        chosen = [action for action in titles() if str(action) == self.value()]
        return queryset.filter(action__in=chosen) if chosen else queryset


class KindFilter(admin.SimpleListFilter):
    """By what was changed; the library's own reads the whole table to offer less."""

    title = _("what")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        kinds = ContentType.objects.get_for_models(*audited_models())
        names = [
            (str(kind.pk), str(capfirst(model._meta.verbose_name)))
            for model, kind in kinds.items()
        ]
        return sorted(names, key=lambda pair: pair[1])

    def queryset(self, request: HttpRequest, queryset: Any) -> QuerySet[Any]:
        value = self.value() or ""
        if not value.isdecimal():
            return queryset
        return queryset.filter(content_type_id=int(value[:9]))


def audited_models() -> list[Any]:
    """Models that write their own entries too: those whose pages have the history."""
    pages = admin.site._registry.items()
    with_history = [model for model, page in pages if isinstance(page, HistoryMixin)]
    return list({*auditlog.get_models(), *with_history})


@admin.register(LogEntry)
class HistoryAdmin(BoundedListAdmin):
    list_display = ["time", "who", "what", "row", "fields_shown"]
    list_display_links = ["time"]
    sortable_by = ["time"]
    list_filter = [ActionFilter, KindFilter, "timestamp"]
    list_select_related = ["content_type", "actor"]
    # The field is there because of these; `get_search_results` does the finding.
    search_fields = ["object_repr"]
    search_help_text = _("Name, SKU or number of what was changed; e-mail of who did")
    fields = ["time", "who", "what", "row", "changes_shown"]
    readonly_fields = fields

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        for word in search_term.replace("\0", "").split()[:10]:
            queryset = queryset.filter(_matches(word))
        return queryset, False

    @admin.display(description=_("time"), ordering="timestamp")
    def time(self, entry: Any) -> str:
        local = timezone.localtime(entry.timestamp)
        return date_format(local, "SHORT_DATETIME_FORMAT")

    @admin.display(description=_("by"))
    def who(self, entry: Any) -> str:
        return who_of(entry)

    @admin.display(description=_("action"))
    def what(self, entry: Any) -> str:
        return title_of(entry)

    @admin.display(description=_("what"))
    def row(self, entry: Any) -> str:
        """What was changed, which leads to its own history."""
        kind = entry.content_type
        model = kind.model_class()
        name = capfirst(model._meta.verbose_name) if model else kind.model
        page = f"admin:{kind.app_label}_{kind.model}_history"
        try:
            address = reverse(page, args=[entry.object_pk])
        except NoReverseMatch:
            return f"{name}: {entry.object_repr}"
        return format_html('{}: <a href="{}">{}</a>', name, address, entry.object_repr)

    @admin.display(description=_("changed"))
    def fields_shown(self, entry: Any) -> str:
        if entry.action != Action.UPDATE:
            return ""
        labels = [line.label for line in self._lines(entry)]
        more = "…" if len(labels) > SHOWN else ""
        return ", ".join(labels[:SHOWN]) + more

    @admin.display(description=_("changes"))
    def changes_shown(self, entry: Any) -> str:
        context = {"lines": self._lines(entry, names_rows=True)}
        return render_to_string("admin/history_lines.html", context) or "—"

    def _lines(self, entry: Any, *, names_rows: bool = False) -> list[Line]:
        """With the names of rows that it names, for which it asks once more."""
        model = entry.content_type.model_class()
        if model is None:
            return []
        page = admin.site._registry.get(model)
        labels = getattr(page, "history_labels", {})
        named = [entry] if names_rows else []
        return ChangeReader(model, labels, named).lines(entry)


def _matches(word: str) -> Q:
    found = Q(object_repr__icontains=word) | Q(actor_email__icontains=word)
    try:
        return found | Q(object_pk=str(UUID(word)))
    except ValueError:
        return found
