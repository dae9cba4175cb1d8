"""What can be asked of the list of products: one set for the API and the pages."""

import json
import math
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property
from typing import Any
from uuid import UUID

from django import forms
from django.db import connection
from django.db.models import Q
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from catalog.lookups import NUMBER_TYPES, AmongAttributes, JSONKey, JSONType
from catalog.models import Category, Product, ProductQuerySet, shown_name
from catalog.search.readings import MAX_LENGTH, Search
from catalog.search.understanding import understand
from catalog.specs import MAX_NUMBER
from shop.api import may

ATTRIBUTE = "attr."
# More of them in one address is not a shopper asking.
MAX_ATTRIBUTES = 20
MAX_VALUES = 300
MAX_TEXT = 255
# What the indexes of the orders carry.
CARRIED = {"is_active", "in_stock", "min_price", "max_price"}


class Ordering(filters.OrderingFilter):
    """One known ordering at a time; the number makes it stable across pages.

    Each is the order of an index, whichever way it is read: nothing is sorted.
    """

    def filter(self, qs: Any, value: Any) -> Any:
        if not value:
            return qs
        if value[0] == "name":
            return qs.order_by(shown_name((get_language() or "ru")[:2]), "-number")
        ordered = super().filter(qs, value[:1])
        [field] = ordered.query.order_by
        return ordered.order_by(field, "-number" if field.startswith("-") else "number")


@dataclass
class Choice:
    """What is chosen of one attribute: any of the texts, and within the borders."""

    texts: list[str] = field(default_factory=list)
    low: float | None = None
    high: float | None = None
    # The filters that say so.
    names: list[str] = field(default_factory=list)


class ManyValuesField(forms.Field):
    """Every value of a repeated key, as text."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: Any) -> list[str]:
        # No stored text has a NUL; the sign for what cannot be shown finds nothing too.
        texts = [text.replace("\0", "\ufffd")[:MAX_TEXT] for text in value or []]
        return list(filter(None, texts[:MAX_VALUES]))


class AttributeFilter(filters.Filter):
    """`attr.<key>=<value>`: the attribute equals any of the values."""

    field_class = ManyValuesField

    def filter(self, qs: Any, value: list[str]) -> Any:
        if not value:
            return qs
        wanted_values = [meaning for text in value for meaning in meanings(text)]
        if connection.vendor == "postgresql":
            # Containment is what a GIN index answers.
            any_of = " OR ".join(["attributes @> %s::jsonb"] * len(wanted_values))
            documents = [json.dumps({self.field_name: wish}) for wish in wanted_values]
            return qs.filter(AmongAttributes(any_of, documents))
        wanted = Q()
        for meaning in wanted_values:
            wanted |= Q(attribute=meaning)
        there = qs.alias(attribute=JSONKey(self.field_name, "attributes"))
        return there.filter(wanted)


class AttributeBorderFilter(filters.NumberFilter):
    """`attr.<key>.min` and `.max`: a number not below or above, inclusive."""

    def filter(self, qs: Any, value: Any) -> Any:
        if value is None:
            return qs
        if connection.vendor == "postgresql":
            sign = {"gte": ">=", "lte": "<="}[self.lookup_expr]
            within = (
                "jsonb_typeof(attributes -> %s) = 'number'"
                f" AND attributes -> %s {sign} %s::jsonb"
            )
            border = json.dumps(float(value))
            params = [self.field_name, self.field_name, border]
            return qs.filter(AmongAttributes(within, params))
        there = qs.alias(
            border=JSONKey(self.field_name, "attributes"),
            kind=JSONType(self.field_name, "attributes"),
        )
        return there.filter(
            # The database would also compare a number with what is none.
            kind__in=NUMBER_TYPES,
            **{f"border__{self.lookup_expr}": float(value)},
        )


class NothingFilter(filters.Filter):
    """An attribute that no product can have."""

    def filter(self, qs: Any, value: Any) -> Any:
        return qs.none()


class ProductFilter(filters.FilterSet):
    # Asked last of all, in `filter_queryset`.
    q = filters.CharFilter(method="as_it_is", label=_("Search"), max_length=MAX_LENGTH)
    category = filters.CharFilter(
        method="in_category", label=_("Category"), max_length=120
    )
    min_price = filters.NumberFilter(
        "price", "gte", label=_("Price from, ₸"), max_digits=12, decimal_places=2
    )
    max_price = filters.NumberFilter(
        "price", "lte", label=_("Price to, ₸"), max_digits=12, decimal_places=2
    )
    in_stock = filters.BooleanFilter(method="only_in_stock", label=_("In stock"))
    template = filters.CharFilter(
        method="of_template", label=_("Kind of product"), max_length=120
    )
    is_active = filters.BooleanFilter(method="by_activity", label=_("On sale"))
    ordering = Ordering(
        label=_("Order"),
        fields=[
            ("price", "price"),
            ("name", "name"),
            ("created_at", "created_at"),
            ("sold", "popularity"),
        ],
        choices=[
            ("-created_at", _("Newest first")),
            ("-popularity", _("Popular first")),
            ("price", _("Cheap first")),
            ("-price", _("Expensive first")),
            ("name", _("By name")),
        ],
    )

    class Meta:
        model = Product
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [key for key in self.data if key.startswith(ATTRIBUTE)]
        asked = [key for key in named if any(self.data.getlist(key))]
        for place, name in enumerate(asked):
            # Not ignored: that would show what was filtered out.
            one_more = place >= MAX_ATTRIBUTES
            key = "" if one_more else name.removeprefix(ATTRIBUTE)
            found = _attribute_filter(key)
            found.parent, found.model = self, Product
            self.filters[name] = found

    @cached_property
    def chosen_category(self) -> Category | None:
        """The category that is asked for; a page of one sets it."""
        asked = self.form.cleaned_data.get("category")
        if not asked:
            return None
        return find_category(asked, hidden=sees_hidden(self.request))

    def in_category(
        self, qs: ProductQuerySet, name: str, value: str
    ) -> ProductQuerySet:
        category = self.chosen_category
        return qs.in_category(category) if category else qs.none()

    def only_in_stock(self, qs: ProductQuerySet, name: str, value: bool) -> Any:
        return qs.in_stock() if value else qs

    def of_template(
        self, qs: ProductQuerySet, name: str, value: str
    ) -> ProductQuerySet:
        by_id = as_uuid(value)
        return qs.filter(template=by_id) if by_id else qs.filter(template__name=value)

    def by_activity(self, qs: ProductQuerySet, name: str, value: bool) -> Any:
        """For staff: `false` shows what is off sale. Others see what is on sale."""
        return qs.filter(is_active=False) if self.shows_inactive else self._offered(qs)

    @cached_property
    def shows_inactive(self) -> bool:
        asked = self.form.cleaned_data.get("is_active")
        return asked is False and sees_inactive(self.request)

    @cached_property
    def shows_hidden(self) -> bool:
        """For staff who ask for a hidden category, or say what is on sale or not."""
        category = self.chosen_category
        asked = self.form.cleaned_data.get("is_active") is not None
        asked = asked or bool(category and not category.is_visible)
        return asked and sees_inactive(self.request)

    def _offered(self, products: ProductQuerySet) -> ProductQuerySet:
        """On sale: to shoppers, or but for a category that hides it."""
        if self.shows_hidden:
            return products.filter(is_active=True)
        return products.visible()

    def as_it_is(self, qs: ProductQuerySet, name: str, value: str) -> ProductQuerySet:
        return qs

    def filter_queryset(self, queryset: ProductQuerySet) -> Any:
        ranked = not self.form.cleaned_data.get("ordering")
        return self.without(queryset=queryset, ranked=ranked)

    def without(
        self,
        *names: str,
        queryset: ProductQuerySet | None = None,
        ranked: bool = False,
    ) -> Any:
        """The products that are asked for, as if these filters had not been named."""
        asked = self.form.cleaned_data
        products = self.queryset if queryset is None else queryset
        if asked.get("is_active") is None:
            products = self._offered(products)
        for name, value in asked.items():
            if name not in names:
                products = self.filters[name].filter(products, value)
        if self.search is None or "q" in names:
            return products
        return products.found_by(self.search, ranked=ranked)

    @cached_property
    def search(self) -> Search | None:
        """What is searched for; found out once for the list and all its counts."""
        query = self.form.cleaned_data.get("q") or ""
        if not query.strip():
            return None
        return understand(query, hidden=self.shows_hidden)

    @cached_property
    def choices(self) -> dict[str, Choice]:
        """What is chosen, by the attribute's key."""
        choices: dict[str, Choice] = {}
        for name, value in self.form.cleaned_data.items():
            asked = self.filters[name]
            if value in (None, []):
                continue
            if not isinstance(asked, AttributeFilter | AttributeBorderFilter):
                continue
            choice = choices.setdefault(asked.field_name, Choice())
            choice.names.append(name)
            if isinstance(asked, AttributeFilter):
                choice.texts = list(dict.fromkeys(value))
            elif asked.lookup_expr == "gte":
                choice.low = float(value)
            else:
                choice.high = float(value)
        return choices

    def asked(self) -> dict[str, Any]:
        """What narrows the list, so written that equal lists have equal ones.

        Only what is known and makes sense; the order of the list is no part of it.
        """
        narrowing: dict[str, Any] = {}
        for name, value in self.form.cleaned_data.items():
            if isinstance(value, list):
                value = sorted(set(value))
            elif isinstance(value, Decimal):
                value = value.normalize()
            nothing = isinstance(self.filters[name], NothingFilter)
            if nothing or (name != "ordering" and value not in (None, "", [])):
                narrowing[name] = value if isinstance(value, list) else str(value)
        if not self.form.cleaned_data.get("in_stock"):
            narrowing.pop("in_stock", None)
        narrowing.pop("is_active", None)
        if self.shows_inactive:
            narrowing["is_active"] = "False"
        elif self.shows_hidden:
            narrowing["hidden"] = "True"
        if self.chosen_category is not None:
            narrowing["category"] = str(self.chosen_category.pk)
        return narrowing

    @property
    def is_sparse(self) -> bool:
        """Whether the list is narrowed by what no index of an order can tell.

        Of products that shoppers do not see nobody has a long list to look at quickly.
        """
        if self.shows_hidden and not self.shows_inactive:
            return False
        return bool(self.asked().keys() - CARRIED)


def sees_inactive(request: Any) -> bool:
    """Whether products that are off sale exist for whoever asks."""
    return request is not None and may(request.user, "catalog.view_product")


def sees_hidden(request: Any) -> bool:
    """Whether categories that are hidden exist for whoever asks."""
    verbs = ("view", "change")
    return request is not None and any(
        may(request.user, f"catalog.{verb}_category") for verb in verbs
    )


def find_category(value: str, *, hidden: bool = False) -> Category | None:
    """The category with this id or address; staff find a hidden one too."""
    by_id = as_uuid(value)
    wanted = Q(pk=by_id) if by_id else Q(slug=value)
    if not hidden:
        wanted &= Q(is_visible=True)
    return Category.objects.filter(wanted).first()


def as_uuid(value: str) -> UUID | None:
    try:
        return UUID(value)
    except ValueError:
        return None


def _attribute_filter(name: str) -> filters.Filter:
    borders = {".min": "gte", ".max": "lte"}
    lookup = borders.get(name[-4:])
    key = name[:-4] if lookup else name
    # No attribute is called so, and SQLite's JSON paths cannot say it.
    if not 0 < len(key) <= 64 or set(key) & set('\0"\\'):
        return NothingFilter()
    if lookup:
        # JSON knows no infinity, and a float no number that long.
        return AttributeBorderFilter(
            key, lookup, min_value=-MAX_NUMBER, max_value=MAX_NUMBER
        )
    return AttributeFilter(key)


def meanings(text: str) -> list[str | float | bool]:
    """What the text may stand for in JSON: itself, a number, yes or no."""
    found: list[str | float | bool] = [text]
    if text in {"true", "false"}:
        found.append(text == "true")
    try:
        # As it is written: a float has no room for all of a long whole number.
        found.append(int(text))
    except ValueError:
        try:
            number = float(text)
        except ValueError:
            return found
        if math.isfinite(number):
            found.append(int(number) if number.is_integer() else number)
    return found
