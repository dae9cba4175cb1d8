"""Finding people by what is known of them, however it is written.

A customer and an order have the same three columns: `email`, `full_name`, `phone`.
`asked(…)` finds rows of either by parts of them; PostgreSQL answers from a trigram
index over `PersonText`, SQLite calls `person_text` (docs/adr/0021).
"""

import re
from dataclasses import dataclass
from itertools import groupby
from typing import Any
from uuid import UUID

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db.models import Func, Q, TextField, Value
from django.db.models.functions import Greatest, StrIndex
from django.db.models.lookups import Contains, GreaterThan
from django.db.models.sql.compiler import SQLCompiler

from shop.phones import to_phone

MAX_LENGTH = 200
MAX_WORDS = 10
# As many digits as surely fit into a BIGINT.
MAX_DIGITS = 18
# A trigram index knows nothing of parts that are shorter.
SHORT = 3
NEWEST = 20_000
# What may stand between the digits of a phone number.
SIGNS = "+ ()-./"
_NO_SIGNS = dict.fromkeys(map(ord, SIGNS))
_SIGN = re.compile(r"[№#]\s*(?=[0-9])")
_NUMBER = re.compile(rf"№?[0-9]{{1,{MAX_DIGITS}}}")
# What phone numbers are written with, a dash of any kind included.
_DIALLED = re.compile(r"[0-9+().\-\u2010-\u2015]*[0-9][0-9+().\-\u2010-\u2015]*")
_RUN = re.compile(r"[^\W_]+")


def person_text(email: str, full_name: str, phone: str) -> str:
    """What a person is found by: words after spaces, a phone number as its digits."""
    digits = phone.translate(_NO_SIGNS)
    return f" {email} {full_name} {digits}".lower().replace("ё", "е")


class PersonText(Func):
    """The same in SQL, letter for letter as the indexes of the migrations have it."""

    output_field = TextField()
    arity = 3

    def __init__(self) -> None:
        super().__init__("email", "full_name", "phone")

    def as_postgresql(
        self, compiler: SQLCompiler, connection: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        email, name, phone = self._columns(compiler)
        digits = f"translate({phone}, '{SIGNS}', '')"
        text = f"' ' || {email} || ' ' || {name} || ' ' || {digits}"
        return f"replace(lower({text}), 'ё', 'е')", ()

    def as_sqlite(
        self, compiler: SQLCompiler, connection: Any, **extra_context: Any
    ) -> tuple[str, tuple[str | int, ...]]:
        # Registered by `ShopConfig`: SQLite itself folds ASCII letters only.
        return f"shop_person_text({', '.join(self._columns(compiler))})", ()

    def _columns(self, compiler: SQLCompiler) -> list[str]:
        return [compiler.compile(column)[0] for column in self.source_expressions]


@dataclass(frozen=True)
class Word:
    """One thing that was typed, and what it may be."""

    # Any of these stands in the person's text.
    parts: tuple[str, ...] = ()
    number: int | None = None
    id: UUID | None = None

    @property
    def is_short(self) -> bool:
        """Too short for an index: `part` then says where words begin, with a space."""
        return any(len(part) <= SHORT for part in self.parts if part.startswith(" "))


def read(query: str) -> list[Word]:
    """What was asked for; all of it has to hold. Signs without a letter are left out.

    `8 701 123`, `+7 (701) 123` and `7701123` are the beginning of one phone number;
    digits in one piece may also be the number of an order, and with № are only that.
    """
    written = _SIGN.sub("№", query.replace("\0", " ")[:MAX_LENGTH])
    words: list[Word | None] = []
    for is_dialled, pieces in groupby(written.split(), key=_is_dialled):
        if is_dialled:
            words.append(_dialled(list(pieces)))
        else:
            words += map(_word, pieces)
    return [word for word in words if word][:MAX_WORDS]


def asked(query: str, rows: Any, *, numbered: bool = False) -> Q:
    """Which of the rows, the newest first, the query finds; all of them if it is empty.

    `numbered` rows also have a short `number` of their own. Parts of one or two letters
    are looked for among the newest rows alone, if there is nothing else to go by.
    """
    words = read(query)
    if not words:
        return _nothing() if query.strip() else Q()
    # For the index "@example" begins a word too: alone, "ex" would find everybody.
    are_short = all(word.is_short for word in words)
    wanted = _among_newest(rows) if are_short else Q()
    for word in words:
        found = Q(pk=word.id) if word.id else Q()
        for part in word.parts:
            found |= _contains(part, by_index=not are_short)
        if numbered and word.number is not None:
            found |= Q(number=word.number)
        wanted &= found or _nothing()
    return wanted


def newest(query: str, rows: Any, most: int, *, numbered: bool = False) -> list[Any]:
    """The newest of the rows that the query finds, so many at most.

    The planner cannot know that two names which many people have are hardly ever one
    person's: it would walk along all rows, the newest first, to meet a page of them
    soon. So the walk ends early, and what it does not fill is gathered by the index
    of the texts and sorted. Queries: three at most.
    """
    everybody = rows.model._default_manager.order_by("-created_at", "-pk")
    found = rows.filter(asked(query, everybody, numbered=numbered))
    walk = found.order_by("-created_at", "-pk")
    if all(word.is_short for word in read(query)):
        return list(walk[:most])
    met = list(walk.filter(_among_newest(everybody))[:most])
    if len(met) == most:
        return met
    # Of this order there is no index, which is why.
    alone = Greatest("created_at", "created_at").desc()
    return list(found.order_by(alone, "-pk")[:most])


def as_number(query: str) -> int | None:
    """The whole query as a short number: `12`, `№ 12`, `#12`."""
    words = read(query)
    return words[0].number if len(words) == 1 else None


def is_marked(query: str) -> bool:
    """Whether the query says itself that it is the number of an order: `№ 12`."""
    return as_number(query) is not None and bool(_SIGN.match(query.strip()))


def as_id(query: str) -> UUID | None:
    return _id(query.strip())


def as_email(query: str) -> str:
    """The whole query as an e-mail address in lower case; empty if it is none."""
    email = query.strip().lower()
    try:
        validate_email(email)
    except ValidationError:
        return ""
    return email


def as_phone(query: str) -> str:
    """The whole query as a full phone number, in the form that is kept; or empty."""
    written = query.strip()
    pieces = written.split()
    if len(written) > MAX_LENGTH or not pieces or not all(map(_is_dialled, pieces)):
        return ""
    return _phone(written)


def _is_dialled(piece: str) -> bool:
    return bool(_DIALLED.fullmatch(piece)) and _id(piece) is None


def _dialled(pieces: list[str]) -> Word:
    """Digits, perhaps with spaces: a phone number, a part of one, or a number."""
    digits = re.sub("[^0-9]", "", "".join(pieces))
    number = None
    if len(pieces) == 1 and _NUMBER.fullmatch(pieces[0]):
        number = int(digits)
    if len(digits) < SHORT:
        # Too little to look for, unless nothing else can be meant by it.
        return Word(parts=() if number is not None else (f" {digits}",), number=number)
    parts = [digits]
    if digits.startswith("8") and len(digits) > SHORT:
        # How one dials at home what is +7 from abroad.
        parts.append(f" 7{digits[1:]}")
    full = _phone(" ".join(pieces)).removeprefix("+")
    if full and not any(part.strip() in full for part in parts):
        parts.append(f" {full}")
    return Word(tuple(parts), number)


def _word(piece: str) -> Word | None:
    if found := _id(piece):
        return Word(id=found)
    if _NUMBER.fullmatch(piece):
        return Word(number=int(piece.removeprefix("№")))
    runs = _RUN.findall(piece)
    if not runs:
        return None
    text = piece.lower().replace("ё", "е")
    # A short part is looked for where words begin, which the index knows.
    return Word((text if max(map(len, runs)) >= SHORT else f" {text}",))


def _phone(written: str) -> str:
    try:
        return to_phone(written)
    except ValidationError:
        return ""


def _id(text: str) -> UUID | None:
    try:
        return UUID(text) if len(text) in {32, 36} else None
    except ValueError:
        return None


def _contains(part: str, *, by_index: bool) -> Q:
    if by_index:
        return Q(Contains(PersonText(), part))
    return Q(GreaterThan(StrIndex(PersonText(), Value(part)), 0))


def _among_newest(rows: Any) -> Q:
    """A moment since when so many rows have come: an index is read from there on."""
    moments = rows.values_list("created_at", flat=True)
    since = moments[NEWEST : NEWEST + 1].first()
    return Q(created_at__gte=since) if since else Q()


def _nothing() -> Q:
    return Q(pk__in=[])
