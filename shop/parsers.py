"""JSON bodies, read so that no nesting of brackets is a server error."""

from typing import IO, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser as DRFJSONParser

from shop.watching.redacting import note_sent

# Whatever walks over a value afterwards goes one call deeper for each level.
MAX_NESTING = 20


class JSONParser(DRFJSONParser):
    """JSON at most MAX_NESTING levels deep; deeper is a 400."""

    def parse(
        self,
        stream: IO[Any],
        media_type: str | None = None,
        parser_context: Any = None,
    ) -> Any:
        try:
            data = super().parse(stream, media_type, parser_context)
        except RecursionError:
            raise _too_deep() from None
        if is_nested_too_deep(data):
            raise _too_deep()
        request = (parser_context or {}).get("request")
        if request is not None:
            note_sent(request._request, data)
        return data


def is_nested_too_deep(value: Any) -> bool:
    """Whether lists and maps stand in each other more than MAX_NESTING levels deep."""
    level = [value]
    for _level in range(MAX_NESTING + 1):
        level = [item for item in level if isinstance(item, dict | list)]
        if not level:
            return False
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
        ]
    return True


def _too_deep() -> ParseError:
    return ParseError(_("This JSON is nested too deep."))
