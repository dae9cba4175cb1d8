"""Putting a backup back."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.apps import apps
from django.core.files.storage import default_storage
from django.db import DEFAULT_DB_ALIAS, connection, connections, models
from django.db.migrations.loader import MigrationLoader
from django.utils.translation import gettext as _

from shop.backup import media
from shop.backup.archive import DATABASES, MEDIA, read_parts, verify
from shop.backup.errors import BackupError
from shop.backup.making import database
from shop.backup.postgresql import PostgreSQL
from shop.backup.sqlite import SQLite
from shop.locks import DIRECT


@dataclass
class Restored:
    """What became of a backup: the rows that are there, and the pictures."""

    manifest: dict[str, Any]
    # The former database of SQLite, beside the new one.
    kept: str = ""
    # Pictures of the backup that nobody put back, as they are kept elsewhere.
    media_skipped: bool = False
    missing: list[str] = field(default_factory=list)


@contextmanager
def past_a_pooler() -> Iterator[None]:
    """Meanwhile this thread's every statement goes past a pooler, if there is one.

    Migrations set things for their session, and what they run asks the default
    connection whatever they are given: so it is that one which leads elsewhere.
    """
    if DIRECT not in connections.settings:
        yield
        return
    usual = connections[DEFAULT_DB_ALIAS], connections.settings[DEFAULT_DB_ALIAS]
    connections.settings[DEFAULT_DB_ALIAS] = connections.settings[DIRECT]
    connections[DEFAULT_DB_ALIAS] = connections.create_connection(DEFAULT_DB_ALIAS)
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS].close()
        connections[DEFAULT_DB_ALIAS], connections.settings[DEFAULT_DB_ALIAS] = usual


def restore(path: Path, manifest: dict[str, Any], *, replace: bool = False) -> Restored:
    """The database is that of the backup, and its pictures are there.

    `manifest` is what `check` answered. All of it happens, or the database is what it
    was and no picture has come; raises BackupError. Tables are those of the backup:
    whoever calls this migrates afterwards.
    """
    engine = database()
    if not replace and not engine.is_empty():
        raise BackupError(
            _(
                "The database %(name)s is not empty. --replace puts the backup in its "
                "place."
            )
            % {"name": engine.called}
        )
    engine.refuse(manifest)
    result = Restored(manifest)
    root = media.folder()
    result.media_skipped = root is None and bool(manifest["media"]["files"])
    staging = media.Staging(root) if root and manifest["media"]["files"] else None
    try:
        if staging:
            for name, part, _size in read_parts(path):
                if name.startswith(MEDIA):
                    staging.unpack(name, part)
        try:
            if staging:
                staging.place_new()
            result.kept = _load(engine, path, manifest, replace=replace)
        except BaseException:
            if staging:
                staging.take_back()
            raise
        if staging:
            staging.replace_others()
    finally:
        if staging:
            staging.close()
    engine.after_loading()
    return result


def check(path: Path) -> dict[str, Any]:
    """The manifest of a whole backup that this shop can take; else BackupError."""
    if not path.is_file():
        raise BackupError(_("There is no file %(p)s.") % {"p": path})
    manifest = verify(path)
    if manifest["engine"] != connection.vendor:
        raise BackupError(
            _("The backup is of %(made)s, the shop's database is %(here)s.")
            % {"made": manifest["engine"], "here": connection.vendor}
        )
    newer = _unknown([(app, name) for app, name in manifest["migrations"]])
    if newer:
        raise BackupError(
            _(
                "The backup is of a newer version of the shop: this one does not know "
                "its migration %(name)s."
            )
            % {"name": ".".join(newer[0])}
        )
    return manifest


def missing_files() -> list[str]:
    """Files that rows of the database name, and that are not there."""
    names: set[str] = set()
    for model in apps.get_models():
        for known in model._meta.local_fields:
            if isinstance(known, models.FileField) and known.storage == default_storage:
                rows = model._default_manager.exclude(**{known.name: ""})
                names |= set(rows.values_list(known.name, flat=True).distinct())
    return sorted(name for name in names if name and not default_storage.exists(name))


def _load(
    engine: PostgreSQL | SQLite, path: Path, manifest: dict[str, Any], *, replace: bool
) -> str:
    part: IO[bytes]
    for name, part, _size in read_parts(path):
        if name == DATABASES[engine.name]:
            # A connection of ours would be in the way.
            connections.close_all()
            return engine.load(part, manifest, replace=replace, near=path.parent)
    raise BackupError(_("There is no database in the backup."))


def _unknown(applied: list[tuple[str, str]]) -> list[tuple[str, str]]:
    loader = MigrationLoader(None)
    known = set(loader.disk_migrations)
    for migration in loader.disk_migrations.values():
        known |= set(migration.replaces)
    return [migration for migration in applied if migration not in known]
