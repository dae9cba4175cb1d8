"""Small facts about a request, and an answer that leaves before its work is done."""

import logging
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseRedirect
from django_htmx.middleware import HtmxDetails

logger = logging.getLogger(__name__)


class PageRequest(HttpRequest):
    """A request as the middleware hands it on to a page."""

    htmx: HtmxDetails


def client_address(request: HttpRequest) -> str:
    """The address that the visitor really has.

    X-Forwarded-For counts only with TRUST_PROXY, and then its last entry: the one
    that our own proxy appended. Everything left of it was written by the visitor.
    """
    if settings.TRUST_PROXY:
        forwarded = request.META.get("HTTP_X_FORWARDED_FOR", "")
        last = forwarded.rsplit(",", 1)[-1].strip()
        if last:
            return last
    return request.META.get("REMOTE_ADDR", "")


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
