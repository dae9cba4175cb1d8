"""`/health` and `/health/live`: whether the shop and its parts answer."""

import logging
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.db import connection
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django_redis import get_redis_connection

from shop import probes
from shop.broker import connect_to_broker

logger = logging.getLogger(__name__)


def _database() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return True


def _redis() -> bool:
    return bool(get_redis_connection("default").ping())


def _rabbitmq() -> bool:
    connect_to_broker().release()
    return True


def _answers(part: str, check: Callable[[], bool]) -> bool:
    """What the probes of this process know; before it knows, or without it: a try."""
    known = probes.answers(part)
    if known is not None:
        return known
    try:
        return check()
    except Exception:  # whatever a driver raises, the part is down
        logger.exception("health check failed: %s", part)
        return False


def report() -> tuple[dict[str, Any], int]:
    """The health of each part and the HTTP status; None means not configured."""
    parts = {
        "db": _answers("db", _database),
        "redis": _answers("redis", _redis) if settings.REDIS_URL else None,
        "rabbitmq": _answers("rabbitmq", _rabbitmq) if settings.RABBITMQ_URL else None,
    }
    if not parts["db"]:
        status, code = "down", 503
    else:
        status, code = ("degraded" if False in parts.values() else "ok"), 200
    return {"status": status, "service": "shop", **parts}, code


class HealthMiddleware:
    """Answer health before anything that can refuse a request (Host, https, CSRF)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        path = request.path_info.rstrip("/")
        if path == "/health/live":
            return HttpResponse("ok", content_type="text/plain")
        if path == "/health":
            data, code = report()
            return JsonResponse(
                data, status=code, headers={"Cache-Control": "no-store"}
            )
        return self.get_response(request)
