"""Small facts about a request, and an answer that leaves before its work is done."""

import logging
import re
from collections.abc import Callable
from ipaddress import ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django_htmx.middleware import HtmxDetails

logger = logging.getLogger(__name__)

# Some proxies append the port too.
_WITH_PORT = re.compile(r"\[(?P<v6>[^\]]+)\](?::\d+)?|(?P<v4>[\d.]+):\d+")
NO_ADDRESS = "0.0.0.0"  # noqa: S104 - not bound to: stands for "unknown" in the count  # nosec B104


class PageRequest(HttpRequest):
    """A request as the middleware hands it on to a page."""

    htmx: HtmxDetails


def client_address(request: HttpRequest) -> str:
    """The address that the visitor really has.

    X-Forwarded-For counts only with TRUST_PROXY, and then as many of its last entries
    as there are proxies of ours: each has appended whom it was asked by. Everything
    left of them was written by the visitor.
    """
    if settings.TRUST_PROXY:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        appended = forwarded.split(",")[-settings.TRUSTED_PROXIES :]
        if first := appended[0].strip():
            return first
    return request.META.get("REMOTE_ADDR", "")


def counted_address(request: HttpRequest) -> str:
    """The address that calls and tries are counted by.

    A household gets a whole IPv6 /64 and could use a new address for every try, so
    that prefix counts as one. What is no address (a socket file, a careless proxy)
    is one common "unknown".
    """
    said = client_address(request).partition("%")[0]
    if with_port := _WITH_PORT.fullmatch(said):
        said = with_port["v6"] or with_port["v4"]
    try:
        address = ip_address(said)
    except ValueError:
        return NO_ADDRESS
    if address.version == 4:
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped or ip_network((address, 64), strict=False).network_address)


# Calls that live beside the pages.
API_ALONE = {"/api", "/payment/pay", "/payment/pay/", "/img", "/img/"}


def is_api(request: HttpRequest) -> bool:
    """Whether the answer, an error too, has to be JSON."""
    path = request.path_info
    return path in API_ALONE or path.startswith(("/api/", "/auth/"))


class RedirectFirst(HttpResponseRedirect):
    """What is to be done, once the visitor has been sent on.

    How long it takes, and whether it fails, shows in no answer.
    """

    def __init__(self, to: str, then: Callable[[], None]) -> None:
        super().__init__(to)
        self._then = then

    def close(self) -> None:
        """The server calls this after the last byte."""
        try:
            self._then()
        except Exception:
            logger.exception("what was to follow an answer failed")
        finally:
            # Afterwards, since it gives the connection to the database back.
            super().close()
