"""The file that a backup is: a tar of checked parts.

In this order: a marker, the database, the pictures, the manifest, and SHA256SUMS with
the digest of everything before it. Nothing but the database is compressed (pictures
are already), so the file cannot hold more than its size, and after `tar xf` anybody can
check it with `sha256sum -c SHA256SUMS`.
"""

import hashlib
import io
import json
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Any

from django.utils.translation import gettext as _

from shop.backup.errors import BackupError

FORMAT = 1
MARKER, MANIFEST, SUMS = "READ-ME.txt", "manifest.json", "SHA256SUMS"
DATABASES = {"postgresql": "database.dump", "sqlite": "database.sqlite3.gz"}
MEDIA = "media/"
README = """\
A backup of a shop (Duken). Put it back with: manage.py restore FILE
`sha256sum -c SHA256SUMS` proves the parts; manifest.json says what they are.
"""
# What somebody else's file may make us keep in memory.
LONGEST_MANIFEST = 16 * 1024 * 1024
LONGEST_LINE = 8192
CHUNK = 1024 * 1024


class _Hashed:
    """A file that is read to its declared size, with the digest of what was read."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.size = 0
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        data = self._file.read(size)
        self.size += len(data)
        self.digest.update(data)
        return data


class Writer:
    """Writes the parts one after the other; `finish` makes it a whole."""

    def __init__(self, file: IO[bytes]) -> None:
        self._tar = tarfile.TarFile(fileobj=file, mode="w", format=tarfile.PAX_FORMAT)
        self._sums = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self.add_bytes(MARKER, README.encode())

    def add_bytes(self, name: str, data: bytes) -> None:
        self.add(name, io.BytesIO(data), len(data))

    def add(self, name: str, file: IO[bytes], size: int) -> str:
        """The part is in the archive; its digest. It has `size` bytes, or OSError."""
        info = tarfile.TarInfo(name)
        info.size, info.mode = size, 0o644
        hashed = _Hashed(file)
        self._tar.addfile(info, hashed)
        # Or the list of members grows with the pictures.
        self._tar.members = []  # type: ignore[attr-defined]
        digest = hashed.digest.hexdigest()
        self._sums.write(f"{digest}  {name}\n".encode())
        return digest

    def finish(self, manifest: dict[str, Any]) -> None:
        text = json.dumps({"format": FORMAT, **manifest}, indent=1, ensure_ascii=False)
        self.add_bytes(MANIFEST, text.encode())
        size = self._sums.tell()
        self._sums.seek(0)
        info = tarfile.TarInfo(SUMS)
        info.size, info.mode = size, 0o644
        self._tar.addfile(info, self._sums)
        self._tar.close()

    def close(self) -> None:
        self._sums.close()


def is_archive(path: Path) -> bool:
    """Whether the file begins as every backup does."""
    try:
        with _opened(path) as tar:
            first = tar.next()
            return first is not None and first.name == MARKER
    except (BackupError, OSError):
        return False


def verify(path: Path) -> dict[str, Any]:
    """The manifest of a backup whose every byte has its checksum; else BackupError.

    Nothing is unpacked: what is in the file stays in the file.
    """
    manifest = b""
    with _opened(path) as tar, tempfile.TemporaryFile() as sums:
        for member in _members(tar):
            if member.name == SUMS:
                _compare(sums, _part(tar, member))
                if tar.next() is not None:
                    raise _broken(_("something follows the checksums"))
                return _manifest(manifest, path)
            hashed = _Hashed(_part(tar, member))
            if member.name == MANIFEST:
                if member.size > LONGEST_MANIFEST:
                    raise _broken(MANIFEST)
                manifest = hashed.read()
            while hashed.read(CHUNK):
                pass
            if hashed.size != member.size:
                raise _broken(member.name)
            sums.write(f"{hashed.digest.hexdigest()}  {member.name}\n".encode())
    raise _broken(_("its end is missing"))


def read_parts(path: Path) -> Iterator[tuple[str, IO[bytes], int]]:
    """Name, content and size of each part of an archive that was verified."""
    with _opened(path) as tar:
        for member in _members(tar):
            yield member.name, _part(tar, member), member.size


def safe_name(name: str) -> PurePosixPath | None:
    """The path of a picture below `media/`; None if it leads anywhere else."""
    path = name.removeprefix(MEDIA)
    parts = path.split("/")
    good = (
        path != name
        and path.isprintable()
        and "\\" not in path
        and all(part not in {"", ".", ".."} and len(part) < 256 for part in parts)
    )
    return PurePosixPath(path) if good else None


@contextmanager
def _opened(path: Path) -> Iterator[tarfile.TarFile]:
    try:
        with tarfile.open(path, "r:", errorlevel=2) as tar:
            yield tar
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise _broken(str(error)) from error


def _members(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    while (member := tar.next()) is not None:
        tar.members = []  # type: ignore[attr-defined]
        named = {MARKER, MANIFEST, SUMS, *DATABASES.values()}
        plain = member.type == tarfile.REGTYPE and member.sparse is None
        if not plain or not (member.name in named or safe_name(member.name)):
            # A link, a device, or a way out of the folder: no backup has any.
            raise _broken(repr(member.name))
        yield member


def _part(tar: tarfile.TarFile, member: tarfile.TarInfo) -> IO[bytes]:
    part = tar.extractfile(member)
    if part is None:
        raise _broken(member.name)
    return part


def _compare(found: IO[bytes], told: IO[bytes]) -> None:
    found.seek(0)
    for line in found:
        if told.readline(LONGEST_LINE) != line:
            name = line.decode().partition("  ")[2].strip()
            raise _broken(_("%(name)s has another checksum") % {"name": name})
    if told.read(1):
        raise _broken(_("parts are missing"))


def _manifest(text: bytes, path: Path) -> dict[str, Any]:
    try:
        manifest = json.loads(text)
        known = manifest["format"] == FORMAT
        if known:
            _check_shape(manifest)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise _broken(MANIFEST) from error
    if not known:
        raise BackupError(
            _("%(file)s was made by another version of the shop (format %(format)s).")
            % {"file": path.name, "format": manifest["format"]}
        )
    return dict(manifest)


def _check_shape(manifest: dict[str, Any]) -> None:
    """Raise something if what a restore reads is not there, or of another kind."""
    numbers = [manifest["database"]["unpacked"], manifest["media"]["files"]]
    numbers += manifest["tables"].values()
    words = [manifest["engine"], manifest["shop"], manifest["created_at"]]
    if manifest["engine"] == "postgresql":
        numbers += [int(manifest["server"]), manifest["client"]]
    for app, name in manifest["migrations"]:
        words += [app, name]
    if not all(type(number) is int and number >= 0 for number in numbers):
        raise ValueError
    if not all(type(word) is str for word in words):
        raise ValueError


def _broken(what: str) -> BackupError:
    return BackupError(
        _("This is no whole backup: %(what)s. Nothing was changed.") % {"what": what}
    )
