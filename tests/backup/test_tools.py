"""pg_dump and its companions: which are taken, and what they are told."""

import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connections

from shop.backup import postgresql
from shop.backup.errors import BackupError
from shop.backup.making import backups_in
from shop.backup.postgresql import PostgreSQL, tools
from tests.backup.conftest import Places, wheel
from tests.backup.places import Saved, tables
from tests.backup.running import backup, restore


def program_folder(directory: Path, version: str) -> Path:
    """pg_dump, pg_restore and psql that only know their version."""
    directory.mkdir(parents=True)
    for name in postgresql.TOOLS:
        program = directory / name
        program.write_text(f"#!/bin/sh\necho '{name} (PostgreSQL) {version}'\n")
        program.chmod(0o755)
    return directory


@pytest.fixture
def installed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: Any
) -> dict[int, Path]:
    """A machine with the programs of 14, 16 and 17, and of 18 without psql."""
    settings.PG_BIN = ""
    found = {
        version: program_folder(tmp_path / str(version) / "bin", f"{version}.2 (X)")
        for version in (14, 17, 16, 18)
    }
    (found[18] / "psql").unlink()
    monkeypatch.setattr(postgresql, "PLACES", (f"{tmp_path}/*/bin",))
    monkeypatch.setenv("PATH", str(tmp_path))
    return found


@pytest.mark.parametrize(("server", "taken"), [(14, 14), (15, 16), (16, 16), (17, 17)])
def test_the_oldest_that_is_not_older_than_the_server(
    installed: dict[int, Path], server: int, taken: int
) -> None:
    assert tools(server) == (installed[taken], taken)


def test_older_ones_are_refused_with_what_to_do(installed: dict[int, Path]) -> None:
    with pytest.raises(BackupError) as refusal:
        tools(18)
    assert str(refusal.value) == (
        "pg_dump and pg_restore are 17, and 18 or newer is needed: install the client "
        "of PostgreSQL 18, or name its folder in PG_BIN."
    )


def test_pg_bin_is_the_only_place_then(
    installed: dict[int, Path], settings: Any, tmp_path: Path
) -> None:
    settings.PG_BIN = str(installed[17])
    assert tools(14) == (installed[17], 17)
    settings.PG_BIN = str(tmp_path)
    with pytest.raises(BackupError) as refusal:
        tools(14)
    assert str(refusal.value) == (
        "There is no pg_dump, pg_restore and psql: install the client of PostgreSQL "
        "14, or name its folder in PG_BIN."
    )


@pytest.mark.postgres
def test_the_password_is_never_on_the_command_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Anybody on the machine can read command lines."""
    known = connections.create_connection("default")
    known.settings_dict = {
        **known.settings_dict,
        "HOST": "db.example",
        "PORT": 6432,
        "USER": "shop",
        "PASSWORD": "pass word'",
        "NAME": "duken",
        "OPTIONS": {"sslmode": "require"},
    }
    told = tmp_path / "told"
    spy = tmp_path / "spy"
    spy.write_text(
        f"#!{sys.executable}\nimport os, sys\n"
        f"open({str(told)!r}, 'w').write(repr((sys.argv[1:], dict(os.environ))))\n"
    )
    spy.chmod(0o755)
    PostgreSQL(known)._run(str(spy), "--format=custom")
    arguments, environment = eval(told.read_text())  # noqa: S307 - written above
    assert arguments == ["--format=custom"]
    assert {
        name: environment[name]
        for name in ("PGHOST", "PGPORT", "PGUSER", "PGPASSWORD", "PGDATABASE")
    } == {
        "PGHOST": "db.example",
        "PGPORT": "6432",
        "PGUSER": "shop",
        "PGPASSWORD": "pass word'",
        "PGDATABASE": "duken",
    }
    assert environment["PGSSLMODE"] == "require"


@pytest.mark.postgres
@pytest.mark.django_db
def test_programs_newer_than_the_server_do(
    saved: Saved, places: Places, settings: Any
) -> None:
    """As in a container whose client is newer than the database beside it."""
    settings.PG_BIN = str(wheel() / "bin")
    with places(saved.place).used():
        backup("--no-media")
    (path,) = backups_in(settings.BACKUP_DIR)
    with places().used():
        restore(path)
        assert tables() == saved.tables
