"""The filter panel beside a list: its groups of fields, and what is chosen in words."""

import hashlib
import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import quote

from django.utils.translation import gettext as _

from catalog.facets import Facet, Facets, FacetValue
from catalog.filters import ATTRIBUTE, NothingFilter, ProductFilter
from catalog.specs import SpecField
from shop.money import to_money

# Values that are seen before "show all".
SHOWN = 8
# Groups that are open from the beginning.
OPEN = 4
# More of them in one address is not a shopper asking.
MAX_CHIPS = 60


@dataclass
class Box:
    """A value with its checkbox."""

    id: str
    value: FacetValue


@dataclass
class Group:
    """An attribute in the panel. Ids name the same thing in every answer."""

    facet: Facet
    is_open: bool

    @property
    def name(self) -> str:
        return f"{ATTRIBUTE}{self.facet.key}"

    @property
    def id(self) -> str:
        return f"facet-{quote(self.facet.key, safe='')}"

    @property
    def label(self) -> str:
        return self.facet.spec.label

    @property
    def legend(self) -> str:
        """What the fields between borders ask for."""
        unit = self.facet.spec.unit
        return f"{self.label}, {unit}" if unit else self.label

    @property
    def names(self) -> list[str]:
        """The fields of the form that this group is."""
        if self.facet.is_range:
            return [f"{self.name}.min", f"{self.name}.max"]
        return [self.name]

    @property
    def low_value(self) -> str:
        return _as_field(self.facet.choice.low)

    @property
    def high_value(self) -> str:
        return _as_field(self.facet.choice.high)

    @cached_property
    def boxes(self) -> list[Box]:
        return [Box(self._id_of(value), value) for value in self.facet.values]

    @property
    def first_boxes(self) -> list[Box]:
        return self.boxes[:SHOWN]

    @property
    def more_boxes(self) -> list[Box]:
        return self.boxes[SHOWN:]

    @property
    def shows_more(self) -> bool:
        """Whether something is chosen among those that are folded away."""
        return any(box.value.selected for box in self.more_boxes)

    def _id_of(self, value: FacetValue) -> str:
        digest = hashlib.blake2s(value.text.encode(), digest_size=6).hexdigest()
        return f"{self.id}-{digest}"


def groups_of(facets: list[Facet]) -> list[Group]:
    return [
        Group(facet, is_open=place < OPEN or facet.is_chosen)
        for place, facet in enumerate(facets)
    ]


def price_hints(facets: Facets) -> tuple[str, str]:
    """The lowest and the highest price in whole tenge, as number fields have them."""
    if facets.price is None:
        return "", ""
    low, high = (to_money(price) for price in facets.price)
    return str(math.floor(low)), str(math.ceil(high))


def chosen_texts(
    filterset: ProductFilter, facets: Facets
) -> list[tuple[str, str, str | None]]:
    """(what is chosen in words, its filter, its value or None: the only one)."""
    return list(_chosen_texts(filterset, facets))[:MAX_CHIPS]


def _chosen_texts(
    filterset: ProductFilter, facets: Facets
) -> Iterator[tuple[str, str, str | None]]:
    # Without a choice nothing is put into words.
    attributes = facets.attributes if filterset.choices else []
    known = {facet.key: facet for facet in attributes}
    for key, choice in filterset.choices.items():
        facet = known.get(key)
        spec = facet.spec if facet else SpecField(key, "string")
        name = f"{ATTRIBUTE}{key}"
        labels = {one.text: one.label for one in facet.values} if facet else {}
        for text in choice.texts:
            yield f"{spec.label}: {labels.get(text, text)}", name, text
        if choice.low is not None:
            low = _("from %(price)s") % {"price": spec.display(_whole(choice.low))}
            yield f"{spec.label}: {low}", f"{name}.min", None
        if choice.high is not None:
            high = _("up to %(price)s") % {"price": spec.display(_whole(choice.high))}
            yield f"{spec.label}: {high}", f"{name}.max", None
    for name in filterset.form.cleaned_data:
        if isinstance(filterset.filters[name], NothingFilter):
            yield name.removeprefix(ATTRIBUTE)[:64], name, None


def _as_field(number: float | None) -> str:
    """With a point, whatever the reader's language."""
    return "" if number is None else str(_whole(number))


def _whole(number: float) -> float:
    return int(number) if number.is_integer() else number
