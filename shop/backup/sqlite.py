"""A backup of SQLite: a copy by its own online interface, put back by a rename."""

import gzip
import os
import shutil
import sqlite3
import stat
import zlib
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext as _

from shop.backup.archive import CHUNK
from shop.backup.errors import BackupError, in_use

# Seconds that somebody else may be at the file.
PATIENCE = 5


class SQLite:
    """The database file behind a connection of Django."""

    name = "sqlite"

    def __init__(self, connection: BaseDatabaseWrapper) -> None:
        self._connection = connection
        self.path = Path(str(connection.settings_dict["NAME"]))
        self.called = self.path.name

    def dump(self, target: Path) -> dict[str, Any]:
        """The database of one moment, packed into `target`; what there is in it.

        Whoever writes meanwhile is not held up: in WAL mode a reader has its own view.
        """
        if not self.path.exists():
            raise BackupError(_("There is no database at %(p)s.") % {"p": self.path})
        copy = target.with_suffix(".copy")
        with (
            closing(sqlite3.connect(self.path, timeout=PATIENCE)) as source,
            closing(sqlite3.connect(copy)) as taken,
        ):
            source.backup(taken)
            # One file, with no journal beside it.
            taken.execute("PRAGMA journal_mode=DELETE")
            _check(taken)
            tables, migrations = _tables(taken), _migrations(taken)
        with copy.open("rb") as plain, gzip.open(target, "wb", 6) as packed:
            shutil.copyfileobj(plain, packed, CHUNK)
        size = copy.stat().st_size
        copy.unlink()
        return {
            "tables": tables,
            "migrations": migrations,
            "server": sqlite3.sqlite_version,
            "unpacked": size,
        }

    def is_empty(self) -> bool:
        if not self.path.exists() or not self.path.stat().st_size:
            return True
        try:
            with closing(sqlite3.connect(self.path)) as database:
                return not _tables(database)
        except sqlite3.DatabaseError:
            # Broken, which is not empty.
            return False

    def refuse(self, manifest: dict[str, Any]) -> None:
        """Raise BackupError if this backup cannot be loaded here."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        free = shutil.disk_usage(self.path.parent).free
        if int(manifest["database"]["unpacked"]) > free:
            raise BackupError(_("There is not enough room on the disk."))

    def load(
        self, part: IO[bytes], manifest: dict[str, Any], *, replace: bool, near: Path
    ) -> str:
        """The backup is the database; where the former one is kept, "" if none was.

        Until the rename at the end nothing has happened to the former file.
        """
        side = self.path.with_name(f".{self.path.name}.restoring")
        try:
            _unpack(part, side, int(manifest["database"]["unpacked"]))
            with closing(sqlite3.connect(side)) as database:
                _check(database)
                if _tables(database) != manifest["tables"]:
                    raise BackupError(_("The database is not the one of the manifest."))
            with _alone(self.path) as former:
                kept = self._keep() if former else ""
                if former:
                    self._same_owner(side)
                side.replace(self.path)
                sync_folder(self.path.parent)
        except (sqlite3.DatabaseError, EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise BackupError(str(error)) from error
        finally:
            side.unlink(missing_ok=True)
        return kept

    def after_loading(self) -> None:
        """Nothing: statistics are in the file."""

    def _same_owner(self, side: Path) -> None:
        """Whoever could read and write the former database can do so now."""
        former = self.path.stat()
        side.chmod(stat.S_IMODE(former.st_mode))
        with suppress(PermissionError):  # of another account: only root may
            os.chown(side, former.st_uid, former.st_gid)

    def _keep(self) -> str:
        """Give the former database a second name; that name."""
        now = datetime.now(UTC).strftime("%Y%m%d-%H%M%S")
        kept = self.path.with_name(f"{self.path.name}.before-{now}")
        for journal in ("-wal", "-shm", ""):
            old = Path(f"{self.path}{journal}")
            new = Path(f"{kept}{journal}")
            new.unlink(missing_ok=True)
            if not journal:
                # A second name: the first one always leads to a whole database.
                try:
                    os.link(old, new)
                except OSError:  # a disk that knows no second names
                    shutil.copy2(old, new)
            elif old.exists():
                # Only of a broken database; it must never meet the new one.
                old.rename(new)
        return kept.name


@contextmanager
def _alone(path: Path) -> Iterator[bool]:
    """Nobody else has the database open. False: there is none."""
    if not path.exists() or not path.stat().st_size:
        yield False
        return
    database = sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)
    with closing(database):
        try:
            # Leaving WAL needs the file for oneself, and takes its journals away.
            (mode,) = database.execute("PRAGMA journal_mode=DELETE").fetchone()
            database.execute("BEGIN EXCLUSIVE")
        except sqlite3.OperationalError as error:
            raise in_use() from error
        except sqlite3.DatabaseError:
            mode = "broken"  # a reason to restore, not to refuse
        if mode == "wal":
            raise in_use()
        yield True
        with suppress(sqlite3.DatabaseError):
            database.execute("ROLLBACK")


def _unpack(part: IO[bytes], target: Path, size: int) -> None:
    """Write what is packed in `part`: `size` bytes, and no more."""
    target.unlink(missing_ok=True)
    left = size
    with gzip.open(part, "rb") as packed, target.open("xb") as plain:
        while data := packed.read(CHUNK):
            left -= len(data)
            if left < 0:
                break
            plain.write(data)
        plain.flush()
        os.fsync(plain.fileno())
    if left:
        raise BackupError(_("The database is not the one of the manifest."))


def _check(database: sqlite3.Connection) -> None:
    (answer,) = database.execute("PRAGMA integrity_check(1)").fetchone()
    if answer != "ok":
        raise BackupError(_("The database is damaged: %(answer)s") % {"answer": answer})


def _tables(database: sqlite3.Connection) -> dict[str, int]:
    names = database.execute(
        "SELECT name FROM sqlite_master WHERE type = 'table'"
        " AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name"
    ).fetchall()
    return {name: _count(database, name) for (name,) in names}


def _count(database: sqlite3.Connection, table: str) -> int:
    quoted = table.replace('"', '""')
    row = database.execute(f'SELECT count(*) FROM "{quoted}"').fetchone()  # noqa: S608  # nosec B608
    return int(row[0])


def _migrations(database: sqlite3.Connection) -> list[list[str]]:
    rows = database.execute("SELECT app, name FROM django_migrations ORDER BY id")
    return [list(row) for row in rows]


def sync_folder(folder: Path) -> None:
    """What was renamed in the folder is so after a power cut too."""
    opened = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
