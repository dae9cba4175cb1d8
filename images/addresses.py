"""Where a page finds a picture that lives on somebody else's server."""

from urllib.parse import urlencode, urlsplit

from django.conf import settings


def is_proxied(url: str) -> bool:
    """Whether `/img` would fetch this address: it is on, and the host is allowed."""
    if not settings.IMAGE_PROXY_ENABLED:
        return False
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return False
    return parts.scheme == "https" and host in settings.IMAGE_PROXY_ALLOWED_HOSTS


def proxied(url: str, width: int, height: int | None = None) -> str:
    """The address of the picture shrunk to fit (px), or the one that was given."""
    if not is_proxied(url):
        return url
    return "/img?" + urlencode({"url": url, "w": width, "h": height or width})
