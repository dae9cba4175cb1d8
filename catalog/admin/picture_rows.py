"""The rows of a product's pictures, which somebody else may have replaced meanwhile.

Pictures are written anew whenever one of them changes, so rows of an older page name
what is not there any more.
"""

from functools import cached_property
from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from catalog.admin_forms import PICTURE_ROWS, PICTURES, picture_marks
from catalog.models import Product
from shop.seen import SEEN, mark_of, read_marks

PICTURES_CHANGED = _(
    "Somebody else has changed the pictures meanwhile. They are shown as they are now: "
    "make your change of them again."
)
# More rows than any product has pictures are nobody's page.
MAX_ROWS = 1000


class PictureRows:
    """What has come of a product's pictures, beside what is stored."""

    def __init__(self, request: HttpRequest, product: Product, prefix: str) -> None:
        self.sent, self.files = request.POST, request.FILES
        self.product, self.prefix = product, prefix
        self.seen = read_marks(self.sent.get(SEEN))

    @property
    def are_old(self) -> bool:
        """The page had not seen the pictures that are stored."""
        seen = self.seen.get(PICTURES)
        return seen is not None and seen != picture_marks(self.product)[PICTURES]

    @property
    def are_touched(self) -> bool:
        """Somebody has changed a row of it."""
        rows = []
        for place in range(min(self._count("TOTAL_FORMS"), MAX_ROWS)):
            values = [self._value(place, name) for name in ("position", "url", "alt")]
            extra = place >= self._count("INITIAL_FORMS")
            if self._value(place, "DELETE") or f"{self.prefix}-{place}-file" in (
                self.files
            ):
                return True
            # An empty row has a position too.
            if not extra or any(values[1:]):
                rows.append(values)
        return mark_of(rows) != self.seen.get(PICTURE_ROWS)

    def as_they_are(self) -> Any:
        """The form's data with the rows of a page that is opened now."""
        data = self.sent.copy()
        for key in list(data):
            if key.startswith(f"{self.prefix}-"):
                del data[key]
        images = list(self.product.images.all())
        numbers = {"TOTAL_FORMS": len(images), "INITIAL_FORMS": len(images)}
        for name, number in numbers.items():
            data[f"{self.prefix}-{name}"] = str(number)
        for place, image in enumerate(images):
            row = {
                "id": image.pk,
                "product": self.product.pk,
                "position": image.position,
                "url": image.url,
                "alt": image.alt,
            }
            for name, value in row.items():
                data[f"{self.prefix}-{place}-{name}"] = str(value)
        return data

    def _value(self, place: int, name: str) -> str:
        return self.sent.get(f"{self.prefix}-{place}-{name}", "").strip()

    @cached_property
    def _numbers(self) -> dict[str, int]:
        found = {}
        for name in ("TOTAL_FORMS", "INITIAL_FORMS"):
            text = self.sent.get(f"{self.prefix}-{name}", "")
            found[name] = int(text) if text.isdecimal() and len(text) < 6 else 0
        return found

    def _count(self, name: str) -> int:
        return self._numbers[name]
