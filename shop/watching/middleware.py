"""The first of all: each request gets an id, a line, and its place in the figures."""

import logging
from collections.abc import Callable
from contextvars import copy_context
from time import perf_counter

from django.conf import settings
from django.core.signals import request_finished
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils.crypto import constant_time_compare

from shop.watching import context, metrics, tracing
from shop.watching.exposing import CONTENT_TYPE, exposition

logger = logging.getLogger("shop.requests")
# Machines ask these all day, and are answered so.
_UNTOLD = {
    "health": (200, 503),
    "metrics": (200,),
    # A page asks for many, and says itself that it was asked for.
    "static": (200, 304),
    "media": (200, 304),
}

# What follows an answer (`RedirectFirst`) is still a part of its request.
request_finished.connect(context.end, dispatch_uid="shop.watching")


class RequestMiddleware:
    """Every answer has `X-Request-ID`, and one line that names no address or person."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if context.is_busy():
            # The payment emulator asks the shop itself, in the middle of a request,
            # which goes on afterwards as it was.
            return copy_context().run(self._answer, request)
        return self._answer(request)

    def _answer(self, request: HttpRequest) -> HttpResponseBase:
        name = context.begin(request)
        began = perf_counter()
        metrics.IN_FLIGHT.inc()
        try:
            with tracing.answering(request) as span:
                response = self.get_response(request)
                span.answered(request, response)
        finally:
            metrics.IN_FLIGHT.dec()
        response.headers["X-Request-ID"] = name
        took = perf_counter() - began
        route, status = context.route_of(request), response.status_code
        metrics.count_request(request.method, route, status, took)
        if status not in _UNTOLD.get(route, ()) and logger.isEnabledFor(logging.INFO):
            fields = {
                "method": request.method,
                "route": route,
                "status": status,
                "ms": round(took * 1000, 1),
            }
            logger.info("request", extra={"fields": fields})
        return response


class MetricsMiddleware:
    """`/metrics` for who knows METRICS_TOKEN; without a token there is no such page.

    Like health it is asked by machines, over plain http and by any name: before
    everything that can refuse a request or open a session.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        token = settings.METRICS_TOKEN
        if not token or request.path_info.rstrip("/") != "/metrics":
            return self.get_response(request)
        headers = {"Cache-Control": "no-store"}
        given = request.headers.get("Authorization", "")
        if not constant_time_compare(given, f"Bearer {token}"):
            headers["WWW-Authenticate"] = 'Bearer realm="metrics"'
            return HttpResponse(
                "401", status=401, content_type="text/plain", headers=headers
            )
        if request.method not in {"GET", "HEAD"}:
            return HttpResponse(status=405, headers={"Allow": "GET, HEAD"})
        return HttpResponse(exposition(), content_type=CONTENT_TYPE, headers=headers)
