"""A page of products as the catalog shows it: filtered, ordered, in pieces of 24."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.paginator import Page
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.filters import ATTRIBUTE, ProductFilter, find_category
from catalog.models import Category, Product
from catalog.navigation import Branch, branch_to
from catalog.paging import ProductPaginator
from shop.money import SIGNS, format_price

PAGE_SIZE = 24
# In one address more of them is not a shopper asking.
MAX_CARRIED = 40


@dataclass
class Chip:
    """One filter that is in force, and the address without it."""

    text: str
    without: str


class Listing:
    """What the address asks for. A value that makes no sense is told and ignored."""

    def __init__(self, request: HttpRequest, category: Category | None = None) -> None:
        self.request = request
        self.filterset = ProductFilter(
            request.GET, queryset=Product.objects.for_cards(), request=request
        )
        self.form = self.filterset.form
        self.form.is_valid()
        # The category narrows the page as a whole, not only its products.
        asked = self.form.cleaned_data.pop("category", "")
        self.category = category or (find_category(asked) if asked else None)
        self.unknown_category = bool(asked) and self.category is None
        self.base_path = (
            self.category.get_absolute_url()
            if self.category
            else reverse("catalog:product-list")
        )

    @cached_property
    def page(self) -> Page:
        products = self.filterset.qs
        if self.category is not None:
            products = products.in_category(self.category)
        if self.unknown_category:
            products = products.none()
        pages = ProductPaginator(products, PAGE_SIZE)
        return pages.get_page(self.request.GET.get("page"))

    @property
    def page_numbers(self) -> list[Any]:
        number = self.page.number
        return list(
            self.page.paginator.get_elided_page_range(number, on_each_side=1, on_ends=1)
        )

    @cached_property
    def branch(self) -> Branch:
        return branch_to(self.category)

    @property
    def query(self) -> str:
        return self.form.cleaned_data.get("q") or ""

    @property
    def heading(self) -> str:
        if self.query:
            return _("Search: %(query)s") % {"query": self.query}
        return str(self.category) if self.category else _("Catalog")

    @property
    def errors(self) -> list[tuple[str, str]]:
        """(label, what is wrong) of every filter that was not understood."""
        return [
            (str(self.form.fields[name].label or name), message)
            for name, messages in self.form.errors.items()
            for message in messages
        ]

    @property
    def chips(self) -> list[Chip]:
        chosen = self.form.cleaned_data
        chips = []
        if self.query:
            chips.append(Chip(self.query, self.address_without("q")))
        if (low := chosen.get("min_price")) is not None:
            text = _("from %(price)s") % {"price": format_price(low)}
            chips.append(Chip(text, self.address_without("min_price")))
        if (high := chosen.get("max_price")) is not None:
            text = _("up to %(price)s") % {"price": format_price(high)}
            chips.append(Chip(text, self.address_without("max_price")))
        if chosen.get("in_stock"):
            chips.append(Chip(_("In stock"), self.address_without("in_stock")))
        return chips

    @property
    def ordering(self) -> str:
        chosen = self.form.cleaned_data.get("ordering")
        return chosen[0] if chosen else "-created_at"

    @property
    def orderings(self) -> list[tuple[str, str]]:
        return [choice for choice in self.form.fields["ordering"].choices if choice[0]]

    @property
    def currency_sign(self) -> str:
        return SIGNS.get(settings.SHOP_CURRENCY, settings.SHOP_CURRENCY)

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What the form of the filters has no field for, so that it is not lost."""
        names = [
            name
            for name in self.request.GET
            if name == "template" or name.startswith(ATTRIBUTE)
        ]
        pairs = [(name, value) for name in names for value in self._values(name)]
        return pairs[:MAX_CARRIED]

    def _values(self, name: str) -> list[str]:
        return self.request.GET.getlist(name)

    def address_without(self, *names: str) -> str:
        """This list from its first page, without these filters."""
        query = self._query_without(*names)
        return f"{self.base_path}?{query}" if query else self.base_path

    @property
    def kept_query(self) -> str:
        """The filters as they follow the shopper into another category."""
        query = self._query_without()
        return f"?{query}" if query else ""

    def _query_without(self, *names: str) -> str:
        data = self.request.GET.copy()
        for name in ("page", "category", *names):
            data.pop(name, None)
        return data.urlencode()

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the order and the category narrows the list."""
        about_all = {"page", "category", "ordering"}
        asked = self.request.GET.items()
        return any(value for name, value in asked if name not in about_all)

    @property
    def canonical(self) -> str:
        number = self.page.number
        path = f"{self.base_path}?page={number}" if number > 1 else self.base_path
        return self.request.build_absolute_uri(path)
