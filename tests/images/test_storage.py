"""Pictures are kept, whole, and not without end."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from images import storage
from images.storage import DIGEST, HOUR, Sweeper, load, save, sweep
from tests.images.internet import Internet, answer, opened, picture

KB = 1024
KEYS = [f"{n:02x}" * 32 for n in range(16)]


def files(folder: Path) -> set[str]:
    return {str(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}


def test_what_is_kept_is_not_fetched_again(
    img: Callable[..., Any], internet: Internet, cache_dir: Path
) -> None:
    internet.answers["/a.png"] = answer(picture())
    first = img()
    assert opened(first).size == (100, 75)
    (name,) = files(cache_dir)
    assert name[:2] == name[3:5] and len(name) == 67
    internet.answers["/a.png"] = answer(status="404 Not Found")
    assert img().content == first.content
    assert img("https://cdn.example:443/a.png", w="0100", q=85).content == first.content
    assert internet.asked == ["/a.png"]
    # Anything else is another picture.
    for query in ({"w": 101}, {"h": 75}, {"w": 100, "h": 75}, {"w": 100, "q": 84}):
        assert img(**query).status_code == 502
    assert img(accept="image/webp").status_code == 502
    assert files(cache_dir) == {name}


def test_nobody_else_may_read_it(cache_dir: Path) -> None:
    save(KEYS[0], b"a picture")
    path = cache_dir / "00" / KEYS[0]
    assert [p.stat().st_mode & 0o777 for p in (cache_dir, path.parent, path)] == [
        0o700,
        0o700,
        0o600,
    ]


@pytest.mark.parametrize(
    "damage", ["emptied", "cut", "changed", "a digest alone", "gone"]
)
def test_a_damaged_file_is_made_anew(
    img: Callable[..., Any], internet: Internet, cache_dir: Path, damage: str
) -> None:
    internet.answers["/a.png"] = answer(picture())
    first = img().content
    (name,) = files(cache_dir)
    path = cache_dir / name
    whole = path.read_bytes()
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(
            {
                "emptied": b"",
                "cut": whole[:-1],
                "changed": whole[:-1] + b"\0",
                "a digest alone": whole[:DIGEST],
            }[damage]
        )
    assert img().content == first
    assert internet.asked == ["/a.png", "/a.png"]
    assert path.read_bytes() == whole


def test_a_file_appears_when_it_is_whole(
    cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever reads meanwhile finds the old one; a failure leaves nothing behind."""
    save(KEYS[0], b"old")
    seen = []
    replace = Path.replace

    def look(self: Path, target: Path) -> Path:
        assert self.read_bytes()[DIGEST:] == b"new"
        seen.append(load(KEYS[0]).body)
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", look)
    save(KEYS[0], b"new")
    assert seen == [b"old"]
    assert load(KEYS[0]).body == b"new"

    def fail(self: Path, target: Path) -> Path:
        raise OSError("No space left on device")

    monkeypatch.setattr(Path, "replace", fail)
    assert save(KEYS[0], b"newer").body == b"newer"
    assert load(KEYS[0]).body == b"new"
    assert files(cache_dir) == {f"00/{KEYS[0]}"}


def test_a_disk_that_takes_nothing(
    img: Callable[..., Any], internet: Internet, cache_dir: Path
) -> None:
    """The picture is shown all the same."""
    cache_dir.write_text("a file where the folder should be")
    internet.answers["/a.png"] = answer(picture())
    assert opened(img()).size == (100, 75)
    assert opened(img()).size == (100, 75)
    assert internet.asked == ["/a.png", "/a.png"]


def used(folder: Path, key: str, seconds: int) -> None:
    """Say when a file was used last; its content was made at 0."""
    os.utime(folder / key[:2] / key, (seconds, 0))


def test_what_was_used_longest_ago_goes_first(cache_dir: Path) -> None:
    for key in KEYS[:10]:
        save(key, b"a" * 9 * KB)  # 12 KB on a disk
        used(cache_dir, key, int(key[:2], 16))
    used(cache_dir, KEYS[0], 1000)
    sweep(cache_dir, 120 * KB)
    assert len(files(cache_dir)) == 10
    # Down to nine tenths of the limit, by whole files.
    sweep(cache_dir, 119 * KB)
    assert files(cache_dir) == {f"{k[:2]}/{k}" for k in KEYS[:10]} - {
        f"01/{KEYS[1]}"
    } - {f"02/{KEYS[2]}"}
    sweep(cache_dir, 14 * KB)
    assert files(cache_dir) == {f"00/{KEYS[0]}"}


def test_small_files_count_as_what_they_take(cache_dir: Path) -> None:
    for key in KEYS[:3]:
        save(key, b"a")
    sweep(cache_dir, 8 * KB)
    assert len(files(cache_dir)) == 1


def test_a_use_is_noted_and_its_age_is_not_changed(
    cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By us: some disks note that a file was read, and some do not."""
    save(KEYS[0], b"fresh")
    save(KEYS[1], b"old")
    used(cache_dir, KEYS[1], 1)
    noted: list[tuple[int, int]] = []
    monkeypatch.setattr(os, "utime", lambda path, ns: noted.append(ns))
    load(KEYS[0])
    assert noted == []  # once an hour is enough
    assert load(KEYS[1]).made_at == 0
    ((used_at, made_at),) = noted
    assert used_at > HOUR * 10**9 and made_at == 0


def test_only_our_own_files_are_removed(cache_dir: Path) -> None:
    """Somebody may name a folder that holds other things."""
    save(KEYS[0], b"a" * 9 * KB)
    strangers = ["notes.txt", "00/notes.txt", f"photos/{KEYS[0]}", f"0000/{KEYS[1]}"]
    for name in strangers:
        path = cache_dir / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"a" * 9 * KB)
    (cache_dir / "aa").write_bytes(b"a file named like a shelf")
    sweep(cache_dir, KB)
    assert files(cache_dir) == {*strangers, "aa"}


def test_what_was_never_finished_is_removed(cache_dir: Path) -> None:
    save(KEYS[0], b"a")
    left, fresh = cache_dir / "00" / ".new-left", cache_dir / "00" / ".new-fresh"
    left.write_bytes(b"half")
    os.utime(left, (0, 0))
    fresh.write_bytes(b"half")
    sweep(cache_dir, 1024 * KB)
    assert files(cache_dir) == {f"00/{KEYS[0]}", "00/.new-fresh"}


def test_whoever_writes_sweeps_now_and_then(
    settings: Any, cache_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.IMAGE_PROXY_CACHE_MAX_MB = 1
    swept: list[int] = []
    monkeypatch.setattr(storage, "sweep", lambda folder, limit: swept.append(limit))
    sweeper = Sweeper()
    sweeper.written(1)  # the first of a process
    assert swept == [1024 * KB]
    for _write in range(12):  # 48 KB: less than a twentieth
        sweeper.written(4 * KB)
    assert len(swept) == 1
    sweeper.written(4 * KB)
    assert len(swept) == 2


def test_the_folder_stays_within_its_limit(settings: Any, cache_dir: Path) -> None:
    settings.IMAGE_PROXY_CACHE_MAX_MB = 1
    for n in range(200):
        save(f"{n:064x}", b"a" * 30 * KB)
        held = sum(p.stat().st_size for p in cache_dir.rglob("*") if p.is_file())
        assert held < 1.1 * 1024 * KB
    assert load(f"{199:064x}") is not None
    assert load(f"{0:064x}") is None


def test_its_age_is_the_same_now_and_later(cache_dir: Path) -> None:
    assert save(KEYS[0], b"a picture") == load(KEYS[0])
