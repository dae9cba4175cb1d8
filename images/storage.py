"""The pictures that are ready, as files: `IMAGE_PROXY_CACHE_DIR/ab/abcdef…`.

A file is the SHA-256 of the picture and then the picture, so that one that was damaged
is known, and made anew. It appears under its name when it is whole. Nothing but time is
lost when the folder is emptied.
"""

import hashlib
import logging
import math
import os
import re
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import time, time_ns

from django.conf import settings

logger = logging.getLogger(__name__)

DIGEST = hashlib.sha256().digest_size
# Nothing else in the folder is ever removed, whosever it is.
SHELF = re.compile(r"[0-9a-f]{2}")
OURS = re.compile(r"[0-9a-f]{64}|\.new-\w+")
# What a file takes on a disk, however small it is.
BLOCK = 4096
# Seconds: a use is noted this seldom; an unfinished file is this old when it is left.
HOUR = 3600
# A process sweeps when it has written so much of the limit, down to so much of it.
WRITTEN, KEPT = 1 / 20, 9 / 10


@dataclass(frozen=True)
class Picture:
    """A picture as it leaves; `digest` and `made_at` (seconds) are what caches ask."""

    body: bytes
    digest: str
    made_at: int


def load(key: str) -> Picture | None:
    """The picture, or None if there is none, or none that is whole."""
    path = _path(key)
    try:
        with path.open("rb") as file:
            found = os.fstat(file.fileno())
            digest, body = file.read(DIGEST), file.read()
        if not body or hashlib.sha256(body).digest() != digest:
            logger.warning("a cached picture is damaged and is made anew: %s", path)
            return None
        if time() - found.st_atime > HOUR:
            # Said explicitly: many disks are mounted so that reading leaves no time.
            os.utime(path, ns=(time_ns(), found.st_mtime_ns))
    except OSError:
        return None
    return Picture(body, digest.hex(), int(found.st_mtime))


def save(key: str, body: bytes) -> Picture:
    """Keep the picture if the disk lets us; it can be shown in any case."""
    digest = hashlib.sha256(body)
    path = _path(key)
    made_at = int(time())
    try:
        settings.IMAGE_PROXY_CACHE_DIR.mkdir(0o700, parents=True, exist_ok=True)
        path.parent.mkdir(0o700, exist_ok=True)
        _write(path, digest.digest() + body, made_at)
        _sweeper.written(len(body))
    except OSError as error:
        logger.error("a picture could not be cached: %s", error)
    return Picture(body, digest.hexdigest(), made_at)


def _path(key: str) -> Path:
    return settings.IMAGE_PROXY_CACHE_DIR / key[:2] / key


def _write(path: Path, content: bytes, made_at: int) -> None:
    """A reader sees the old file or the new one; nobody else may read it (0600)."""
    handle, name = tempfile.mkstemp(prefix=".new-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.utime(name, ns=(time_ns(), made_at * 10**9))
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


class Sweeper:
    """Keeps the folder within `IMAGE_PROXY_CACHE_MAX_MB`, about.

    Whoever writes sweeps, now and then: a task would run in a worker, which may not
    see this folder at all. Between two sweeps of a process it may grow by a twentieth.
    """

    def __init__(self) -> None:
        self._busy = threading.Lock()
        # The first to write in a process sweeps: nobody knows what is there.
        self._unswept = math.inf

    def written(self, size: int) -> None:
        limit = settings.IMAGE_PROXY_CACHE_MAX_MB * 1024 * 1024
        self._unswept += _on_disk(size)
        if self._unswept < limit * WRITTEN or not self._busy.acquire(blocking=False):
            return
        try:
            self._unswept = 0
            sweep(settings.IMAGE_PROXY_CACHE_DIR, limit)
        finally:
            self._busy.release()


_sweeper = Sweeper()


def sweep(folder: Path, limit: int) -> None:
    """Remove what was used longest ago until the rest is well within the limit."""
    files = []
    for path in _files(folder):
        try:
            found = path.stat()
        except FileNotFoundError:  # another process sweeps too
            continue
        if path.name.startswith(".new-") and time() - found.st_mtime > HOUR:
            path.unlink(missing_ok=True)
        else:
            files.append((found.st_atime, _on_disk(found.st_size), path))
    total = sum(size for _used, size, _path in files)
    if total <= limit:
        return
    for _used, size, path in sorted(files):
        path.unlink(missing_ok=True)
        total -= size
        if total <= limit * KEPT:
            break


def _files(folder: Path) -> Iterator[Path]:
    for shelf in folder.iterdir():
        if SHELF.fullmatch(shelf.name) and shelf.is_dir():
            yield from (path for path in shelf.iterdir() if OURS.fullmatch(path.name))


def _on_disk(size: int) -> int:
    return math.ceil(size / BLOCK) * BLOCK
