"""Where a page has something of its visitor's own (`shop.shared`)."""

from django import template
from django.template import Context
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe

from shop.shared import place

register = template.Library()


@register.simple_tag(takes_context=True)
def personal(context: Context, name: str) -> SafeString:
    """The template of this name, for each visitor anew where others share the page.

    It reads only what every page has: `user`, `messages`, `cart_count`, and what the
    view tells beside the page.
    """
    found = get_template(name).template  # type: ignore[attr-defined]
    html = found.render(context)
    if context.get("is_shared"):
        # It is what a template made, which has escaped all that was not its own.
        return mark_safe(place(name, html))  # noqa: S308  # nosec B308 B703
    return html
