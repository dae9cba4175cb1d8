"""Making backups, and keeping so many of them."""

import fcntl
import hashlib
import os
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections
from django.utils.translation import gettext as _

from shop.backup import media
from shop.backup.archive import DATABASES, Writer, is_archive
from shop.backup.errors import BackupError
from shop.backup.postgresql import PostgreSQL
from shop.backup.sqlite import SQLite, sync_folder
from shop.locks import DIRECT

OWN = re.compile(r"duken-(\d{8}-\d{6})(?:-(\d+))?\.tar")
PARTIAL = ".duken-partial-"
LOCK = ".duken-backup.lock"


@dataclass(frozen=True)
class Made:
    """A backup, the older ones that went for it, and links that are not in it."""

    path: Path
    manifest: dict[str, Any]
    removed: list[Path]
    links: list[str]


def database() -> PostgreSQL | SQLite:
    """The shop's database, as backups see it."""
    if connection.vendor != "postgresql":
        return SQLite(connection)
    # Past a pooler, where there is one: pg_dump sets things for its session.
    return PostgreSQL(
        connections[DIRECT if DIRECT in connections.settings else DEFAULT_DB_ALIAS]
    )


def make_backup(to: Path, *, keep: int = 0, with_media: bool = True) -> Made:
    """The shop of now is a file in `to`, on the disk for good; else BackupError.

    The database is that of one moment. Pictures are read after it: whatever its rows
    name is there by then. Only a picture that is deleted in between is missing.
    With `keep`, so many backups are left in `to`, the newest; 0 leaves all.
    """
    root = media.folder()
    if root and to.resolve().is_relative_to(root.resolve()):
        raise BackupError(
            _("%(p)s is served to everybody: choose another folder.") % {"p": to}
        )
    to.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _alone_in(to), tempfile.TemporaryDirectory(prefix=PARTIAL, dir=to) as partial:
        whole = Path(partial) / "backup.tar"
        manifest, links = _write(whole, root if with_media else None)
        if not with_media:
            manifest["media"]["left_out"] = "asked"
        path = _free_name(to)
        whole.rename(path)
        sync_folder(to)
        return Made(path, manifest, _thin_out(to, keep) if keep else [], links)


def backups_in(folder: Path) -> list[Path]:
    """The shop's own complete backups, the newest first."""

    def age(path: Path) -> tuple[str, int]:
        named = OWN.fullmatch(path.name)
        return (named[1], int(named[2] or 0)) if named else ("", 0)

    own = [path for path in folder.iterdir() if OWN.fullmatch(path.name)]
    complete = [path for path in own if path.is_file() and is_archive(path)]
    return sorted(complete, key=age, reverse=True)


def _write(path: Path, root: Path | None) -> tuple[dict[str, Any], list[str]]:
    """The manifest of what is in the file, and the links that are not."""
    engine = database()
    part = path.with_name(DATABASES[engine.name])
    created = datetime.now(UTC)
    manifest: dict[str, Any] = {
        "shop": settings.SHOP_NAME,
        "release": release(),
        "created_at": created.isoformat(timespec="seconds"),
        "engine": engine.name,
        **engine.dump(part),
    }
    with open(path, "xb", opener=_private) as file:
        archive = Writer(file)
        try:
            size = part.stat().st_size
            with part.open("rb") as dump:
                digest = archive.add(part.name, dump, size)
            manifest["database"] = {
                "name": part.name,
                "size": size,
                "sha256": digest,
                "unpacked": manifest.pop("unpacked"),
            }
            part.unlink()
            added = media.add_all(root, archive) if root else media.Added()
            manifest["media"] = {
                "files": added.files,
                "bytes": added.size,
                "left_out": "" if root else "elsewhere",
            }
            archive.finish(manifest)
        finally:
            archive.close()
        file.flush()
        os.fsync(file.fileno())
    return manifest, added.links


def _private(path: str, flags: int) -> int:
    # Customers' names and addresses are in it.
    return os.open(path, flags, 0o600)


def release() -> str:
    """The newest heading of the changelog, with a digest of it while unreleased.

    The image has no changelog: there it is RELEASE, which its build sets.
    """
    changelog = settings.BASE_DIR / "CHANGELOG.md"
    if not changelog.exists():
        return str(settings.RELEASE)
    text = changelog.read_text(encoding="utf-8")
    heading = re.search(r"^## (.+)$", text, re.MULTILINE)
    name = heading[1] if heading else ""
    if name != "Unreleased":
        return name
    return f"Unreleased {hashlib.sha256(text.encode()).hexdigest()[:12]}"


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """One backup at a time in a folder; what a killed one left there is gone."""
    lock = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise BackupError(
                _("Another backup is being written to %(p)s.") % {"p": folder}
            ) from error
        for left in folder.glob(f"{PARTIAL}*"):
            media.remove_folder(left)
        yield
    finally:
        os.close(lock)


def _free_name(folder: Path) -> Path:
    now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
    path, number = folder / f"duken-{now}.tar", 1
    while path.exists():
        number += 1
        path = folder / f"duken-{now}-{number}.tar"
    return path


def _thin_out(folder: Path, keep: int) -> list[Path]:
    removed = backups_in(folder)[keep:]
    for path in removed:
        path.unlink()
    return removed
