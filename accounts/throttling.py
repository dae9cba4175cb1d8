"""Limits: on wrong passwords, and on reset links.

Axes keeps the count of wrong passwords for an account from an address in the database,
so the API, the pages and the back office share it, and so do all processes. Who tries
one password on many accounts, or one account from many addresses, never gets far in
that count: both are counted in the cache as well.
"""

import hashlib
import math
from collections.abc import Iterator
from typing import Any

from axes.handlers.proxy import AxesProxyHandler
from axes.models import AccessAttempt
from django.conf import settings
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils import timezone

from accounts.exceptions import TooManyAttempts
from accounts.models import User
from shop.http import counted_address, is_api
from shop.throttling import counted, counts_up, is_used_up

# Reset links in RESET_SECONDS. A whole mobile network may share one address.
RESETS_PER_EMAIL = 5
RESETS_PER_ADDRESS = 20
RESET_SECONDS = 15 * 60
# Wrong passwords of an address, and of an account, are counted for so long.
FAILURE_SECONDS = 15 * 60


def attempted_email(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """The account that somebody tries to enter; letter case opens no second lock."""
    given = credentials or request.POST
    email = given.get("username") or given.get("email") or ""
    return User.normalize_username(str(email))[:255]


def attempt_address(request: HttpRequest) -> str:
    """As axes asks for it, by a name of its own."""
    return counted_address(request)


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


def seconds_refused(request: HttpRequest, email: str) -> int:
    """Until when no password is looked at; 0: it is. Nothing is counted.

    A good password clears neither count: with one account of their own, whoever
    guesses at others would begin anew as often as they like.
    """
    return max(
        (
            is_used_up(who, limit, FAILURE_SECONDS)
            for who, limit in _counts(request, email)
        ),
        default=0,
    )


def count_failure(request: HttpRequest, email: str) -> int:
    """Count a wrong password; the seconds until the next, if it was one too many.

    As many as the limit are told that they were wrong, however many came together.
    """
    left = [
        counts_up(who, limit, FAILURE_SECONDS) for who, limit in _counts(request, email)
    ]
    return max(left, default=0)


def _counts(request: HttpRequest, email: str) -> Iterator[tuple[str, int]]:
    if limit := settings.LOGIN_FAILURE_LIMIT_ADDRESS:
        yield f"login:addr:{attempt_address(request)}", limit
    if limit := settings.LOGIN_FAILURE_LIMIT_ACCOUNT:
        # Not the address itself: what is counted is kept in the cache.
        account = hashlib.sha256(User.normalize_username(email).encode()).hexdigest()
        yield f"login:user:{account}", limit


def lockout_response(
    request: HttpRequest,
    original_response: HttpResponse,
    credentials: dict[str, Any] | None,
) -> HttpResponse:
    """429 instead of the answer of a view that knows nothing of the limit."""
    if original_response.status_code == 429:
        return original_response
    email = attempted_email(request, credentials)
    return refusal(request, TooManyAttempts(seconds_left(request, email)))


def refusal(request: HttpRequest, error: TooManyAttempts) -> HttpResponse:
    """The answer of somebody's way in, page or API."""
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
    address = f"password-reset:addr:{attempt_address(request)}"
    return counted(address, RESETS_PER_ADDRESS, RESET_SECONDS) and (
        counted(f"password-reset:user:{account}", RESETS_PER_EMAIL, RESET_SECONDS)
    )
