"""Reading the books of the history."""

from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db import connection
from django.test.utils import CaptureQueriesContext

ACTIONS = {0: "create", 1: "update", 2: "delete"}


def entries(instance: Any) -> list[tuple[str, str | None, dict[str, Any]]]:
    """What was written about a row: the action, whose, what; the oldest first."""
    kind = ContentType.objects.get_for_model(type(instance))
    found = LogEntry.objects.filter(content_type=kind, object_pk=str(instance.pk))
    return [
        (ACTIONS[entry.action], entry.actor and entry.actor.email, entry.changes)
        for entry in found.select_related("actor").order_by("pk")
    ]


def newest(instance: Any) -> tuple[str, str | None, dict[str, Any]]:
    return entries(instance)[-1]


class Statements(CaptureQueriesContext):
    """Those that touch the history, and how many there are of all."""

    def __init__(self) -> None:
        super().__init__(connection)

    @property
    def of_the_history(self) -> list[str]:
        return [
            query["sql"]
            for query in self.captured_queries
            if "auditlog" in query["sql"]
        ]
