"""A backup in place of a shop that has gone on meanwhile."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management.base import CommandError
from django.db import connection

from shop.backup import postgresql
from tests.backup.conftest import Places
from tests.backup.places import Saved, files, tables
from tests.backup.running import restore
from tests.factories import make_order
from tests.faults.database import Database

pytestmark = pytest.mark.django_db


def test_what_a_killed_restore_left_goes_with_the_next(
    saved: Saved, places: Places, settings: Any, tmp_path: Path
) -> None:
    backups = tmp_path / "moved"
    place = places()
    # Below the test's own folder on both: on PostgreSQL the last one is nobody's.
    for left in (
        settings.MEDIA_ROOT / ".restoring-abc" / "half.png",
        backups / ".duken-restore-abc" / "database.dump",
        tmp_path / f".{Path(place.name).name}.restoring",
    ):
        left.parent.mkdir(parents=True, exist_ok=True)
        left.write_bytes(b"half")
    path = backups / saved.path.name
    path.write_bytes(saved.path.read_bytes())
    with place.used():
        restore(path)
        assert tables() == saved.tables
    assert files(settings.MEDIA_ROOT) == saved.pictures
    if connection.vendor == "postgresql":
        assert list(files(backups)) == [path.name]


@pytest.mark.embedded
def test_the_new_file_is_as_closed_as_the_former(saved: Saved, places: Places) -> None:
    place = places(saved.place)
    Path(place.name).chmod(0o600)
    with place.used():
        restore(saved.path, "--replace")
    assert Path(place.name).stat().st_mode & 0o777 == 0o600


def test_everything_later_is_gone(saved: Saved, places: Places, settings: Any) -> None:
    """Also a table of a later version, whose foreign key holds one that is replaced."""
    name, content = next(iter(saved.pictures.items()))
    mine = settings.MEDIA_ROOT / name
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"half a pict")
    (settings.MEDIA_ROOT / "later.png").write_bytes(b"later")
    with places(saved.place).used():
        make_order()
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE later (n integer PRIMARY KEY, user_id uuid"
                " REFERENCES accounts_user (id))"
            )
        restore(saved.path, "--replace")
        assert tables() == saved.tables
    assert mine.read_bytes() == content
    # Files of later rows stay: nothing names them.
    assert files(settings.MEDIA_ROOT) == {**saved.pictures, "later.png": b"later"}


@pytest.mark.embedded
def test_the_former_file_is_kept(saved: Saved, places: Places) -> None:
    place = places(saved.place)
    with place.used():
        order = make_order()
        said = restore(saved.path, "--replace")
    folder = Path(place.name).parent
    (kept,) = folder.glob("*.before-*")
    assert said[1] == f"The former database is kept as {kept.name}."
    with closing(sqlite3.connect(kept)) as former:
        found = former.execute("SELECT max(number) FROM orders_order").fetchall()
    assert found == [(order.number,)]


@pytest.mark.embedded
@pytest.mark.parametrize("at", ["PRAGMA user_version", "BEGIN IMMEDIATE"])
def test_a_database_in_use_is_not_replaced(
    saved: Saved, places: Places, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    """A shop that only has it open, and one that is writing."""
    monkeypatch.setattr("shop.backup.sqlite.PATIENCE", 0.1)
    place = places(saved.place)
    with place.used():
        with closing(sqlite3.connect(place.name, isolation_level=None)) as shop:
            shop.execute("PRAGMA journal_mode=WAL")
            shop.execute(at)
            with pytest.raises(
                CommandError, match=r"^The database is in use: stop the shop first\.$"
            ):
                restore(saved.path, "--replace")
        assert tables() == saved.tables


# The one that is dropped first, and the one after all that the server has to say about
# the others.
@pytest.mark.postgres
@pytest.mark.parametrize("which", ["min", "max"])
def test_tables_in_use_are_not_replaced(
    saved: Saved, places: Places, monkeypatch: pytest.MonkeyPatch, which: str
) -> None:
    at_once = postgresql.EMPTY.replace("'10s'", "'100ms'")
    monkeypatch.setattr(postgresql, "EMPTY", at_once)
    place = places(saved.place)
    database = Database(place.name)
    [(table,)] = database.rows(
        f"SELECT {which}(oid::bigint)::oid::regclass::text FROM pg_class"  # noqa: S608
        " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
    )
    held = database.holding(f"LOCK TABLE {table} IN ROW SHARE MODE")
    refused = pytest.raises(
        CommandError, match=r"^The database is in use: stop the shop first\.$"
    )
    with place.used():
        with held, refused:
            restore(saved.path, "--replace")
        assert tables() == saved.tables


@pytest.mark.embedded
def test_a_broken_database_is_replaced(saved: Saved, places: Places) -> None:
    place = places()
    Path(place.name).write_bytes(b"this was a database once" * 1000)
    with place.used():
        restore(saved.path, "--replace")
        assert tables() == saved.tables
