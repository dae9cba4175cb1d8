"""What a shopper may be about to type: categories and products, a few of each."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from django.conf import settings
from django.utils.translation import get_language

from catalog.caching import cached_by_content
from catalog.models import TEXT_LANGUAGES, Category, Product
from catalog.search.ranking import beginning_so
from catalog.search.readings import MAX_LENGTH, Reading
from catalog.search.words import retyped, words_of

SHORTEST = 2
# With the link to all results that makes eight.
MOST = 7
MOST_CATEGORIES = 3


@dataclass(frozen=True)
class Suggested:
    """A category as a suggestion shows it."""

    name: str
    above: str
    address: str


@dataclass
class Suggestions:
    query: str
    categories: list[Suggested] = field(default_factory=list)
    products: list[Product] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(self.categories or self.products)


def suggest(query: str) -> Suggestions:
    """What has words that begin so, as typed or in another keyboard layout.

    Queries: the category tree, unless it is kept, products and their pictures.
    """
    query = " ".join(query[:MAX_LENGTH].replace("\0", " ").split())
    readings = [Reading.of(text) for text in (query, *retyped(query))]
    readings = [reading for reading in readings if reading.words]
    if len(query) < SHORTEST or not readings:
        return Suggestions(query)
    categories = _categories(readings)[:MOST_CATEGORIES]
    products = Product.objects.with_images().visible()
    found = beginning_so(products, readings, MOST - len(categories))
    return Suggestions(query, categories, found)


@dataclass(frozen=True)
class _Node:
    path: str
    address: str
    names: dict[str, str]
    words: frozenset[str]

    @property
    def name(self) -> str:
        language = (get_language() or settings.LANGUAGE_CODE)[:2]
        return self.names.get(language) or self.names[settings.LANGUAGE_CODE]

    def begins(self, reading: Reading) -> bool:
        """Whether each word of the query begins one of the name's."""
        return all(
            any(own.startswith(word) for own in self.words) for word in reading.words
        )


def _categories(readings: Iterable[Reading]) -> list[Suggested]:
    nodes = {node.path: node for node in cached_by_content("names", _nodes)}
    found = []
    for node in nodes.values():
        if any(node.begins(reading) for reading in readings):
            steps = range(Category.steplen, len(node.path), Category.steplen)
            above = " › ".join(nodes[node.path[:end]].name for end in steps)
            found.append(Suggested(node.name, above, node.address))
    # The wider first.
    return sorted(found, key=lambda item: item.above.count("›") if item.above else -1)


def _nodes() -> list[_Node]:
    nodes = []
    for category in Category.objects.visible():
        names = {
            code: getattr(category, f"name_{code}") or "" for code in TEXT_LANGUAGES
        }
        names[settings.LANGUAGE_CODE] = names[settings.LANGUAGE_CODE] or str(category)
        words = frozenset(word for name in names.values() for word in words_of(name))
        nodes.append(_Node(category.path, category.get_absolute_url(), names, words))
    return nodes
