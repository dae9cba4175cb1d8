"""`manage.py check` looks at the settings of the house."""

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error

from shop.routes import OFFICE, routes

ONE_PART = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)


def check_admin_path(**kwargs: Any) -> list[CheckMessage]:
    """ADMIN_PATH is one part of an address, and nobody else's."""
    chosen = settings.ADMIN_PATH
    if not ONE_PART.fullmatch(chosen):
        return [
            Error(
                f"ADMIN_PATH is {chosen!r}, which is not one part of an address.",
                hint="Letters, digits, - and _ only, without slashes: office.",
                id="shop.E001",
            )
        ]
    taken = {_first(route) for route, names in routes() if not names & OFFICE}
    taken |= {_first(settings.STATIC_URL), _first(settings.MEDIA_URL)}
    if chosen.lower() in taken:
        return [
            Error(
                f"ADMIN_PATH is {chosen!r}, which is an address of the shop's own.",
                hint="Choose another word.",
                id="shop.E002",
            )
        ]
    return []


def _first(route: str) -> str:
    return route.strip("/").partition("/")[0].lower()
