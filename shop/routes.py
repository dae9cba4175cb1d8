"""The addresses that the shop answers, as its URLconf has them."""

import re
from collections.abc import Iterator

from django.conf import settings
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RegexPattern

# Answered before any URLconf is asked (shop.health).
BEFORE_ALL = ["/health", "/health/live"]
# The back office: its namespaces, all of them below ADMIN_PATH.
OFFICE = {"admin", "dashboard", "letters"}


def told_admin_path() -> list[str]:
    """The back office's address, where everybody may know it; else nothing."""
    return ["/admin/"] if settings.ADMIN_PATH == "admin" else []


def routes() -> Iterator[tuple[str, set[str]]]:
    """Each address with its namespaces; what varies in it stands in `<>`."""
    yield from _below(get_resolver().url_patterns, "/", set())
    for route in BEFORE_ALL:
        yield route, set()


def _below(
    patterns: list[URLPattern | URLResolver], start: str, names: set[str]
) -> Iterator[tuple[str, set[str]]]:
    for pattern in patterns:
        route = start + _text(pattern)
        if isinstance(pattern, URLPattern):
            yield route, names
        else:
            inside = names | {pattern.namespace or pattern.app_name or ""}
            yield from _below(pattern.url_patterns, route, inside)


def _text(pattern: URLPattern | URLResolver) -> str:
    text = str(pattern.pattern)
    if not isinstance(pattern.pattern, RegexPattern):
        return text
    text = re.sub(r"\(\?P<(\w+)>[^()]*\)", r"<\1>", text)
    return (
        text.removeprefix("^").removesuffix("$").removesuffix(r"\Z").removesuffix("/?")
    )
