"""A product's card in a list, drawn once for all lists that show it."""

from typing import Any

from django import template
from django.conf import settings
from django.template import Context
from django.template.loader import get_template
from django.urls import get_script_prefix
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

from catalog.models import Product
from shop.memo import Memo

register = template.Library()

TEMPLATE = "catalog/includes/card.html"
# A card is about 2 KB: some 4 MB of a process.
_drawn: Memo[str] = Memo(2000)
# Where the form says to which page it leads back. No text of a product is like it:
# there every one of these signs is written as an entity. Safe is here what a template
# made, which has escaped all that was not its own.
_BACK = "<<back>>"


@register.simple_tag(takes_context=True)
def product_card(
    context: Context, product: Product, *, lazy: bool = False, heading: str = "h2"
) -> SafeString:
    """The card as a list item; `lazy`: its picture may come later."""
    back = context["request"].get_full_path()
    if not context.get("is_shared"):
        # With a visitor's own token in its form.
        return mark_safe(_draw(context, product, lazy, heading, back))  # noqa: S308  # nosec B308 B703
    html = _drawn.get(
        (*_shown_of(product), lazy, heading),
        lambda: _draw(context, product, lazy, heading, mark_safe(_BACK)),  # noqa: S308  # nosec B308 B703
    )
    return mark_safe(html.replace(_BACK, escape(back)))  # noqa: S308  # nosec B308 B703


def _shown_of(product: Product) -> tuple[Any, ...]:
    """All that a card says: two products with the same have the same card."""
    image = product.main_image
    picture = image and (
        image.url, str(image.file), image.width, image.height, image.thumbnails,
    )  # fmt: skip
    # Above the threshold it says no number.
    stock = min(product.stock, settings.LOW_STOCK_THRESHOLD + 1)
    # Its addresses begin with where the whole site is.
    address = (get_script_prefix(), product.pk, product.slug)
    texts = (get_language(), str(product))
    return *address, *texts, product.price, product.compare_at_price, stock, picture


def _draw(
    context: Context, product: Product, lazy: bool, heading: str, back: str
) -> str:
    shown = {"product": product, "lazy": lazy, "heading": heading, "back": back}
    with context.push(**shown):
        return get_template(TEMPLATE).template.render(context)  # type: ignore[attr-defined]
