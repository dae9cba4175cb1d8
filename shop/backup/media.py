"""The pictures of a backup: files of content-addressed names, so only ever added."""

import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from django.conf import settings
from django.core.files.storage import FileSystemStorage, default_storage

from shop.backup.archive import CHUNK, MEDIA, Writer, safe_name

STAGING = ".restoring-"


def folder() -> Path | None:
    """Where pictures are files of this machine; None: they are in a store elsewhere."""
    if isinstance(default_storage, FileSystemStorage):
        return Path(default_storage.location)
    return None


@dataclass
class Added:
    """How much is in the archive, and what is not: links, to files or folders."""

    files: int = 0
    size: int = 0
    links: list[str] = field(default_factory=list)


def add_all(root: Path, archive: Writer) -> Added:
    """Every picture is in the archive, but for those behind links, which are told.

    What is deleted meanwhile is left out, what is being written is taken as far as it
    is: no row of an earlier snapshot names it.
    """
    added = Added()
    for name in _names(root):
        # What it leads to may be anything of this machine.
        if (root / name).is_symlink():
            added.links.append(name)
            continue
        try:
            opened = os.open(root / name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        except OSError:
            continue
        with os.fdopen(opened, "rb") as file:
            found = os.fstat(opened)
            if stat.S_ISREG(found.st_mode):
                archive.add(MEDIA + name, file, found.st_size)
                added.files += 1
                added.size += found.st_size
    return added


def _names(root: Path) -> Iterator[str]:
    """Of files, and of links to folders, which are not looked into."""
    for directory, folders, files in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith(STAGING))
        links = [name for name in folders if (Path(directory) / name).is_symlink()]
        for file in sorted([*files, *links]):
            name = (Path(directory) / file).relative_to(root).as_posix()
            # Names that no picture of the shop has, and a list of sums cannot hold.
            if safe_name(MEDIA + name):
                yield name


class Staging:
    """Pictures of a backup beside the shop's, on the same disk; then among them."""

    def __init__(self, root: Path) -> None:
        root.mkdir(parents=True, exist_ok=True)
        # What a killed restore left.
        for left in root.glob(f"{STAGING}*"):
            remove_folder(left)
        self._root = root
        self._staging = Path(tempfile.mkdtemp(prefix=STAGING, dir=root))
        self._added: list[Path] = []
        self._differing: list[Path] = []

    def unpack(self, name: str, part: IO[bytes]) -> None:
        """The picture is on the disk, below a folder that was empty before."""
        path = safe_name(name)
        if path is None:
            raise ValueError(name)
        target = self._staging / path
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as file:
            shutil.copyfileobj(part, file, CHUNK)
        if settings.FILE_UPLOAD_PERMISSIONS is not None:
            target.chmod(settings.FILE_UPLOAD_PERMISSIONS)

    def place_new(self) -> None:
        """Every picture that was not there is; those that were are as they were."""
        for directory, _folders, files in os.walk(self._staging):
            for file in files:
                staged = Path(directory) / file
                target = self._root / staged.relative_to(self._staging)
                target.parent.mkdir(parents=True, exist_ok=True)
                if target.exists():
                    self._differing.append(staged)
                else:
                    staged.rename(target)
                    self._added.append(target)

    def replace_others(self) -> None:
        """Pictures that were there are those of the backup, each at once."""
        for staged in self._differing:
            staged.replace(self._root / staged.relative_to(self._staging))

    def take_back(self) -> None:
        """What `place_new` added is gone."""
        for target in self._added:
            target.unlink(missing_ok=True)

    def close(self) -> None:
        shutil.rmtree(self._staging, ignore_errors=True)


def remove_folder(path: Path) -> None:
    """The folder is gone, if it can go."""
    shutil.rmtree(path, ignore_errors=True)
