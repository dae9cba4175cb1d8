"""What pages of other apps show of orders."""

from typing import Any

from django import template

from orders.delivery import offered_methods

register = template.Library()


@register.inclusion_tag("orders/includes/delivery_terms.html")
def delivery_terms() -> dict[str, Any]:
    """How goods reach the shopper and for how much; one query."""
    return {"methods": offered_methods()}
