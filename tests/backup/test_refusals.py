"""What is not put back, and that nothing has changed then."""

import gzip
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.db import connection

from shop.backup import archive
from tests.backup import tars
from tests.backup.conftest import Places
from tests.backup.places import Elsewhere, Saved, files, tables
from tests.backup.running import restore

pytestmark = pytest.mark.django_db

DATABASE = {"postgresql": "database.dump", "sqlite": "database.sqlite3.gz"}


@pytest.fixture
def refused(db: None, nowhere: Elsewhere, settings: Any) -> Callable[[Path], str]:
    """Restores into an empty database, which stays empty; what was said."""

    def attempt(path: Path) -> str:
        with nowhere.used():
            with pytest.raises(CommandError) as refusal:
                restore(path)
            assert tables() == {}
        assert files(settings.MEDIA_ROOT) == {}
        return str(refusal.value)

    return attempt


def test_one_wrong_byte_anywhere_is_found(saved: Saved, tmp_path: Path) -> None:
    whole = saved.path.read_bytes()
    assert archive.verify(saved.path)["engine"] == connection.vendor
    with tarfile.open(saved.path) as tar:
        members = tar.getmembers()
    broken = tmp_path / "broken.tar"
    for member in members:
        # A name, the first byte of each part, and its last.
        for place in {
            member.offset,
            member.offset_data,
            member.offset_data + member.size - 1,
        }:
            changed = bytearray(whole)
            changed[place] ^= 0x20
            broken.write_bytes(changed)
            with pytest.raises(archive.BackupError):
                archive.verify(broken)


def test_an_archive_that_was_cut_off_is_found(saved: Saved, tmp_path: Path) -> None:
    whole = saved.path.read_bytes()
    with tarfile.open(saved.path) as tar:
        members = tar.getmembers()
    cut = tmp_path / "cut.tar"
    for length in [0, 100, *(member.offset for member in members)]:
        cut.write_bytes(whole[:length])
        with pytest.raises(archive.BackupError):
            archive.verify(cut)


def test_a_broken_archive_leaves_no_trace(
    saved: Saved, tmp_path: Path, refused: Callable[[Path], str]
) -> None:
    # The last picture: the database and the others would have been there by then.
    changed = bytearray(saved.path.read_bytes())
    with tarfile.open(saved.path) as tar:
        picture = tar.getmembers()[-3]
    changed[picture.offset_data] ^= 1
    broken = tmp_path / "broken.tar"
    broken.write_bytes(changed)
    assert refused(broken) == (
        f"This is no whole backup: {picture.name} has another checksum. "
        "Nothing was changed."
    )


@pytest.mark.parametrize(
    "name",
    [
        "media/../../outside.txt",
        "media//etc/passwd",
        "media/./x.png",
        "media/a/../../../x.png",
        "media/a\\b.png",
        "media/a\nb.png",
        "media/",
        "/etc/passwd",
        "../outside.txt",
        "settings.py",
    ],
)
def test_a_name_that_leads_elsewhere_is_refused(
    saved: Saved, tmp_path: Path, name: str
) -> None:
    parts = {**tars.parts_of(saved.path), name: b"hello"}
    path = tars.write(tmp_path / "hostile.tar", parts)
    with pytest.raises(archive.BackupError, match="no whole backup"):
        archive.verify(path)
    assert not (tmp_path / "outside.txt").exists()


@pytest.mark.parametrize(
    "kind", [tarfile.SYMTYPE, tarfile.LNKTYPE, tarfile.DIRTYPE, tarfile.FIFOTYPE]
)
def test_only_plain_files_are_taken(saved: Saved, tmp_path: Path, kind: bytes) -> None:
    link = tarfile.TarInfo("media/products")
    link.type, link.linkname = kind, "/etc"
    path = tars.write(tmp_path / "hostile.tar", tars.parts_of(saved.path), link)
    with pytest.raises(archive.BackupError, match="media/products"):
        archive.verify(path)


def test_what_follows_the_checksums_is_refused(saved: Saved, tmp_path: Path) -> None:
    path = tmp_path / "longer.tar"
    path.write_bytes(saved.path.read_bytes())
    with tarfile.open(path, "a") as tar:
        tar.addfile(tarfile.TarInfo("media/late.png"))
    with pytest.raises(archive.BackupError, match="something follows"):
        archive.verify(path)


def test_a_picture_twice_is_refused(
    saved: Saved, tmp_path: Path, refused: Callable[[Path], str]
) -> None:
    name = f"media/{next(iter(saved.pictures))}"
    twice = tarfile.TarInfo(name)
    path = tars.write(tmp_path / "twice.tar", tars.parts_of(saved.path), twice)
    assert "File exists" in refused(path)


@pytest.mark.embedded
def test_a_database_that_unpacks_to_more_than_it_says_is_refused(
    saved: Saved, tmp_path: Path, refused: Callable[[Path], str]
) -> None:
    parts = tars.parts_of(saved.path)
    parts["database.sqlite3.gz"] = gzip.compress(bytes(50_000_000))
    path = tars.write(tmp_path / "bomb.tar", parts)
    assert refused(path) == "The database is not the one of the manifest."


@pytest.mark.embedded
def test_a_database_larger_than_the_disk_is_refused(
    saved: Saved, tmp_path: Path, refused: Callable[[Path], str]
) -> None:
    def grow(manifest: dict[str, Any]) -> None:
        manifest["database"]["unpacked"] = 10**18

    path = tars.with_manifest(saved.path, tmp_path / "large.tar", grow)
    assert refused(path) == "There is not enough room on the disk."


def test_a_backup_of_a_newer_shop_is_refused(
    saved: Saved, tmp_path: Path, refused: Callable[[Path], str]
) -> None:
    path = tars.with_manifest(
        saved.path,
        tmp_path / "newer.tar",
        lambda manifest: manifest["migrations"].append(["orders", "9999_more"]),
    )
    assert refused(path) == (
        "The backup is of a newer version of the shop: this one does not know its "
        "migration orders.9999_more."
    )


def test_a_backup_of_another_engine_is_refused(
    saved: Saved, tmp_path: Path, refused: Callable[[Path], str]
) -> None:
    path = tars.with_manifest(
        saved.path, tmp_path / "oracle.tar", lambda known: known.update(engine="oracle")
    )
    assert refused(path) == (
        f"The backup is of oracle, the shop's database is {connection.vendor}."
    )


@pytest.mark.postgres
def test_a_backup_of_a_newer_server_is_refused(
    saved: Saved, tmp_path: Path, refused: Callable[[Path], str]
) -> None:
    path = tars.with_manifest(
        saved.path, tmp_path / "new.tar", lambda known: known.update(server="990001")
    )
    assert refused(path).startswith("The backup is of PostgreSQL 99, this server is ")


def test_another_format_is_refused(
    saved: Saved, tmp_path: Path, refused: Callable[[Path], str]
) -> None:
    path = tars.with_manifest(
        saved.path, tmp_path / "format.tar", lambda known: known.update(format=2)
    )
    assert refused(path) == (
        "format.tar was made by another version of the shop (format 2)."
    )


@pytest.mark.parametrize(
    "change",
    [
        {"tables": {"x": "1; DROP TABLE accounts_user"}},
        {"tables": ["x"]},
        {"migrations": [["orders"]]},
        {"migrations": [[1, 2]]},
        {"database": {"unpacked": -1}},
        {"database": None},
        {"media": {}},
        {"engine": ["sqlite"]},
    ],
)
def test_a_manifest_of_another_shape_is_refused(
    saved: Saved, tmp_path: Path, change: dict[str, Any]
) -> None:
    path = tars.with_manifest(
        saved.path, tmp_path / "odd.tar", lambda known: known.update(change)
    )
    with pytest.raises(archive.BackupError, match=r"no whole backup: manifest\.json"):
        archive.verify(path)


def test_what_is_no_backup_is_refused(
    tmp_path: Path, refused: Callable[[Path], str]
) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("hello" * 1000)
    assert refused(text).startswith("This is no whole backup: ")
    assert refused(tmp_path / "none") == f"There is no file {tmp_path / 'none'}."


def test_a_database_that_is_not_empty_needs_replace(
    saved: Saved, places: Places, settings: Any
) -> None:
    place = places(saved.place)
    with place.used():
        with pytest.raises(CommandError, match=r"is not empty\. --replace puts"):
            restore(saved.path)
        assert tables() == saved.tables
    assert files(settings.MEDIA_ROOT) == {}


@pytest.mark.parametrize("replace", [False, True])
def test_a_failure_half_way_leaves_what_was_there(
    saved: Saved, places: Places, settings: Any, tmp_path: Path, *, replace: bool
) -> None:
    """The rows are there, and then it turns out that they are not those promised."""

    def promise_more(manifest: dict[str, Any]) -> None:
        (name,) = [name for name in manifest["tables"] if "orders_orderitem" in name]
        manifest["tables"][name] += 1

    path = tars.with_manifest(saved.path, tmp_path / "less.tar", promise_more)
    place = places(saved.place if replace else None)
    with place.used():
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TABLE of_the_owner (n integer)" if replace else "SELECT 1"
            )
        before = tables()
        with pytest.raises(CommandError):
            restore(path, *(["--replace"] if replace else []))
        assert tables() == before
    assert files(settings.MEDIA_ROOT) == {}
    assert [p.name for p in tmp_path.glob(".*")] == []


def test_somebody_is_asked_before_anything_happens(
    saved: Saved, db: None, nowhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def answer(question: str) -> str:
        asked.append(question)
        return "yes"

    monkeypatch.setattr("builtins.input", answer)
    with nowhere.used():
        with pytest.raises(CommandError, match=r"^Nothing was changed\.$"):
            call_command("restore", str(saved.path))
        assert tables() == {}
    assert asked == ["The name of the database, to go on: "]


def test_the_marker_is_what_a_stranger_reads_first(saved: Saved) -> None:
    parts = tars.parts_of(saved.path)
    assert b"manage.py restore FILE" in parts["READ-ME.txt"]
    assert json.loads(parts["manifest.json"])["database"]["name"] in parts
