"""What a change of a schema means for the products that have its attributes."""

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any
from uuid import UUID

from catalog.models import Product, SpecTemplate
from catalog.specs import InvalidAttributes, SpecField, clean_attributes

# Products in memory at a time, and as many as anybody reads.
BATCH = 1000
LISTED = 50
REMEMBERED = 2000


@dataclass
class BrokenProduct:
    """A product with what the new schema refuses: labels of attributes, and why."""

    product: Product
    problems: list[tuple[str, list[str]]]


@dataclass
class Breaking:
    """The products that a schema breaks: the first of them, and how many in all."""

    products: list[BrokenProduct] = field(default_factory=list)
    count: int = 0
    # Old names of renamed attributes, with the products that keep a value under them.
    left_behind: dict[str, int] = field(default_factory=dict)
    # The same for the same products with the same broken attributes only.
    mark: str = ""

    def __bool__(self) -> bool:
        return bool(self.count or self.left_behind)


def products_that_break(
    template: SpecTemplate, fields: dict[str, SpecField], renamed: Iterable[str] = ()
) -> Breaking:
    """The template's products that break the new `fields`, by what has changed in them.

    Attributes whose rules stay as they are in `template` are not looked at: what was
    wrong with them before is no reason to ask again. Two queries, however many
    products there are, and BATCH of them in memory.
    """
    changed = {
        key: spec
        for key, spec in fields.items()
        if _rules(spec) != _rules(template.fields.get(key))
    }
    renamed = list(renamed)
    if not changed and not renamed:
        return Breaking()
    found, mark = Breaking(), hashlib.sha256()
    listed: dict[UUID, list[tuple[str, list[str]]]] = {}
    left_behind: Counter[str] = Counter()
    judge = _judge_of(changed)
    for pk, attributes in _attributes_of(template):
        left_behind.update(key for key in renamed if key in attributes)
        by_key = {
            key: messages
            for key in changed
            if (messages := judge(key, attributes.get(key)))
        }
        if by_key:
            found.count += 1
            mark.update(f"{pk}{sorted(by_key)}".encode())
            if len(listed) < LISTED:
                listed[pk] = [
                    (changed[key].label, messages) for key, messages in by_key.items()
                ]
    found.left_behind = dict(left_behind)
    mark.update(str(sorted(left_behind.items())).encode())
    found.mark = mark.hexdigest()
    found.products = _with_products(listed)
    return found


def _rules(spec: SpecField | None) -> Any:
    """What decides over values; no rules at all where there is no field."""
    if spec is None:
        return None
    return spec.type, spec.required, spec.choices, spec.min, spec.max


def _judge_of(fields: dict[str, SpecField]) -> Callable[[str, Any], list[str]]:
    """Says what is wrong with a value; the same few values come again and again."""

    def judge(key: str, value: Any) -> list[str]:
        try:
            clean_attributes({key: fields[key]}, {key: value})
        except InvalidAttributes as error:
            return [message for lines in error.by_key.values() for message in lines]
        return []

    # 1, 1.0 and True are equal, and three different values.
    remembered = lru_cache(maxsize=REMEMBERED, typed=True)(judge)

    def remember(key: str, value: Any) -> list[str]:
        is_hashable = not isinstance(value, list | dict)
        return remembered(key, value) if is_hashable else judge(key, value)

    return remember


def _attributes_of(template: SpecTemplate) -> Any:
    products = Product.objects.filter(template_id=template.pk).order_by("number")
    return products.values_list("pk", "attributes").iterator(chunk_size=BATCH)


def _with_products(listed: dict[UUID, Any]) -> list[BrokenProduct]:
    products = Product.objects.in_bulk(listed) if listed else {}
    return [
        BrokenProduct(products[pk], problems)
        for pk, problems in listed.items()
        if pk in products
    ]
