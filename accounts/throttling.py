"""Limits: on wrong passwords for an account from an address, and on reset links.

Axes keeps the count of wrong passwords in the database, so the API, the pages and the
back office share it, and so do all processes.
"""

import hashlib
import math
from ipaddress import ip_address, ip_network
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.core.cache import cache
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.exceptions import TooManyAttempts
from accounts.models import User
from shop.http import client_address, is_api

NO_ADDRESS = "0.0.0.0"  # noqa: S104 - not bound to: stands for "unknown" in the count
# Reset links in RESET_SECONDS. A whole mobile network may share one address.
RESETS_PER_EMAIL = 5
RESETS_PER_ADDRESS = 20
RESET_SECONDS = 15 * 60


def attempted_email(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The account that somebody tries to enter; letter case opens no second lock."""
    given = credentials or request.POST
    email = given.get("username") or given.get("email") or ""
    return User.normalize_username(str(email))[:255]


def attempt_address(request: HttpRequest) -> str:
    """The address that tries are counted by.

    A household gets a whole IPv6 /64 and could use a new address for every try, so
    that prefix counts as one. What is no address (a socket file, a careless proxy)
    is one common "unknown".
    """
    try:
        address = ip_address(client_address(request).partition("%")[0])
    except ValueError:
        return NO_ADDRESS
    if address.version == 4:
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped or ip_network((address, 64), strict=False).network_address)


def is_refused(request: HttpRequest, email: str, *, passed: bool) -> bool:
    """Whether the try that was just made must not be answered.

    Axes looks before the password is checked, so tries that arrive together all get
    past it. Each is looked at once more afterwards: as many as the limit are told
    that they were wrong, and from then on nobody learns anything, not even that a
    password was right.
    """
    if not settings.AXES_ENABLED:
        return False
    if passed:
        refused = AxesProxyHandler.is_locked(request, {"username": email})
    else:
        failures = request.axes_failures_since_start  # type: ignore[attr-defined]
        refused = failures is None or failures > settings.AXES_FAILURE_LIMIT
    # Axes raises this flag already for the try that reaches the limit.
    request.axes_locked_out = refused  # type: ignore[attr-defined]
    return refused


def seconds_left(request: HttpRequest, email: str) -> int:
    """When the lock has ended for certain: the cool-off after the last counted try."""
    attempts = AccessAttempt.objects.filter(
        username=attempted_email(request, {"username": email}),
        ip_address=attempt_address(request),
    )
    last = attempts.aggregate(last=Max("attempt_time"))["last"] or timezone.now()
    left = last + settings.AXES_COOLOFF_TIME - timezone.now()
    return max(1, math.ceil(left.total_seconds()))


def lockout_response(
    request: HttpRequest,
    original_response: HttpResponse,
    credentials: dict[str, Any] | None,
) -> HttpResponse:
    """429 instead of the answer of a view that knows nothing of the limit."""
    if original_response.status_code == 429:
        return original_response
    error = TooManyAttempts(
        seconds_left(request, attempted_email(request, credentials))
    )
    retry_after = error.extra["retry_after"]
    if is_api(request):
        response: HttpResponse = JsonResponse(error.as_dict(), status=error.status)
    else:
        context = {"error": error, "minutes": math.ceil(retry_after / 60)}
        response = render(request, "accounts/locked.html", context, status=error.status)
    response["Retry-After"] = str(retry_after)
    return response


def may_send_reset(request: HttpRequest, email: str) -> bool:
    """Count this wish for a reset link; False once there were too many.

    An address that is over its limit uses up nothing of the account's.
    """
    account = hashlib.sha256(User.normalize_username(email).encode()).hexdigest()
    return _counted(f"addr:{attempt_address(request)}", RESETS_PER_ADDRESS) and (
        _counted(f"user:{account}", RESETS_PER_EMAIL)
    )


def _counted(who: str, limit: int) -> bool:
    """By the cache's atomic `incr`, as the API's rates; without a cache, all pass."""
    key = f"password-reset:{who}"
    cache.add(key, 0, timeout=RESET_SECONDS)
    try:
        calls = cache.incr(key)
    except ValueError:  # expired between the two calls, or the cache is down
        return True
    return calls is None or calls <= limit
