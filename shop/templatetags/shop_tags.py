"""Template tags that every page may use."""

from decimal import Decimal

from django import template

from shop.money import format_price

register = template.Library()


@register.filter
def price(value: Decimal | int | str) -> str:
    """An amount in ₸ the way the shop writes it."""
    return format_price(value)
