"""The one way by which pages show a product's picture."""

from typing import Any

from django import template

from catalog.models import ProductImage
from catalog.srcset import picture_context

register = template.Library()


@register.inclusion_tag("catalog/includes/picture_element.html")
def picture(image: ProductImage | None, use: str, **options: Any) -> dict[str, Any]:
    """The picture in the place that `use` names: thumb, card or main."""
    # What is not there is an empty text in a template: of a product that was deleted.
    return picture_context(image or None, use, **options)


@register.inclusion_tag("catalog/includes/picture_preload.html")
def picture_preload(image: ProductImage | None, use: str) -> dict[str, Any]:
    """Asks for the picture before the page's styles are read: the one people wait for.

    The same files to choose from as `picture` names, in the best kind there is; who
    does not know that kind does not load it here. Nothing, without a picture.
    """
    if not image:
        return {}
    shown = picture_context(image, use)
    best = shown["sources"][0] if shown["sources"] else {}
    return {
        "src": shown["src"],
        "sizes": shown.get("sizes", ""),
        "type": best.get("type", ""),
        "srcset": best.get("srcset", shown.get("srcset", "")),
    }
