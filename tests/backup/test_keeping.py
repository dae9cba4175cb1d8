"""How many backups stay, and what a backup never touches."""

import os
import re
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from shop.backup import making
from shop.backup.making import backups_in, make_backup
from tests.backup.conftest import Places
from tests.backup.places import Saved
from tests.backup.running import backup

pytestmark = pytest.mark.django_db


@pytest.fixture
def folder(saved: Saved, settings: Any) -> Path:
    """Three backups, and things that only look like some."""
    folder = Path(settings.BACKUP_DIR)
    folder.mkdir()
    whole = saved.path.read_bytes()
    for name in (
        "duken-20260101-000000.tar",
        "duken-20260101-000000-2.tar",
        "duken-20260102-000000.tar",
        "duken-20250101-000000.tar.old",
        "my-duken-20250101-000000.tar",
    ):
        (folder / name).write_bytes(whole)
    (folder / "duken-20250101-000000.tar").write_bytes(b"somebody's notes")
    (folder / "duken-20250102-000000.tar").mkdir()
    return folder


OTHERS = {
    "duken-20250101-000000.tar.old",
    "my-duken-20250101-000000.tar",
    "duken-20250101-000000.tar",
    "duken-20250102-000000.tar",
    ".duken-backup.lock",
}


def test_the_newest_stay_and_nothing_else_goes(
    saved: Saved, places: Places, folder: Path
) -> None:
    with places(saved.place).used():
        said = backup("--keep", "2", "--no-media")
    (new,) = [p for p in backups_in(folder) if not p.name.startswith("duken-202601")]
    assert {p.name for p in folder.iterdir()} == {
        new.name,
        "duken-20260102-000000.tar",
        *OTHERS,
    }
    assert said[:2] == [
        f"removed {folder}/duken-20260101-000000-2.tar",
        f"removed {folder}/duken-20260101-000000.tar",
    ]
    assert said[2].startswith(f"{new}: ")


def test_without_a_number_all_stay(
    saved: Saved, places: Places, folder: Path, settings: Any
) -> None:
    with places(saved.place).used():
        backup("--no-media")
    assert len(backups_in(folder)) == 4
    with pytest.raises(CommandError, match="--keep is a number of backups"):
        backup("--keep", "-1")


def test_a_backup_that_fails_leaves_all_as_it_was(places: Places, folder: Path) -> None:
    before = {p.name for p in folder.iterdir()}
    # An empty database: there is nothing to save.
    with places().used(), pytest.raises(CommandError):
        backup("--keep", "1")
    assert {p.name for p in folder.iterdir()} == before | {".duken-backup.lock"}


def test_what_a_killed_backup_left_goes_with_the_next(
    saved: Saved, places: Places, folder: Path
) -> None:
    left = folder / ".duken-partial-abc"
    left.mkdir()
    (left / "backup.tar").write_bytes(b"half")
    with places(saved.place).used():
        backup("--no-media")
    assert not left.exists()
    assert len(backups_in(folder)) == 4


def test_two_backups_at_once_are_refused(folder: Path) -> None:
    refused = pytest.raises(CommandError, match="Another backup is being written")
    with making._alone_in(folder), refused:
        backup()
    assert len(backups_in(folder)) == 3


def test_a_folder_that_is_served_is_refused(settings: Any) -> None:
    settings.MEDIA_ROOT.mkdir()
    with pytest.raises(CommandError, match="is served to everybody"):
        backup("--to", str(settings.MEDIA_ROOT / "backups"))
    assert list(settings.MEDIA_ROOT.iterdir()) == []


def test_pictures_in_a_store_are_left_out_and_it_is_said(
    saved: Saved, places: Places, settings: Any
) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    }
    with places(saved.place).used():
        said = backup()
    assert said[0] == (
        "Pictures are kept in a store elsewhere: they are not in the backup."
    )
    (path,) = backups_in(settings.BACKUP_DIR)
    assert making.is_archive(path)


def test_links_and_odd_names_among_pictures_are_left_out(
    saved: Saved, places: Places, settings: Any, tmp_path: Path
) -> None:
    root = settings.MEDIA_ROOT
    root.mkdir()
    (tmp_path / "secret").write_bytes(b"not a picture")
    (root / "good.png").write_bytes(b"picture")
    (root / "link.png").symlink_to(tmp_path / "secret")
    (root / "moved").symlink_to(tmp_path / "disk")
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "deep.png").write_bytes(b"behind a link")
    (root / "a\nb.png").write_bytes(b"odd")
    (root / ".restoring-x").mkdir()
    (root / ".restoring-x" / "left.png").write_bytes(b"left")
    os.mkfifo(root / "pipe")
    with places(saved.place).used():
        made = make_backup(settings.BACKUP_DIR)
    assert made.manifest["media"] == {"files": 1, "bytes": 7, "left_out": ""}
    for left_out in (b"not a picture", b"behind a link"):
        assert left_out not in made.path.read_bytes()
    assert made.links == ["link.png", "moved"]


def test_a_backup_says_of_which_release_it_is(settings: Any, tmp_path: Path) -> None:
    settings.BASE_DIR, settings.RELEASE = tmp_path, "1.4"
    # As in the image, which has no changelog.
    assert making.release() == "1.4"
    changelog = tmp_path / "CHANGELOG.md"
    changelog.write_text("# Changelog\n\n## 1.3, 2026-11-01\n")
    assert making.release() == "1.3, 2026-11-01"
    changelog.write_text("# Changelog\n\n## Unreleased\n")
    assert re.fullmatch(r"Unreleased [0-9a-f]{12}", making.release())


def test_whoever_keeps_pictures_behind_links_is_told(
    saved: Saved, places: Places, settings: Any, tmp_path: Path
) -> None:
    root = settings.MEDIA_ROOT
    root.mkdir()
    for number in range(21):
        (root / f"{number:02}.png").symlink_to(tmp_path / "elsewhere.png")
    with places(saved.place).used():
        said = StringIO()
        call_command("backup", stdout=StringIO(), stderr=said)
        assert said.getvalue().splitlines() == [
            *(f"left out, as it is a link: {number:02}.png" for number in range(20)),
            "21 links are not in the backup, nor what is behind them.",
        ]
        for link in root.iterdir():
            link.unlink()
        said = StringIO()
        call_command("backup", stdout=StringIO(), stderr=said)
        assert said.getvalue() == ""
