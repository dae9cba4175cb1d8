"""What staff can ask of the list of all orders."""

from typing import Any

from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django_filters import rest_framework as filters

from orders.models import Order, OrderQuerySet
from orders.services.placing import MAX_NUMBER


class OrderFilter(filters.FilterSet):
    status = filters.ChoiceFilter(choices=Order.Status.choices)
    email = filters.CharFilter(lookup_expr="iexact", max_length=254)
    q = filters.CharFilter(method="search", label=_("Search"), max_length=200)
    date_from = filters.DateFilter("created_at", "date__gte")
    date_to = filters.DateFilter("created_at", "date__lte")

    class Meta:
        model = Order
        fields: list[str] = []

    def search(self, orders: OrderQuerySet, name: str, value: str) -> Any:
        """By number, or by a part of the e-mail, the name or the phone."""
        wanted = Q(email__icontains=value) | Q(full_name__icontains=value)
        wanted |= Q(phone__icontains=value)
        digits = value.lstrip("№# ")
        if digits.isdecimal() and int(digits) <= MAX_NUMBER:
            wanted |= Q(number=int(digits))
        return orders.filter(wanted)
