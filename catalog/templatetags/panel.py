"""The filter panel, of which most is the same from list to list."""

from django import template
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from catalog.panel import Group
from shop.memo import Memo

register = template.Library()

TEMPLATE = "catalog/includes/facet.html"
# Up to some 15 KB each, as a rule one. All that stands in them is the shop's own.
_drawn: Memo[SafeString] = Memo(500)


@register.simple_tag
def facet_group(group: Group) -> SafeString:
    """One attribute with its values, drawn once for all lists that count the same."""
    facet = group.facet
    if facet.is_chosen:
        # It says what an address said: texts without an end, which nobody asks for
        # twice, and up to 120 KB of them.
        return _draw(group)
    shown = (
        get_language(), group.name, group.is_open, group.label, group.legend,
        facet.is_range, facet.low, facet.high,
        *((one.text, one.label, one.count) for one in facet.values),
    )  # fmt: skip
    return _drawn.get(shown, lambda: _draw(group))


def _draw(group: Group) -> SafeString:
    return render_to_string(TEMPLATE, {"group": group})
