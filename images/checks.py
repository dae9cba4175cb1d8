"""`manage.py check` looks at the settings of `/img`."""

import re
from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Warning

from images.addresses import in_ascii

LABEL = r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
HOST = re.compile(rf"{LABEL}(\.{LABEL})*")
LIMITS = (
    "IMAGE_PROXY_MAX_SIZE_MB",
    "IMAGE_PROXY_TIMEOUT",
    "IMAGE_PROXY_CACHE_MAX_MB",
    "IMAGE_PROXY_CONCURRENCY",
)


def check_settings(**kwargs: Any) -> list[CheckMessage]:
    """Nothing, unless the proxy is on and its settings cannot be meant."""
    if not settings.IMAGE_PROXY_ENABLED:
        return []
    found: list[CheckMessage] = []
    if not settings.IMAGE_PROXY_ALLOWED_HOSTS:
        found.append(
            Warning(
                "IMAGE_PROXY_ENABLED is true and IMAGE_PROXY_ALLOWED_HOSTS is empty.",
                hint="Name the hosts whose pictures are fetched, or switch it off.",
                id="images.W001",
            )
        )
    found += [
        Error(
            f"IMAGE_PROXY_ALLOWED_HOSTS names {host!r}, which is not a host.",
            hint="Only its name: no scheme, no port, no path, no wildcard.",
            id="images.E001",
        )
        for host in settings.IMAGE_PROXY_ALLOWED_HOSTS
        if not HOST.fullmatch(in_ascii(host))
    ]
    found += [
        Error(f"{name} has to be more than 0.", id="images.E002")
        for name in LIMITS
        if not getattr(settings, name) > 0
    ]
    return found
