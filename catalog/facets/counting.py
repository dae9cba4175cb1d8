"""How many of some products have which values: one statement for all that is asked.

The products are given as QuerySets. What comes back is in no language and can be
cached. Products of the same attributes are counted before their attributes are taken
apart: ADR 0011 tells what that saves.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypedDict
from uuid import UUID

from django.core.exceptions import EmptyResultSet
from django.db.models import F

from catalog.facets import sql
from catalog.filters import MAX_TEXT, meanings
from catalog.lookups import AttributesDigest
from shop.replica import reading

# Different values that are read for one key, the most frequent first.
MAX_READ = 200
# What the databases call the kinds of JSON values that a filter can ask for.
_KINDS = {
    "string": "string", "text": "string", "number": "number", "integer": "number",
    "real": "number", "boolean": "boolean", "true": "boolean", "false": "boolean",
}  # fmt: skip

# (kind of JSON value, the value): yes is not 1 here, and 2 is 2.0.
Value = tuple[str, str | float | bool]


@dataclass
class Question:
    """Some products, and what is to be counted of them."""

    products: Any
    # Attributes whose values are counted.
    keys: Sequence[str] = ()
    # Values that are counted even if they are rare, as an address writes them.
    texts: Sequence[str] = ()
    # The categories of the products, and nothing else.
    categories: bool = False


class KeyCounts(TypedDict):
    """What products have under one key; `low` and `high` are of its numbers."""

    values: dict[Value, int]
    low: float | None
    high: float | None


class Counts(TypedDict):
    """The answer to a question; plain, so that a cache can keep it."""

    count: int
    price: tuple[str, str] | None
    templates: dict[UUID, int]
    keys: dict[str, KeyCounts]
    # Sets of categories, and how many products stand in exactly these.
    categories: dict[tuple[UUID, ...], int]


def no_counts() -> Counts:
    return Counts(count=0, price=None, templates={}, keys={}, categories={})


def count_all(questions: Sequence[Question]) -> list[Counts]:
    """The answers, in order, from one statement (or none, if nothing can be found)."""
    answers = [no_counts() for _question in questions]
    sources, parts = [], []
    source_params: list[Any] = []
    part_params: list[Any] = []
    for place, question in enumerate(questions):
        try:
            source, params = _source(question.products)
        except EmptyResultSet:
            continue
        with_source = sql.PRODUCTS if question.categories else sql.SOURCE
        sources.append(with_source.format(place=place, source=source))
        source_params += params
        for part, params in _parts(question):
            parts.append(part.format(place=place))
            part_params += params
    if not parts:
        return answers
    statement = f"WITH {', '.join(sources)} {' UNION ALL '.join(parts)}"
    with reading("catalog").cursor() as cursor:
        cursor.execute(statement, [*source_params, *part_params])
        for place, *row in cursor.fetchall():
            _note(answers[place], *row)
    return answers


def _source(products: Any) -> tuple[str, Sequence[Any]]:
    """The products' id, template, price and what their attributes are known by."""
    connection = reading("catalog")
    has_digest = connection.vendor == "postgresql"
    attributes = AttributesDigest() if has_digest else F("attributes")
    rows = products.order_by().annotate(attributes_key=attributes)
    rows = rows.values("id", "template_id", "price", "attributes_key")
    return rows.query.get_compiler(connection=connection).as_sql()


def _parts(question: Question) -> Iterator[tuple[str, Sequence[Any]]]:
    vendor = reading("catalog").vendor
    if question.categories:
        yield sql.CATEGORIES[vendor], []
        return
    yield sql.ALL, []
    yield sql.TEMPLATES, []
    if question.keys:
        numbers = [
            meaning
            for text in question.texts
            for meaning in meanings(text)
            if not isinstance(meaning, str | bool)
        ]
        keys, texts = list(question.keys), list(question.texts)
        if vendor == "postgresql":
            yield sql.VALUES["postgresql"], [keys, MAX_TEXT, MAX_READ, texts, numbers]
        else:
            wanted = json.dumps([*texts, *numbers])
            yield sql.VALUES["sqlite"], [json.dumps(keys), MAX_TEXT, MAX_READ, wanted]


def _note(
    counts: Counts, kind: str, key: str, value: Any, n: int, low: Any, high: Any
) -> None:
    """One row of the statement; `kind` says what its columns mean."""
    if kind == "all":
        counts["count"], counts["price"] = n, (low, high) if n else None
    elif kind == "template":
        counts["templates"][UUID(value)] = n
    elif kind == "category":
        ids = tuple(sorted(UUID(part) for part in value.strip("{}").split(",")))
        counts["categories"][ids] = counts["categories"].get(ids, 0) + n
    else:
        empty = KeyCounts(values={}, low=None, high=None)
        found = counts["keys"].setdefault(key, empty)
        known = _value(_KINDS[kind], kind, value)
        # 2 and 2.0 are two rows, and one value.
        found["values"][known] = found["values"].get(known, 0) + n
        if low is not None:
            found["low"], found["high"] = _number(low), _number(high)


def _value(kind: str, name: str, value: Any) -> Value:
    if kind == "number":
        return kind, _number(value)
    if kind == "boolean":
        return kind, "true" in (name, value)
    return kind, value


def _number(value: Any) -> float:
    """As a filter understands it: whole numbers are whole, however long."""
    try:
        return int(str(value))
    except ValueError:
        number = float(value)
        return int(number) if number.is_integer() else number
