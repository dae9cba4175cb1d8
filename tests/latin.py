"""Words in Latin letters: what a page forgot to translate."""

import re
from html.parser import HTMLParser
from typing import Any

SCHEMA_HELP = "brand string weight type number unit kg label required true filterable "
SCHEMA_HELP += "choices min max text integer boolean date choice url null red"

# Names, and words that both languages write in Latin letters.
LATIN = {"Duken", "English", "JPEG", "PNG", "WebP", "AVIF", "JSON", "Axes"}
LATIN |= {"PDF", "CSV", "Ctrl", "Mac", "KZT"}
LATIN |= {"ru", "kk", "en"}
# Django's back office has these in its templates and widgets, outside of any catalogue.
LATIN |= {"Search", "True", "False"}
# Codes of delivery methods and providers, and what the help about a schema quotes.
LATIN |= {"pickup", "courier", "post", "emulator", "SSO", "LDAP"}
LATIN |= set(re.findall("[a-z]+", SCHEMA_HELP))
# E-mail and other addresses, SKUs, and UUIDs with whatever is tied to them.
DATA = re.compile(r"\S+@\S+|https?://\S+|SKU-\d+|[0-9a-f]{8}(-?[0-9a-f]{4}){3}\S+")


class Seen(HTMLParser):
    """The texts of a page that a person reads or hears."""

    HEARD = ("aria-label", "title", "placeholder", "alt")

    def __init__(self, page: str) -> None:
        super().__init__()
        self.texts: list[str] = []
        self._silent = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._silent += tag in ("script", "style")
        named = dict(attrs)
        heard = [named.get(name) for name in self.HEARD]
        if tag == "meta" and named.get("name") == "description":
            heard.append(named.get("content"))
        if tag == "input" and named.get("type") in ("submit", "button"):
            heard.append(named.get("value"))
        self.texts += [text for text in heard if text]

    def handle_endtag(self, tag: str) -> None:
        self._silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.texts.append(data.strip())


def leftovers(response: Any) -> set[str]:
    """Words in Latin letters that are neither names nor somebody's data."""
    return latin(" ".join(Seen(response.content.decode()).texts))


def latin(text: str) -> set[str]:
    return set(re.findall(r"[A-Za-z]{2,}", DATA.sub(" ", text))) - LATIN
