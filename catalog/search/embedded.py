"""Search on SQLite: every word stands somewhere in the texts, which are folded.

What a shop on a laptop needs, with nothing to keep up: SQLite has no stems for Russian
or Kazakh either way. A word in another form is found by its beginning.
"""

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_
from typing import Any

from django.db.models import Case, Exists, Q, QuerySet, Value, When

from catalog.search.documents import Document
from catalog.search.models import SearchEntry
from catalog.search.readings import Reading, Search, Way

# Where all words have to stand, from the best tier to the last.
TIERS = (
    ("names",),
    ("names", "keys"),
    ("names", "keys", "facts"),
    ("names", "keys", "facts", "texts"),
)


def entries(search: Search) -> QuerySet[SearchEntry]:
    """All that the search finds."""
    found = SearchEntry.objects.all() if search.hidden else _on_sale()
    return (
        found.none() if search.way == "none" else found.filter(_found(search.reading))
    )


def tier(search: Search) -> Case:
    """Of a product: 0 for its own SKU or barcode, then the better the smaller."""
    exact = _is_key(search.reading.keys, "search_entry__")
    words = [_stand(search.reading, places, "search_entry__") for places in TIERS]
    whens = [When(asked, then=n) for n, asked in enumerate([exact, *words])]
    return Case(*whens, default=Value(len(whens)))


def beginning_so(
    products: Any, readings: Sequence[Reading], order: Sequence[str]
) -> Any:
    """The products that have all words in the name, the first reading's before."""
    begins = [
        Q(search_entry__keys__contains=f"\n{reading.text}")
        | reduce(and_, (_begins(word) for word in reading.words), Q())
        for reading in readings
    ]
    place = Case(*(When(asked, then=n) for n, asked in enumerate(begins)))
    return products.filter(reduce(or_, begins)).order_by(place, *order)


def _begins(word: str) -> Q:
    names = "search_entry__names__"
    return Q(**{f"{names}startswith": word}) | Q(**{f"{names}contains": f" {word}"})


def understand(
    typed: Reading, others: Sequence[Reading], hidden: bool, using: str
) -> Search:
    """One statement, whose later steps run only if the earlier ones find nothing."""
    found = SearchEntry.objects.using(using)
    if not hidden:
        found = found.filter(is_active=True)
    begun = Reading(typed.text, tuple(map(_beginning, typed.words)))
    retyped: list[Way] = ["retyped"] * len(others)
    ways: list[Way] = ["typed", *retyped, "parts"]
    readings = [typed, *others, begun]
    whens = [
        When(Exists(found.filter(_found(reading))), then=n)
        for n, reading in enumerate(readings)
    ]
    first = found.values_list(Case(*whens, default=-1))[:1]
    place = next(iter(first), (-1,))[0]
    return Search(readings[place], ways[place] if place >= 0 else "none", hidden)


def _on_sale() -> QuerySet[SearchEntry]:
    return SearchEntry.objects.filter(is_active=True)


def _found(reading: Reading) -> Q:
    found = _is_key(reading.keys) | _stand(reading, TIERS[-1])
    if reading.number is not None:
        found |= Q(product__number=reading.number)
    return found


def _is_key(keys: Sequence[str], prefix: str = "") -> Q:
    asked = Q(pk__in=[])
    for key in keys:
        asked |= Q(**{f"{prefix}keys__contains": f"\n{key}\n"})
    return asked


def _stand(reading: Reading, places: Sequence[str], prefix: str = "") -> Q:
    """All words in one of the places each, or without words whatever was typed."""
    asked = [
        reduce(or_, (Q(**{f"{prefix}{place}__contains": word}) for place in places))
        for word in reading.words or reading.parts
    ]
    return reduce(and_, asked, Q()) if asked else Q(pk__in=[])


def _beginning(word: str) -> str:
    """What the forms of a word have in common: чайник of чайники and чайником."""
    ending = 0 if len(word) < 4 else min(len(word) // 2 - 1, 3)
    return word[: len(word) - ending]


def write_entries(documents: Sequence[Document], using: str, *, anew: bool) -> None:
    SearchEntry.objects.using(using).bulk_create(
        [
            SearchEntry(
                product_id=item.product_id,
                is_active=item.is_active,
                names=item.names,
                keys=item.key_lines,
                facts=item.facts,
                texts=item.texts,
            )
            for item in documents
        ],
        update_conflicts=True,
        unique_fields=["product"],
        update_fields=["is_active", "names", "keys", "facts", "texts"],
    )


def remember_words(words: list[str], using: str) -> None:
    """Nothing to do: typos are not mended here."""
