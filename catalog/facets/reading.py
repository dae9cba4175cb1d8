"""The counts behind the facets of a list: from the cache, else from one statement."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from catalog.caching import CountsCache
from catalog.facets.counting import Counts, Question, count_all
from catalog.filters import ProductFilter
from catalog.models import Category, SpecTemplate
from catalog.specs import known_schema

PRICES = ("min_price", "max_price")
# Name, and the options of the filterable attributes in the schema's order.
Template = tuple[str, dict[str, Any]]
# What one statement counts: ("all",), ("categories",), ("price",), ("key", "brand").
Part = tuple[str, ...]
_ALL: Part = ("all",)
_CATEGORIES: Part = ("categories",)
_PRICE: Part = ("price",)


@dataclass
class Reading:
    """All that is counted for a list; no text of it is in the reader's language."""

    templates: dict[UUID, Template]
    # The list itself. Its attributes that are chosen are not in here …
    all: Counts
    # … but each in the list as it would be without that choice,
    by_key: dict[str, Counts]
    # as are the categories, each with all below it, and the prices.
    categories: dict[UUID, int]
    price: tuple[str, str] | None


def read(filterset: ProductFilter) -> Reading:
    """The counts of the list. Statements: none if all is cached, else at most four."""
    asked = filterset.asked()
    by_part: dict[Part, Any] = {_ALL: asked, _CATEGORIES: _without(asked, "category")}
    if any(name in asked for name in PRICES):
        by_part[_PRICE] = _without(asked, *PRICES)
    for key, choice in filterset.choices.items():
        by_part["key", key] = {
            "rest": _without(asked, *choice.names),
            "texts": sorted(choice.texts),
        }
    names = [[*part, name] for part, name in by_part.items()]
    cache = CountsCache(["templates", *names], of_stock="in_stock" in asked)
    found = {part: cache.get([*part, name]) for part, name in by_part.items()}
    fresh: list[tuple[Any, Any]] = []

    templates = cache.get("templates")
    if templates is None:
        with cache.reading():
            templates = _templates()
        fresh.append(("templates", templates))
    filterable = {key for _name, fields in templates.values() for key in fields}
    missing = [
        part
        for part, counts in found.items()
        if counts is None and (part[0] != "key" or part[1] in filterable)
    ]
    questions = [_question(filterset, part, filterable) for part in missing]
    with cache.reading():
        counted = count_all(questions)
        for part, counts in zip(missing, counted, strict=True):
            found[part] = counts
            if part == _CATEGORIES:
                found[part] = _by_branch(counts, hidden=filterset.shows_hidden)
            fresh.append(([*part, by_part[part]], found[part]))
    if fresh:
        cache.store(fresh)
    return Reading(
        templates=templates,
        all=found[_ALL],
        by_key={
            key: found["key", key] for key in filterset.choices if key in filterable
        },
        categories=found[_CATEGORIES],
        price=found.get(_PRICE, found[_ALL])["price"],
    )


def count_of(filterset: ProductFilter) -> int:
    """How many products the list has; no statement if that is cached."""
    asked = filterset.asked()
    name = ["count", asked]
    cache = CountsCache([name], of_stock="in_stock" in asked)
    count = cache.get(name)
    if count is None:
        with cache.reading():
            count = filterset.without().order_by().count()
        cache.store([(name, count)])
    return count


def _question(filterset: ProductFilter, part: Part, filterable: set[str]) -> Question:
    if part == _CATEGORIES:
        return Question(filterset.without("category"), categories=True)
    if part == _PRICE:
        return Question(filterset.without(*PRICES))
    if part == _ALL:
        keys = filterable - filterset.choices.keys()
        return Question(filterset.without(), keys=sorted(keys))
    choice = filterset.choices[part[1]]
    products = filterset.without(*choice.names)
    return Question(products, keys=[part[1]], texts=choice.texts)


def _without(asked: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in asked.items() if name not in names}


def _templates() -> dict[UUID, Template]:
    found = {}
    for template in SpecTemplate.objects.all():
        fields = known_schema(template.schema)
        options = {
            key: template.schema[key] for key, spec in fields.items() if spec.filterable
        }
        found[template.pk] = (template.name, options)
    return found


def _by_branch(counts: Counts, *, hidden: bool) -> dict[UUID, int]:
    """Products of each category and all below it, each product once."""
    if not counts["categories"]:
        return {}
    categories = Category.objects.all() if hidden else Category.objects.visible()
    rows = categories.order_by().values_list("pk", "path")
    paths = dict(rows)
    ids = {path: pk for pk, path in rows}
    step = Category.steplen
    found: dict[UUID, int] = {}
    for together, n in counts["categories"].items():
        above = {
            paths[pk][:end]
            for pk in together
            if pk in paths
            for end in range(step, len(paths[pk]) + 1, step)
        }
        for path in above:
            found[ids[path]] = found.get(ids[path], 0) + n
    return found
