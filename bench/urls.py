"""The shop's addresses, and beside them the floor of the bench of speed."""

from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import path

from shop.urls import handler400 as handler400
from shop.urls import handler403 as handler403
from shop.urls import handler404 as handler404
from shop.urls import handler500 as handler500
from shop.urls import urlpatterns as shop_urls

try:
    from shop.memo import forget_all
except ImportError:
    # An older shop that today's is compared with (BASE) has nothing to forget.
    def forget_all(**kwargs: Any) -> None:
        """Nothing."""


def floor(request: HttpRequest) -> HttpResponse:
    """What the server, Django and the shop's middleware cost by themselves."""
    return HttpResponse(b"ok")


class ColdMiddleware:
    """With the header `Cold` a request finds an empty cache, and nothing remembered."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if "HTTP_COLD" in request.META:
            cache.clear()
            forget_all()
        return self.get_response(request)


urlpatterns = [path("bench/floor", floor), *shop_urls]
