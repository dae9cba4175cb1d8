"""Facets as people read them: labels, units and order from the spec templates."""

import json
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from typing import Any
from uuid import UUID

from catalog.facets.counting import KeyCounts, Value
from catalog.facets.reading import Reading, read
from catalog.filters import Choice, ProductFilter, as_uuid, meanings
from catalog.specs import MAX_NUMBER, SpecField, parse_schema
from shop.memo import Memo

# Values that a facet has; what is chosen is always among them.
MAX_VALUES = 100
# More different numbers than these are easier to choose by their borders.
MAX_SINGLE_NUMBERS = 12
NUMBERS = {"number", "integer"}
_fields: Memo[SpecField] = Memo(2000)


@dataclass
class FacetValue:
    """One value that can be chosen, and how many products have it."""

    value: str | float | bool
    # As an address and a form write it.
    text: str
    label: str
    count: int
    selected: bool


@dataclass
class Facet:
    """One attribute of the list's products."""

    spec: SpecField
    values: list[FacetValue]
    # The lowest and the highest of its numbers.
    low: float | None
    high: float | None
    choice: Choice

    @property
    def key(self) -> str:
        return self.spec.key

    @property
    def is_chosen(self) -> bool:
        return bool(self.choice.names)

    @property
    def is_range(self) -> bool:
        """Whether it is chosen by its borders rather than value by value."""
        if self.spec.type not in NUMBERS or self.low is None:
            return False
        has_borders = self.choice.low is not None or self.choice.high is not None
        return has_borders or len(self.values) > MAX_SINGLE_NUMBERS


class Facets:
    """The facets of a list, each counted as if nothing of itself had been chosen."""

    def __init__(self, filterset: ProductFilter) -> None:
        self._reading: Reading = read(filterset)
        self._choices = filterset.choices

    @property
    def count(self) -> int:
        """How many products the list has."""
        return self._reading.all["count"]

    @property
    def price(self) -> tuple[str, str] | None:
        """The lowest and the highest price."""
        return self._reading.price

    @property
    def categories(self) -> dict[UUID, int]:
        """How many products stand in a category or below it."""
        return self._reading.categories

    def template_name(self, asked: str) -> str:
        """The template that is asked for by its id or its name."""
        pk = as_uuid(asked)
        known = self._reading.templates.get(pk) if pk else None
        return known[0] if known else asked

    @cached_property
    def attributes(self) -> list[Facet]:
        """In the order of the templates, those with the most products first."""
        return [
            facet
            for spec in self._fields()
            for facet in [self._facet(spec)]
            if facet.values
        ]

    @cached_property
    def common(self) -> list[Facet]:
        """What is chosen, and what at least half of the products have."""
        found = [self._facet(spec) for spec in self._fields() if self._may_be(spec)]
        return [
            facet
            for facet in found
            if facet.values
            and (
                facet.is_chosen
                or 2 * sum(value.count for value in facet.values) >= self.count
            )
        ]

    def _may_be(self, spec: SpecField) -> bool:
        """Whether it may be common: most are not, and need not be put into words."""
        counts = self._reading.by_key.get(spec.key, self._reading.all)
        found = counts["keys"].get(spec.key)
        had = sum(found["values"].values()) if found else 0
        return spec.key in self._choices or 2 * had >= self.count

    def _fields(self) -> list[SpecField]:
        """What the templates of these products let be chosen, each key once."""
        reading, fields = self._reading, dict[str, SpecField]()
        here = reading.all["templates"]

        def order(pk: UUID) -> tuple[int, str]:
            return -here.get(pk, 0), reading.templates[pk][0]

        for pk in sorted(reading.templates, key=order):
            for key, options in reading.templates[pk][1].items():
                view = reading.by_key.get(key, reading.all)["templates"]
                # What is chosen stays even where the choices together leave nothing.
                if pk in view or (key in reading.by_key and not view):
                    spec = _parsed(key, options)
                    first = fields.get(key)
                    fields[key] = _with_choices_of(first, spec) if first else spec
        return list(fields.values())

    def _facet(self, spec: SpecField) -> Facet:
        counts = self._reading.by_key.get(spec.key, self._reading.all)
        found = counts["keys"].get(spec.key, KeyCounts(values={}, low=None, high=None))
        choice = self._choices.get(spec.key, Choice())
        is_number = spec.type in NUMBERS
        return Facet(
            spec=spec,
            values=_values(spec, found["values"], choice),
            low=found["low"] if is_number else None,
            high=found["high"] if is_number else None,
            choice=choice,
        )


def _parsed(key: str, options: Any) -> SpecField:
    """What was a template's once is valid: each process reads it once."""
    text = json.dumps([key, options])
    return _fields.get(text, lambda: parse_schema({key: options})[key])


def _with_choices_of(spec: SpecField, other: SpecField) -> SpecField:
    """The same attribute of another template may have choices of its own."""
    more = tuple(choice for choice in other.choices if choice not in spec.choices)
    return replace(
        spec,
        choices=spec.choices + more,
        choice_labels={**other.choice_labels, **spec.choice_labels},
    )


def _values(
    spec: SpecField, found: dict[Value, int], choice: Choice
) -> list[FacetValue]:
    """MAX_VALUES at most, or all that are chosen; each counts what it finds."""
    # The number 2 and the word 2 are one value: an address cannot tell them apart.
    values = {_text(value): value for _kind, value in sorted(found, key=_words_first)}
    wished = {text: _meant(text) for text in choice.texts}
    chosen = {known for meant in wished.values() for known in meant}
    shown = []
    for text, value in values.items():
        known = _known_as(text)
        if count := sum(found.get(one, 0) for one in known):
            selected = text in choice.texts or (_kind_of(value), value) in chosen
            shown.append(FacetValue(value, text, "", count, selected))
    # What is chosen and found nowhere stays, so that it can be given up.
    for text, meant in wished.items():
        if not any(known in found for known in meant):
            value = _wished(spec, text)
            shown.append(FacetValue(value, text, "", 0, True))
    shown.sort(key=lambda one: (not one.selected, -one.count))
    most = max(MAX_VALUES, sum(one.selected for one in shown))
    del shown[most:]
    for one in shown:
        one.label = spec.display(one.value)
    return sorted(shown, key=lambda one: _place(spec, one))


@lru_cache(maxsize=10_000)
def _known_as(text: str) -> frozenset[Value]:
    """The same of a value that products have: a shop's words are in list after list.

    What an address asks for is not remembered: anybody could fill it.
    """
    return _meant(text)


def _meant(text: str) -> frozenset[Value]:
    """What choosing the text finds."""
    return frozenset((_kind_of(meaning), meaning) for meaning in meanings(text))


def _kind_of(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "boolean"
    return "string" if isinstance(value, str) else "number"


def _words_first(known: Value) -> bool:
    return known[0] != "string"


def _text(value: str | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and abs(value) > MAX_NUMBER and value == float(value):
        # 1e+300 rather than three hundred digits.
        return str(float(value))
    return str(value)


def _wished(spec: SpecField, text: str) -> str | float | bool:
    """The value that the text stands for, where no product can tell."""
    choices = {str(choice): choice for choice in spec.choices}
    if text in choices or spec.type not in {*NUMBERS, "boolean"}:
        return choices.get(text, text)
    wanted = "boolean" if spec.type == "boolean" else "number"
    by_kind = {_kind_of(meaning): meaning for meaning in meanings(text)}
    return by_kind.get(wanted, text)


def _place(spec: SpecField, one: FacetValue) -> tuple[int, float, str]:
    """Choices as the template has them, yes and no, numbers rising, words by count."""
    value = one.value
    if isinstance(value, bool):
        return 1, not value, ""
    if value in spec.choices:
        return 0, spec.choices.index(value), ""
    if not isinstance(value, str):
        return 2, value, ""
    # Days have an order of their own.
    return 3, 0 if spec.type == "date" else -one.count, one.label.casefold()
