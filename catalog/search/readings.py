"""A query, and what it was understood to mean."""

import re
from dataclasses import dataclass
from typing import Literal

from catalog.search.words import piece_of, squashed, words_of

MAX_LENGTH = 200
MAX_WORDS = 10
# 12, #12, № 12 (folded it is "no"), as many digits as fit into the column.
_NUMBER = re.compile(r"(?:(?:#|no) ?)?([0-9]{1,18})")
# As typed, in another keyboard layout, as parts of words, with typos mended.
Way = Literal["typed", "retyped", "parts", "mended", "none"]


@dataclass(frozen=True)
class Reading:
    """One way to take a query: as the words to find, or as a key."""

    text: str
    words: tuple[str, ...]

    @classmethod
    def of(cls, text: str) -> "Reading":
        words = dict.fromkeys(words_of(text))
        return cls(piece_of(text), tuple(words)[:MAX_WORDS])

    @property
    def keys(self) -> list[str]:
        """The query as a SKU or barcode: as written, and without punctuation."""
        return list(dict.fromkeys(filter(None, (self.text, squashed(self.text)))))

    @property
    def number(self) -> int | None:
        """The query as a product's number, if it can be one."""
        digits = _NUMBER.fullmatch(self.text)
        return int(digits[1]) if digits else None

    @property
    def parts(self) -> tuple[str, ...]:
        """What stands anywhere in a name or a key, punctuation included."""
        return tuple(self.text.split()[:MAX_WORDS])


@dataclass(frozen=True)
class Search:
    """A query as it was understood."""

    reading: Reading
    way: Way
    # Whether products off sale are found too, which is for staff.
    hidden: bool
    # How many match; if that is many, also how many each better tier has. From
    # PostgreSQL alone.
    total: int = 0
    better: tuple[int, ...] = ()

    @property
    def corrected(self) -> str:
        """What was looked for, if it is not what was typed."""
        return self.reading.text if self.way in {"retyped", "mended"} else ""
