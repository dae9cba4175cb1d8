"""Buttons under messages. What a button says to the bot has 64 bytes at most."""

from urllib.parse import urlsplit

from shop.mail import absolute_url

Button = dict[str, str]
# Rows of buttons, in Telegram's words.
Keyboard = list[list[Button]]

MAX_DATA = 64
MAX_LABEL = 60


def button(label: object, *data: object) -> Button:
    """A button that tells the bot these words, the first of which names its handler."""
    said = ":".join(str(part) for part in data)
    if len(said.encode()) > MAX_DATA:
        raise ValueError(f"Telegram takes no button that says {said}")
    return {"text": str(label)[:MAX_LABEL], "callback_data": said}


def links(label: object, path: str) -> list[Button]:
    """A button that opens a page of the shop, or none.

    Telegram refuses a message whose button leads to a host without a dot.
    """
    url = absolute_url(path)
    host = urlsplit(url).hostname or ""
    return [{"text": str(label), "url": url}] if "." in host else []


def pager(page: int, pages: int, *data: object) -> list[list[Button]]:
    """A row to go through the pages, the first of which is 1; no row for one page."""
    if pages < 2:
        return []
    row = [button(f"{page} / {pages}", *data, page)]
    if page > 1:
        row.insert(0, button("‹", *data, page - 1))
    if page < pages:
        row.append(button("›", *data, page + 1))
    return [row]
