"""The history of a row as people read it: what became of it, by whom, the newest first.

It comes from several books: the entries of `shop.audit`, those of Django's own back
office, and what an app keeps besides (the stock ledger, the steps of an order).
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from auditlog.models import LogEntry
from django.contrib.admin.models import LogEntry as AdminEntry
from django.contrib.contenttypes.models import ContentType
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.utils.dateparse import parse_datetime
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from shop.audit import Action
from shop.differences import side_by_side
from shop.money import format_price

# Events on a page.
PAGE = 50
# What Django notes of a change it notes right after it.
SOON = timedelta(seconds=2)
EMPTY = "—"


@dataclass(frozen=True)
class Line:
    """One thing that changed; of what came there is no `old`, of what went no `new`."""

    label: str
    old: str = ""
    new: str = ""


@dataclass(frozen=True)
class Event:
    """Something that became of a row."""

    time: datetime
    who: str
    title: str
    lines: list[Line] = field(default_factory=list)
    note: str = ""
    # Django's own words, which say less than the books of the shop.
    is_summary: bool = False


@dataclass(frozen=True)
class Asked:
    """Whose history is asked for, and which part of it."""

    model: type[models.Model]
    pk: str
    # Only what is older.
    before: datetime | None = None

    def newest(self, rows: "models.QuerySet[Any]", time: str) -> "models.QuerySet[Any]":
        """The rows of one book that may stand on the page, and one more."""
        if self.before:
            rows = rows.filter(**{f"{time}__lt": self.before})
        return rows.order_by(f"-{time}", "-pk")[: PAGE + 1]


def read_moment(text: str | None) -> datetime | None:
    """The moment that an address names; None for what is none."""
    try:
        moment = parse_datetime(text or "")
        # In the first and the last hours of all years some zones are beyond them.
        return moment.astimezone(UTC) if moment and moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


def page_of(events: Iterable[Event]) -> tuple[list[Event], datetime | None]:
    """The newest events, and since when there are older ones, if there are."""
    ordered = sorted(events, key=lambda event: event.time, reverse=True)
    shown = ordered[:PAGE]
    more = shown[-1].time if len(ordered) > PAGE else None
    return [event for event in shown if not _is_told(event, shown)], more


def _is_told(event: Event, events: list[Event]) -> bool:
    """Whether a summary stands beside what it sums up."""
    return event.is_summary and any(
        other.who == event.who
        and not other.is_summary
        and abs(other.time - event.time) <= SOON
        for other in events
    )


def name_in_books(asked: Asked) -> str:
    """What a row was called when it was last written about; for one that is gone."""
    entries = _entries_of(asked).order_by("-timestamp")
    return entries.values_list("object_repr", flat=True).first() or ""


def audit_events(asked: Asked, labels: Mapping[str, Any]) -> list[Event]:
    """What `shop.audit` has written down. Queries: one, and one for each relation."""
    entries = list(
        asked.newest(_entries_of(asked).select_related("actor"), "timestamp")
    )
    reader = ChangeReader(asked.model, labels, entries)
    return [
        Event(entry.timestamp, who_of(entry), title_of(entry), reader.lines(entry))
        for entry in entries
    ]


def admin_events(asked: Asked) -> list[Event]:
    """What Django's back office has noted of itself."""
    kind = ContentType.objects.get_for_model(asked.model)
    entries = AdminEntry.objects.filter(content_type=kind, object_id=asked.pk)
    return [
        Event(
            entry.action_time,
            str(entry.user),
            entry.get_change_message() or str(entry.get_action_flag_display()),
            is_summary=True,
        )
        for entry in asked.newest(entries.select_related("user"), "action_time")
    ]


def _entries_of(asked: Asked) -> "models.QuerySet[Any]":
    kind = ContentType.objects.get_for_model(asked.model)
    return LogEntry.objects.filter(content_type=kind, object_pk=asked.pk)


def who_of(entry: Any) -> str:
    """Who did it, after the account is gone too."""
    return str(entry.actor or entry.actor_email or EMPTY)


def titles() -> dict[int, str]:
    return {
        Action.CREATE: _("Added"),
        Action.UPDATE: _("Changed"),
        Action.DELETE: _("Deleted"),
    }


def title_of(entry: Any) -> str:
    return titles().get(entry.action, EMPTY)


class ChangeReader:
    """Reads the changes of a model's entries: fields by their names, rows by theirs."""

    def __init__(
        self, model: type[models.Model], labels: Mapping[str, Any], entries: list[Any]
    ) -> None:
        self.model = model
        self.labels = labels
        self.names = self._related_names(entries)

    def lines(self, entry: Any) -> list[Line]:
        """By their labels: PostgreSQL keeps JSON in an order of its own."""
        return sorted(self._lines(entry), key=lambda line: line.label.casefold())

    def _lines(self, entry: Any) -> Iterable[Line]:
        for name, change in (entry.changes or {}).items():
            label = self._label(name)
            if isinstance(change, dict):
                # A relation to many: what was put in, or taken out.
                text = ", ".join(map(str, change["objects"]))
                came = change["operation"] == "add"
                yield Line(label, new=text) if came else Line(label, old=text)
                continue
            field = self._field(name)
            old, new = (self._shown(field, value) for value in change)
            if old == new == EMPTY:
                continue
            if entry.action == Action.CREATE:
                old = ""
            elif entry.action == Action.DELETE:
                new = ""
            yield Line(label, *side_by_side(old, new))

    def _label(self, name: str) -> str:
        root, _dot, key = name.partition(".")
        label = self.labels.get(root) or getattr(self._field(root), "verbose_name", "")
        label = capfirst(str(label or root))
        return f"{label}: {key}" if key else label

    def _field(self, name: str) -> Any:
        try:
            return self.model._meta.get_field(name)
        except FieldDoesNotExist:
            return None

    def _shown(self, field: Any, value: Any) -> str:
        if value is None or value in ("", []):
            return EMPTY
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, list):
            return ", ".join(self._shown(None, part) for part in value)
        if isinstance(value, dict):
            pairs = (f"{key}: {self._shown(None, part)}" for key, part in value.items())
            return ", ".join(pairs)
        if getattr(field, "choices", None):
            return str(dict(field.flatchoices).get(value, value))
        if isinstance(field, models.ForeignKey):
            return self.names.get((field.name, str(value)), str(value))
        if isinstance(field, models.DecimalField):
            return format_price(Decimal(str(value)))
        return str(value)

    def _related_names(self, entries: list[Any]) -> dict[tuple[str, str], str]:
        """What the rows are called that foreign keys name, as far as they exist."""
        wanted: dict[Any, set[str]] = {}
        for entry in entries:
            for name, change in (entry.changes or {}).items():
                field = self._field(name)
                if isinstance(field, models.ForeignKey) and isinstance(change, list):
                    wanted.setdefault(field, set()).update(filter(None, change))
        names: dict[tuple[str, str], str] = {}
        for field, keys in wanted.items():
            try:
                rows = field.related_model._base_manager.in_bulk(keys)
            except (ValidationError, ValueError):
                continue
            names |= {(field.name, str(pk)): str(row) for pk, row in rows.items()}
        return names
