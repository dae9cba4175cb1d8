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
