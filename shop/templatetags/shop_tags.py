"""Template tags that every page may use."""

import json
from decimal import Decimal
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe

from shop.mail import one_line as make_one_line
from shop.money import format_price
from shop.phones import display_phone

register = template.Library()

# `</script>` in a product's name must not end the script.
_ESCAPES = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026"}


@register.filter
def price(value: Decimal | int | str) -> str:
    """An amount in ₸ the way the shop writes it."""
    return format_price(value)


@register.filter
def phone(value: str) -> str:
    """A phone number the way people write it."""
    return display_phone(value)


@register.filter
def one_line(value: str) -> str:
    """The text without its line breaks, for where a line is all it may have."""
    return make_one_line(value)


@register.simple_tag
def json_ld(data: Any) -> SafeString:
    """Structured data for search engines; not run as a script by any browser."""
    text = json.dumps(data, ensure_ascii=False).translate(_ESCAPES)
    return format_html(
        '<script type="application/ld+json">{}</script>',
        mark_safe(text),  # noqa: S308 - escaped above  # nosec B308, B703
    )
