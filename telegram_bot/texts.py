"""Texts within Telegram's limits, which it counts in UTF-16 units."""

from collections.abc import Iterator

MESSAGE = 4096
CAPTION = 1024
TOAST = 200


def length(text: str) -> int:
    """How long Telegram takes the text for: an emoji has two units."""
    return len(text.encode("utf-16-le")) // 2


def shorten(text: str, limit: int) -> str:
    """The text, or as much of it as fits with an ellipsis."""
    if length(text) <= limit:
        return text
    return _beginning(text, limit - 1).rstrip() + "…"


def split(text: str, limit: int = MESSAGE) -> list[str]:
    """The text in parts that fit, cut at the ends of lines where there are any."""
    return list(_parts(text, limit))


def _parts(text: str, limit: int) -> Iterator[str]:
    while length(text) > limit:
        part = _beginning(text, limit)
        line = text.rfind("\n", 0, len(part) + 1)
        # A line that fills a message by itself is cut where it must be.
        if line > 0:
            part = part[:line]
        yield part
        text = text[len(part) :].removeprefix("\n")
    if text:
        yield text


def _beginning(text: str, limit: int) -> str:
    # Half a sign at the cut is dropped, and stays for what follows.
    return text.encode("utf-16-le")[: limit * 2].decode("utf-16-le", "ignore")
