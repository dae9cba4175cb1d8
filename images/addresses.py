"""Which pictures on somebody else's server `/img` fetches, and where a page finds them.

The page and the view ask the same function, so a page never shows an address that the
view then refuses.
"""

from functools import lru_cache
from urllib.parse import quote, urlencode

import httpx
from django.conf import settings
from django.urls import get_script_prefix, reverse

from images.exceptions import BadParameter, HostNotAllowed, NotHttps
from shop.exceptions import DomainError

# Pixels, of both sides.
SMALLEST, LARGEST = 64, 1600
# Characters of the address as it stands in a query: with the rest of the line it has to
# fit into the 4094 that gunicorn reads.
LONGEST = 3800


def is_proxied(url: str) -> bool:
    """Whether `/img` would fetch this address: it is on, and the host is allowed."""
    return settings.IMAGE_PROXY_ENABLED and _is_fetched(url, _hosts())


@lru_cache(maxsize=2048)
def _is_fetched(url: str, hosts: tuple[str, ...]) -> bool:
    """Remembered: a page asks for several sizes of each of its pictures."""
    try:
        parse(url)
    except DomainError:
        return False
    return True


def proxied(url: str, width: int, height: int | None = None) -> str:
    """The address of the picture shrunk to fit (px), or the one that was given."""
    if not is_proxied(url):
        return url
    size = {"w": _within(width), "h": _within(height or width)}
    return f"{_path(get_script_prefix())}?{urlencode({'url': url, **size})}"


@lru_cache
def _path(prefix: str) -> str:
    """Where the view is; `prefix` is where the whole site is, as reverse() knows."""
    return reverse("images:proxy")


def parse(text: str) -> httpx.URL:
    """The address, of an allowed host, as it will be asked for; or a DomainError.

    Whoever fetches has to use what is returned here: two readers of one text can
    disagree about its host.
    """
    try:
        if len(quote(text)) > LONGEST:
            raise BadParameter("url")
        # The fragment is the browser's; without it the same picture is one picture.
        url = httpx.URL(text).copy_with(fragment=None)
    except (httpx.InvalidURL, ValueError) as error:  # lone surrogates are a ValueError
        raise BadParameter("url") from error
    if not url.scheme or not url.host:
        raise BadParameter("url")
    check(url)
    return url


def check(url: httpx.URL) -> None:
    """Raise unless it is https, at an allowed host, and nothing but the host."""
    if url.scheme != "https":
        raise NotHttps
    allowed = _in_ascii(_hosts())
    # httpx has no port where it is the scheme's own.
    bare = url.port is None and not url.userinfo
    if not bare or url.raw_host.decode("ascii") not in allowed:
        raise HostNotAllowed


def _hosts() -> tuple[str, ...]:
    return tuple(settings.IMAGE_PROXY_ALLOWED_HOSTS)


@lru_cache
def _in_ascii(hosts: tuple[str, ...]) -> frozenset[str]:
    """The hosts of the setting as they stand in an address."""
    return frozenset(filter(None, map(in_ascii, hosts)))


def in_ascii(host: str) -> str:
    """The host as DNS knows it, in punycode; empty: it is no host."""
    try:
        url = httpx.URL("https://host/").copy_with(host=host.strip())
    except (httpx.InvalidURL, ValueError):
        return ""
    return url.raw_host.decode("ascii")


def _within(size: int) -> int:
    return min(max(size, SMALLEST), LARGEST)
