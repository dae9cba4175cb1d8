"""A page of products as the catalog shows it: filtered, ordered, in pieces of 24."""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.core.paginator import Page
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.facets import Facets
from catalog.filters import ATTRIBUTE, ProductFilter
from catalog.models import Category, Product, ProductQuerySet
from catalog.navigation import Branch, branch_to
from catalog.paging import ProductPaginator
from catalog.panel import Group, chosen_texts, groups_of, price_hints
from catalog.search.ranking import by_relevance
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
        chosen = self.form.cleaned_data
        if category is not None:
            self.filterset.chosen_category = category
            chosen["category"] = category.slug
        self.category = self.filterset.chosen_category
        self.unknown_category = bool(chosen.get("category")) and self.category is None
        self.base_path = (
            self.category.get_absolute_url()
            if self.category
            else reverse("catalog:product-list")
        )

    @cached_property
    def found(self) -> ProductQuerySet:
        """All products of the list, in no order unless one was chosen."""
        return self.filterset.qs

    @cached_property
    def page(self) -> Page:
        products = by_relevance(self.found)
        pages = ProductPaginator(
            products,
            PAGE_SIZE,
            counted=lambda: self.facets.count,
            sparse=self.filterset.is_sparse,
        )
        return pages.get_page(self.request.GET.get("page"))

    @property
    def page_numbers(self) -> list[Any]:
        number = self.page.number
        return list(
            self.page.paginator.get_elided_page_range(number, on_each_side=1, on_ends=1)
        )

    @cached_property
    def branch(self) -> Branch:
        """The categories to go to, each with the number of its products here."""
        branch = branch_to(self.category)
        for node in branch.nodes:
            node.count = self.facets.categories.get(node.pk, 0)
        return branch

    @cached_property
    def facets(self) -> Facets:
        return Facets(self.filterset)

    @cached_property
    def groups(self) -> list[Group]:
        """The attributes of the panel.

        Among all there is, only what most products share says something.
        """
        asked = self.form.cleaned_data
        is_narrow = self.category or self.query or asked.get("template")
        if is_narrow or self.filterset.choices:
            return groups_of(self.facets.attributes)
        return groups_of(self.facets.common)

    @property
    def price_hints(self) -> tuple[str, str]:
        return price_hints(self.facets)

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

    @cached_property
    def chips(self) -> list[Chip]:
        chosen = self.form.cleaned_data
        chips = []
        if self.query:
            chips.append(Chip(self.query, self.address_without("q")))
        if template := chosen.get("template"):
            text = self.facets.template_name(template)
            chips.append(Chip(text, self.address_without("template")))
        if (low := chosen.get("min_price")) is not None:
            text = _("from %(price)s") % {"price": format_price(low)}
            chips.append(Chip(text, self.address_without("min_price")))
        if (high := chosen.get("max_price")) is not None:
            text = _("up to %(price)s") % {"price": format_price(high)}
            chips.append(Chip(text, self.address_without("max_price")))
        if chosen.get("in_stock"):
            chips.append(Chip(_("In stock"), self.address_without("in_stock")))
        for text, name, value in chosen_texts(self.filterset, self.facets):
            chips.append(Chip(text, self.address_without(name, value=value)))
        return chips

    @property
    def corrected(self) -> str:
        """What was looked for instead of what was typed, which finds nothing."""
        search = self.found.search
        return search.corrected if search else ""

    @property
    def ordering(self) -> str:
        chosen = self.form.cleaned_data.get("ordering")
        by_default = "" if self.query else "-created_at"
        return chosen[0] if chosen else by_default

    @property
    def orderings(self) -> list[tuple[str, str]]:
        known = [choice for choice in self.form.fields["ordering"].choices if choice[0]]
        return [("", _("By relevance")), *known] if self.query else known

    @property
    def currency_sign(self) -> str:
        return SIGNS.get(settings.SHOP_CURRENCY, settings.SHOP_CURRENCY)

    @property
    def carried(self) -> list[tuple[str, str]]:
        """What the form of the filters has no field for, so that it is not lost."""
        fields = {name for group in self.groups for name in group.names}
        names = [
            name
            for name in self.request.GET
            if name == "template" or name.startswith(ATTRIBUTE)
            if name not in fields and name not in self.form.errors
        ]
        pairs = [
            (name, value) for name in names for value in self.request.GET.getlist(name)
        ]
        return pairs[:MAX_CARRIED]

    def address_without(self, name: str, *, value: str | None = None) -> str:
        """This list from its first page, without a filter or one value of it."""
        query = self._query_without(name, value=value)
        return f"{self.base_path}?{query}" if query else self.base_path

    @property
    def kept_query(self) -> str:
        """The filters as they follow the shopper into another category."""
        query = self._query_without()
        return f"?{query}" if query else ""

    def _query_without(self, name: str = "", *, value: str | None = None) -> str:
        data = self.request.GET.copy()
        rest = [one for one in data.getlist(name) if value is not None and one != value]
        for gone in ("page", "category", name):
            data.pop(gone, None)
        if rest:
            data.setlist(name, rest)
        return data.urlencode()

    @property
    def is_filtered(self) -> bool:
        """Whether anything but the order and the category narrows the list.

        What the list does not know, as advertisers append it, narrows nothing.
        """
        narrowing = set(self.form.fields) - {"page", "category", "ordering"}
        asked = self.request.GET.items()
        return any(
            value
            for name, value in asked
            if name in narrowing or name.startswith(ATTRIBUTE)
        )

    @property
    def canonical(self) -> str:
        number = self.page.number
        path = f"{self.base_path}?page={number}" if number > 1 else self.base_path
        return self.request.build_absolute_uri(path)
