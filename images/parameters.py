"""What `/img` is asked for: the query and the Accept header, read strictly."""

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

import httpx
from django.http import HttpRequest, QueryDict

from images.addresses import LARGEST, SMALLEST, parse
from images.exceptions import BadParameter
from images.formats import Format, available

FITS = ("contain", "cover")
QUALITIES = (0, 95)
DEFAULT_QUALITY = 85
# ASCII digits only, and not so many that reading them would take long.
NUMBER = re.compile(r"[0-9]{1,4}")
RULED_OUT = re.compile(r"q=0(\.0*)?")


@dataclass(frozen=True)
class Parameters:
    """A picture, the box it has to fit into (px; None: as it comes), and how well."""

    url: httpx.URL
    width: int | None
    height: int | None
    fit: str
    quality: int

    @classmethod
    def of(cls, query: QueryDict) -> "Parameters":
        """What a query asks for, or BadParameter with the name of what is wrong.

        A parameter that is given twice is wrong: two readers would take different ones.
        """
        for name in ("url", "w", "h", "fit", "q"):
            if len(query.getlist(name)) > 1:
                raise BadParameter(name)
        width = _number(query, "w", SMALLEST, LARGEST)
        height = _number(query, "h", SMALLEST, LARGEST)
        if width is None and height is None:
            raise BadParameter("w")
        fit = query.get("fit", FITS[0])
        if fit not in FITS:
            raise BadParameter("fit")
        quality = _number(query, "q", *QUALITIES)
        return cls(
            # Last: its refusals are about the address, and the rest is in order.
            url=parse(query.get("url", "")),
            width=width,
            height=height,
            fit=fit,
            quality=DEFAULT_QUALITY if quality is None else quality,
        )

    def key(self, made: Format) -> str:
        """The name of the answer: another for each parameter and each format."""
        box = (self.width, self.height, self.fit)
        text = json.dumps([str(self.url), *box, self.quality, made.name])
        return hashlib.sha256(text.encode()).hexdigest()


def _number(query: QueryDict, name: str, lowest: int, highest: int) -> int | None:
    """The parameter as a number within its bounds; None if it is left out."""
    text = query.get(name)
    if text is None:
        return None
    if not NUMBER.fullmatch(text) or not lowest <= int(text) <= highest:
        raise BadParameter(name)
    return int(text)


def preferred_format(request: HttpRequest) -> Format:
    """The smallest format that the client names; whoever names none gets JPEG.

    A program that sends `*/*` has not said that it can read more.
    """
    named = set(_named(request.headers.get("Accept", "")))
    *better, safe = available()
    return next((kind for kind in better if kind.media_type in named), safe)


def _named(accept: str) -> Iterator[str]:
    """The types that the header lists, but for those that it rules out by `q=0`.

    Django reads this header too, and raises at some that are broken.
    """
    for entry in accept.lower().split(","):
        kind, *options = (part.strip() for part in entry.split(";"))
        if not any(RULED_OUT.fullmatch(option) for option in options):
            yield kind
