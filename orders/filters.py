"""What staff can ask of the list of all orders."""

from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from orders.models import Order, OrderQuerySet
from shop.days import end_of_day, start_of_day


class OrderFilter(filters.FilterSet):
    status = filters.ChoiceFilter(choices=Order.Status.choices)
    email = filters.CharFilter(lookup_expr="iexact", max_length=254)
    q = filters.CharFilter(method="search", label=_("Search"), max_length=200)
    # Whole days, as moments: of those there is an index.
    date_from = filters.DateFilter(method="since")
    date_to = filters.DateFilter(method="until")

    class Meta:
        model = Order
        fields: list[str] = []

    def since(self, orders: OrderQuerySet, name: str, value: date) -> Any:
        return orders.filter(created_at__gte=start_of_day(value))

    def until(self, orders: OrderQuerySet, name: str, value: date) -> Any:
        return orders.filter(created_at__lt=end_of_day(value))

    def search(self, orders: OrderQuerySet, name: str, value: str) -> Any:
        """By number, or by parts of the e-mail, the name or the phone."""
        return orders.matching(value)
