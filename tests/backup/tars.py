"""Archives as somebody else might make them, by tarfile and hashlib alone."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

Parts = dict[str, bytes]


def parts_of(path: Path) -> Parts:
    with tarfile.open(path) as tar:
        return {
            member.name: tar.extractfile(member).read() for member in tar.getmembers()
        }


def write(path: Path, parts: Parts, *more: tarfile.TarInfo) -> Path:
    """A tar of these parts, then of `more` without content, with right checksums."""
    parts = {name: data for name, data in parts.items() if name != "SHA256SUMS"}
    sums = "".join(
        f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in parts.items()
    )
    sums += "".join(f"{hashlib.sha256().hexdigest()}  {one.name}\n" for one in more)
    with tarfile.open(path, "w") as tar:
        for name, data in parts.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        for one in more:
            tar.addfile(one)
        info = tarfile.TarInfo("SHA256SUMS")
        info.size = len(sums.encode())
        tar.addfile(info, io.BytesIO(sums.encode()))
    return path


def with_manifest(
    path: Path, target: Path, change: Callable[[dict[str, Any]], object]
) -> Path:
    """The same backup with another manifest, whole by its checksums."""
    parts = parts_of(path)
    manifest = json.loads(parts["manifest.json"])
    change(manifest)
    return write(target, {**parts, "manifest.json": json.dumps(manifest).encode()})
