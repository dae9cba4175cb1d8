"""Narrowing lists of events by what there is, without reading all of them to know."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from events.subscribers import all_subscribers

# Rows among which the kinds of events are looked for.
NEWEST = 500


class NamesFilter(admin.SimpleListFilter):
    """A column's values: those that are known, and whichever is asked for."""

    parameter_name = ""

    def names(self, model_admin: Any) -> set[str]:
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        names = self.names(model_admin)
        if asked := self.used_parameters.get(str(self.parameter_name)):
            names.add(str(asked))
        return [(name, name) for name in sorted(names)]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        value = self.value()
        wanted = {str(self.parameter_name): value}
        return queryset.filter(**wanted) if value else queryset


class EventTypeFilter(NamesFilter):
    """Events that somebody listens to, and those that have happened of late."""

    title = _("event")
    parameter_name = "event_type"

    def names(self, model_admin: Any) -> set[str]:
        rows = model_admin.model.objects.order_by("-pk")
        newest = rows.values_list("event_type", flat=True)[:NEWEST]
        listened = {event for one in all_subscribers() for event in one.events}
        return listened | set(newest)


class SubscriberFilter(NamesFilter):
    title = _("subscriber")
    parameter_name = "subscriber"

    def names(self, model_admin: Any) -> set[str]:
        return {one.name for one in all_subscribers()}
