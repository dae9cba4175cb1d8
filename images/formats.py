"""The formats in which pictures leave."""

from dataclasses import dataclass, field
from functools import cache
from typing import Any

from PIL import features


@dataclass(frozen=True)
class Format:
    """`name` is Pillow's; `options` are those of its encoder."""

    name: str
    media_type: str
    options: dict[str, Any] = field(default_factory=dict, hash=False)


# Somebody waits for the picture. At its usual speed, AVIF takes ten times as long.
AVIF = Format("AVIF", "image/avif", {"speed": 9})
WEBP = Format("WEBP", "image/webp", {"method": 2})
JPEG = Format("JPEG", "image/jpeg", {"optimize": True, "progressive": True})


@cache
def available() -> tuple[Format, ...]:
    """The formats that this build of Pillow writes, the smallest first, JPEG last."""
    return (
        *([AVIF] if features.check("avif") else []),
        *([WEBP] if features.check("webp") else []),
        JPEG,
    )
