"""Who changed what, and when (docs/adr/0022).

django-auditlog keeps the table, and writes of itself whatever is saved of the models in
AUDITLOG_INCLUDE_TRACKING_MODELS. Services that change one thing in several steps make
one entry of them, and those that go past `save()` write theirs themselves: both here.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from copy import copy
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from auditlog.context import disable_auditlog
from auditlog.diff import model_instance_diff
from auditlog.models import LogEntry
from django.conf import settings
from django.contrib.admin.models import LogEntry as AdminEntry
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Q
from django.db.models.signals import pre_save
from django.dispatch import receiver
from django.http import HttpRequest
from django.utils import timezone

from shop.bulk import insert_rows

Action = LogEntry.Action
# What a field was and what it became, as JSON holds it, by the field's name. A key of a
# JSON field stands behind the field's name and a dot: `attributes.brand`.
Changes = Mapping[str, Iterable[Any]]
# Stands for what nobody may read.
HIDDEN = "•••"
# Stands for the name of somebody who has been forgotten.
FORGOTTEN = "—"
# Entries that are deleted in one statement.
BATCH = 5000

_request: ContextVar[HttpRequest | None] = ContextVar("request", default=None)
_actor: ContextVar[Any] = ContextVar("actor", default=None)


# --- Who ------------------------------------------------------------------------------


@contextmanager
def answering(request: HttpRequest) -> Iterator[None]:
    """Whatever is changed inside is changed by whoever asks.

    They are looked for when something is written, and not before: by then the API has
    found out whose token it was given, and a page that writes nothing asks nothing.
    """
    token = _request.set(request)
    try:
        yield
    finally:
        _request.reset(token)


@contextmanager
def acting(user: Any) -> Iterator[None]:
    """Whatever is changed inside is changed by this user; for what has no request."""
    token = _actor.set(user)
    try:
        yield
    finally:
        _actor.reset(token)


def current_actor() -> Any:
    """Who is changing things; None: the shop itself, or somebody at a terminal."""
    if actor := _actor.get():
        return actor
    user = getattr(_request.get(), "user", None)
    return user if user is not None and user.is_authenticated else None


@receiver(pre_save, sender=LogEntry)
def sign(sender: type[LogEntry], instance: LogEntry, **kwargs: Any) -> None:
    """An entry that names nobody yet names whoever is at work."""
    if instance.actor_id is None:
        instance.actor = current_actor()
    if instance.actor and instance.actor_email is None:
        instance.actor_email = instance.actor.email


# --- One thing ------------------------------------------------------------------------


def record(
    instance: models.Model,
    changes: Changes,
    *,
    action: int = Action.UPDATE,
    actor: Any = None,
) -> None:
    """The changes of a row are in its history; no changes, no entry. One statement."""
    if changes:
        LogEntry.objects.log_create(
            instance,
            action=action,
            changes={name: list(pair) for name, pair in changes.items()},
            object_repr=name_of(instance),
            actor=actor or current_actor(),
        )


@contextmanager
def one_entry(
    instance: models.Model, *, actor: Any = None
) -> Iterator[dict[str, Iterable[Any]]]:
    """What becomes of the row inside is one entry, and not one for each `save()`.

    Fields are compared by themselves; what is no field (pictures, categories) is put
    into the dictionary. One statement more than without it.
    """
    is_new = instance._state.adding
    before = None if is_new else copy(instance)
    more: dict[str, Iterable[Any]] = {}
    with disable_auditlog():
        yield more
    changes = {**difference(before, instance), **more}
    action = Action.CREATE if is_new else Action.UPDATE
    record(instance, changes, action=action, actor=actor)


def record_deletion(instance: models.Model, *, actor: Any = None) -> None:
    """The row's history says who deletes it, and what it was."""
    changes = difference(instance, None)
    record(instance, changes, action=Action.DELETE, actor=actor)


def difference(
    before: models.Model | None, after: models.Model | None
) -> dict[str, list[Any]]:
    """The tracked fields in which two states of a row differ; None: it is not there.

    Empty is empty, whichever way it is written.
    """
    found = model_instance_diff(before, after, use_json_for_changes=True) or {}
    changes: dict[str, list[Any]] = {}
    for name, (old, new) in sorted(found.items()):
        if isinstance(old, dict) or isinstance(new, dict):
            changes |= by_key(name, old, new)
        else:
            changes[name] = [old, new]
    empty: tuple[Any, ...] = (None, "", [])
    return {
        name: pair
        for name, pair in changes.items()
        if not all(value in empty for value in pair)
    }


def by_key(name: str, old: Any, new: Any) -> dict[str, list[Any]]:
    """The keys in which two JSON objects differ."""
    old, new = old or {}, new or {}
    return {
        f"{name}.{key}": [old.get(key), new.get(key)]
        for key in sorted({*old, *new})
        if old.get(key) != new.get(key)
    }


def name_of(instance: models.Model) -> str:
    """What the history calls a row, after it is gone too."""
    return str(getattr(instance, "audit_name", "") or instance)


# --- Many -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Entry:
    """The changes of one row among many."""

    instance: models.Model
    changes: Changes
    action: int = Action.UPDATE


def record_many(
    model: type[models.Model], entries: Iterable[Entry], *, actor: Any = None
) -> None:
    """The same for rows of a model that were written in bulk. Queries: constant."""
    actor = actor or current_actor()
    kind = ContentType.objects.get_for_model(model).pk
    signed = (kind, actor and actor.pk, actor and actor.email)
    rows = [
        (
            *signed,
            str(entry.instance.pk),
            entry.instance.pk if isinstance(entry.instance.pk, int) else None,
            name_of(entry.instance),
            entry.action,
            {name: list(pair) for name, pair in entry.changes.items()},
        )
        for entry in entries
        if entry.changes
    ]
    if rows:
        names = (
            "content_type", "actor", "actor_email", "object_pk", "object_id",
            "object_repr", "action", "changes",
        )  # fmt: skip
        insert_rows(LogEntry, names, rows)


# --- Whose ----------------------------------------------------------------------------


def forget_row(
    instance: models.Model, fields: Iterable[str], *, by: Any = None
) -> None:
    """The history of a row holds neither its name nor these fields' values any more.

    That something became of it, when and by whom stays, and its end is the last entry.
    """
    kind = ContentType.objects.get_for_model(instance)
    key = str(instance.pk)
    hidden = {*fields}
    rows = LogEntry.objects.filter(content_type=kind, object_pk=key)
    for entry in rows.iterator():
        changes = {k: v for k, v in (entry.changes or {}).items() if k not in hidden}
        rows.filter(pk=entry.pk).update(changes=changes, object_repr=FORGOTTEN)
    last = LogEntry(
        content_type=kind, object_pk=key, object_repr=FORGOTTEN, changes={},
        action=Action.DELETE, actor=by, actor_email=by and by.email,
    )  # fmt: skip
    # Past `save()`, which would sign it with whoever is just going away.
    LogEntry.objects.bulk_create([last])
    forget_row_names(type(instance), [key])


def forget_address(email: str, owner: Any = None) -> None:
    """No entry names this e-mail address; what its owner has done stays done.

    Nor does one of the `owner`'s name an address that was theirs once.
    """
    theirs = Q(actor_email__iexact=email)
    if owner:
        theirs |= Q(actor=owner)
    LogEntry.objects.filter(theirs).update(actor_email=None)
    # Letters and the like are called after whom they are for.
    named = AdminEntry.objects.filter(object_repr__icontains=email)
    named.update(object_repr=FORGOTTEN, change_message="")


def forget_row_names(model: type[models.Model], keys: Iterable[Any]) -> None:
    """Django's back office has noted what became of these rows, not their names."""
    _noted(model, keys).update(object_repr=FORGOTTEN, change_message="")


def forget_messages(model: type[models.Model], keys: Iterable[Any]) -> None:
    """What Django's back office has noted of these rows says only that it was so.

    Its notes quote the rows that stand below another, staff notes for example.
    """
    _noted(model, keys).update(change_message="")


def _noted(model: type[models.Model], keys: Iterable[Any]) -> Any:
    kind = ContentType.objects.get_for_model(model)
    names = [str(key) for key in keys]
    return AdminEntry.objects.filter(content_type=kind, object_id__in=names)


# --- How long -------------------------------------------------------------------------


def forget_old() -> int:
    """Entries older than AUDIT_KEEP_DAYS are gone; how many. 0 keeps all of them."""
    if not settings.AUDIT_KEEP_DAYS:
        return 0
    limit = timezone.now() - timedelta(days=settings.AUDIT_KEEP_DAYS)
    old = LogEntry.objects.filter(timestamp__lt=limit).order_by("timestamp")
    forgotten = 0
    # In parts: nobody waits long for a lock, and what is done stays done.
    while ids := list(old.values_list("pk", flat=True)[:BATCH]):
        forgotten += LogEntry.objects.filter(pk__in=ids).delete()[0]
    return forgotten
