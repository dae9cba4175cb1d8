"""Search on PostgreSQL: full text with stems and prefixes, trigrams for the rest.

A lexeme is marked with where its word stands, so that one GIN index without positions
answers "all words in the name" as exactly as "all words anywhere", and no vector has
to be unpacked for it: `1` name, `2` SKU, barcode and number, `3` attributes, `4`
description, `=` a whole key. The functions `catalog_search_…` are the migrations'.

Queries are handed over by sub-selects. The planner does not know what a sub-select
will say, so it takes the index; knowing the word, it reads the whole table for a
frequent one, and unpacks every vector in it.
"""

# ruff: noqa: S608 - statements of the shop's own names; what people type is a parameter

import re
from collections.abc import Sequence
from typing import Any

from django.db import connections
from django.db.models import BooleanField, F, Func, QuerySet

from catalog.search.documents import Document
from catalog.search.models import SearchEntry
from catalog.search.readings import Reading, Search, Way
from catalog.search.words import words_of
from catalog.specs import LANGUAGES

# Where all words have to stand, from the best tier to the last.
PLACES = ("", "1", "12", "123", "1234")
# So many are not sorted for a page (see `ranking`); nor is anybody told how many more.
MANY = 4000
# Without one, a look for parts cannot use trigrams.
_HAS_TRIGRAM = re.compile(r"[^\W_]{3}")

# What a tier asks of an entry: these words in these places, or one of these keys.
Tier = tuple[list[str], str, str]


class InTier(Func):
    """Whether an entry is in the tier."""

    output_field = BooleanField()

    def __init__(self, tier: Tier) -> None:
        super().__init__(F("vector"))
        self.tier = tier

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"{sql} @@ {_QUERY}", [*params, *self.tier]


class HasPart(Func):
    """Whether the text stands somewhere in an entry's names or keys."""

    output_field = BooleanField()

    def __init__(self, part: str) -> None:
        super().__init__(F("names"), F("keys"))
        self.part = part

    def as_sql(self, compiler: Any, connection: Any, *_: Any, **__: Any) -> Any:
        names, keys = (compiler.compile(item)[0] for item in self.source_expressions)
        return _part_sql(names, keys), [_like(self.part)]


_QUERY = "(SELECT catalog_search_query(%s::text[], %s, %s))"


def _part_sql(names: str, keys: str) -> str:
    # The expression that the migration has indexed, to the letter.
    return f"({names} || ' ' || {keys}) LIKE (SELECT %s)"


def _like(part: str) -> str:
    escaped = re.sub(r"([%_\\])", r"\\\1", part)
    return f"%{escaped}%"


# --- What is found --------------------------------------------------------------------


def entries(search: Search) -> QuerySet[SearchEntry]:
    """All that the search finds."""
    found = SearchEntry.objects.all()
    if not search.hidden:
        found = found.filter(is_active=True)
    if search.way == "none":
        return found.none()
    if search.way == "parts":
        return found.filter(*map(HasPart, search.reading.parts))
    return found.filter(InTier(tiers(search)[-1]))


def beginning_so(reading: Reading) -> QuerySet[SearchEntry]:
    """Entries on sale that have all words in the name, or the query in a key."""
    _words, _places, begun = _tiers(reading)[-1]
    tier = (list(reading.words), "1", begun)
    return SearchEntry.objects.filter(InTier(tier), is_active=True)


def tiers(search: Search) -> list[Tier]:
    """From the best to the last; each has everything that the one before it has."""
    return _tiers(search.reading)


def _tiers(reading: Reading) -> list[Tier]:
    words = list(reading.words)
    exact = [_quoted(key) for key in reading.keys]
    begun = exact + [f"{_quoted(key)}:*" for key in reading.keys if len(key) > 2]
    if reading.number is not None:
        begun.append(_quoted(f"#{reading.number}"))
    keys = [exact, exact, begun, begun, begun]
    return [
        (words if places else [], places, " | ".join(named))
        for places, named in zip(PLACES, keys, strict=True)
    ]


def _quoted(key: str) -> str:
    escaped = key.replace("\\", "\\\\").replace("'", "''")
    return f"'={escaped}'"


# --- What is meant --------------------------------------------------------------------


def understand(
    typed: Reading, others: Sequence[Reading], hidden: bool, using: str
) -> Search:
    """One statement, whose later steps run only if the earlier ones find nothing."""
    question = _Question("TRUE" if hidden else "is_active")
    for reading in (typed, *others):
        question.try_words(reading)
    question.try_parts(typed)
    question.try_mended(typed)
    question.count_tiers()
    with connections[using].cursor() as cursor:
        cursor.execute(question.sql, question.params)
        row = dict(zip(question.names, cursor.fetchone(), strict=True))
    mended = Reading.of(" ".join(row["mended_words"] or ()))
    readings = [typed, *others, typed, mended]
    retyped: list[Way] = ["retyped"] * len(others)
    ways: list[Way] = ["typed", *retyped, "parts", "mended"]
    for way, reading, name in zip(ways, readings, question.tries, strict=True):
        if row[name]:
            better = tuple(row[name] for name in question.tiers)
            return Search(reading, way, hidden, row[name], better)
    return Search(typed, "none", hidden)


class _Question:
    """`WITH try_0 AS (…), try_1 AS (…) … SELECT` how many each of them has found."""

    def __init__(self, active: str) -> None:
        self.active = active
        self.steps: list[str] = []
        self.params: list[Any] = []
        self.columns: dict[str, str] = {}
        self.tries: list[str] = []
        self.tiers: list[str] = []
        # (try, its tiers but the last) of every reading in words.
        self.readings: list[tuple[str, list[Tier]]] = []

    @property
    def names(self) -> list[str]:
        return list(self.columns)

    @property
    def sql(self) -> str:
        columns = ", ".join(self.columns.values())
        return f"WITH {', '.join(self.steps)} SELECT {columns}"

    def try_words(self, reading: Reading) -> None:
        tiers = _tiers(reading)
        name = self._try(f"vector @@ {_QUERY}", tiers[-1])
        self.readings.append((name, tiers[:-1]))

    def try_parts(self, reading: Reading) -> None:
        if _HAS_TRIGRAM.search(reading.text):
            parts = [_part_sql("names", "keys") for _ in reading.parts]
            self._try(" AND ".join(parts), [_like(part) for part in reading.parts])
        else:
            self._try("FALSE", [])

    def try_mended(self, reading: Reading) -> None:
        """Each word as the known word that looks most like it."""
        self._step(
            "mended",
            "SELECT array_agg(COALESCE(known.word, given.word) ORDER BY place) AS words"  # nosec B608 - own names
            " FROM unnest(%s::text[]) WITH ORDINALITY AS given(word, place)"
            " LEFT JOIN LATERAL ("
            "SELECT word FROM catalog_searchword WHERE word %% given.word"
            " ORDER BY similarity(word, given.word) DESC, word LIMIT 1"
            f") AS known ON length(given.word) > 3 WHERE {self._nothing_yet()}",
            [list(reading.words)],
        )
        self.columns["mended_words"] = "(SELECT words FROM mended)"
        query = "(SELECT catalog_search_query(words, '1234', '') FROM mended)"
        self._try(f"vector @@ {query}", [])

    def count_tiers(self) -> None:
        """How many the better tiers have, if there are too many to sort them all."""
        for n, places in enumerate(PLACES[:-1]):
            cases: list[str] = []
            params: list[Any] = []
            for name, tiers in self.readings:
                large = f"WHEN (SELECT n FROM {name}) >= {MANY}"  # nosec B608 - own names
                cases.append(f"{large} THEN catalog_search_query(%s::text[], %s, %s)")
                params += tiers[n]
            if places:
                mended = "(SELECT catalog_search_query(words, %s, '') FROM mended)"
                large = f"WHEN (SELECT n FROM {self.tries[-1]}) >= {MANY}"  # nosec B608 - own names
                cases.append(f"{large} THEN {mended}")
                params.append(places)
            # What comes after a large tier is never asked for.
            above = [f"(SELECT n FROM {name}) < {MANY}" for name in self.tiers]  # nosec B608 - own names
            name = self._step(
                f"tier_{n}",
                "SELECT count(*) AS n FROM (SELECT FROM catalog_searchentry"  # nosec B608 - own names
                f" WHERE vector @@ (SELECT CASE {' '.join(cases)} END)"
                f" AND {' AND '.join([self.active, *above])} LIMIT {MANY}) AS x",
                params,
            )
            self.columns[name] = f"(SELECT n FROM {name})"  # nosec B608 - own names
            self.tiers.append(name)

    def _try(self, condition: str, params: Sequence[Any]) -> str:
        name = f"try_{len(self.tries)}"
        self._step(
            name,
            "SELECT count(*) AS n FROM catalog_searchentry"  # nosec B608 - own names
            f" WHERE {condition} AND {self.active} AND {self._nothing_yet()}",
            params,
        )
        self.columns[name] = f"(SELECT n FROM {name})"  # nosec B608 - own names
        self.tries.append(name)
        return name

    def _step(self, name: str, sql: str, params: Sequence[Any]) -> str:
        self.steps.append(f"{name} AS MATERIALIZED ({sql})")
        self.params += params
        return name

    def _nothing_yet(self) -> str:
        counts = [f"(SELECT n FROM {name}) = 0" for name in self.tries]  # nosec B608 - own names
        return " AND ".join(counts) or "TRUE"


# --- Writing --------------------------------------------------------------------------


def write_entries(documents: Sequence[Document], using: str, *, anew: bool) -> None:
    rows = [
        (
            item.product_id,
            item.is_active,
            item.names,
            item.key_lines,
            item.facts,
            item.texts,
            _plain_lexemes(item),
            *(texts[code] for texts in (item.name, item.fact, item.text)
              for code in LANGUAGES),
        )
        for item in documents
    ]  # fmt: skip
    with connections[using].cursor() as cursor:
        cursor.execute(_WRITE, [*map(list, zip(*rows, strict=True)), anew])


def remember_words(words: list[str], using: str) -> None:
    with connections[using].cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalog_searchword (word)"
            " SELECT unnest(%s::text[]) ON CONFLICT DO NOTHING",
            [words],
        )


def _plain_lexemes(item: Document) -> str:
    """The words as they are, a line each; PostgreSQL adds their stems."""
    lexemes = [f"=#{item.number}", *(f"={key}" for key in item.keys)]
    for mark, text in (
        *(("1", text) for text in item.name.values()),
        ("2", item.key_lines),
        *(("3", text) for text in item.fact.values()),
    ):
        lexemes += [f"{mark}{word}" for word in words_of(text)]
    return "\n".join(dict.fromkeys(lexemes))


_COLUMNS = ("product_id", "is_active", "names", "keys", "facts", "texts")
_WORDS = [f"{kind}_{code}" for kind in ("name", "fact", "text") for code in LANGUAGES]
_TYPES = ["uuid", "boolean", *["text"] * (len(_COLUMNS) - 2 + 1 + len(_WORDS))]
_NEW = ", ".join(f"new.{name}" for name in _COLUMNS)
_OLD = ", ".join(f"old.{name}" for name in _COLUMNS)
# Stems of descriptions are enough; names and attributes are also found while typed.
_WRITE = f"""
INSERT INTO catalog_searchentry ({", ".join(_COLUMNS)}, vector)
SELECT {_NEW}, array_to_tsvector(
    string_to_array(new.plain, E'\n')
    || catalog_search_stems('1', new.name_ru, new.name_kk, new.name_en)
    || catalog_search_stems('3', new.fact_ru, new.fact_kk, new.fact_en)
    || catalog_search_stems('4', new.text_ru, new.text_kk, new.text_en)
)
FROM unnest({", ".join(f"%s::{kind}[]" for kind in _TYPES)})
    AS new({", ".join([*_COLUMNS, "plain", *_WORDS])})
LEFT JOIN catalog_searchentry AS old USING (product_id)
WHERE %s OR ({_OLD}) IS DISTINCT FROM ({_NEW})
ON CONFLICT (product_id) DO UPDATE
SET {", ".join(f"{name} = EXCLUDED.{name}" for name in (*_COLUMNS[1:], "vector"))}
"""  # nosec B608 - own names
