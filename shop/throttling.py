"""Rates: so many calls of the API, and so many forms, from somebody or somewhere."""

import hashlib
import math
import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.connection import ConnectionProxy
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle

from shop.http import counted_address

# Apart from what pages keep, since without Redis each process has little room.
cache: Any = ConnectionProxy(caches, "limits")


def counted(key: str, limit: int, seconds: int) -> bool:
    """Count one more under the key; False once there were more than `limit`.

    By the cache's atomic `incr`: what reads and then writes lets pass whatever comes
    together. The count ends `seconds` after it began. A cache that is down lets
    everybody through: a shop without limits is better than no shop.
    """
    cache.add(key, 0, timeout=seconds)
    try:
        calls = cache.incr(key)
    except ValueError:  # expired between the two calls, or the cache is down
        return True
    return calls is None or calls <= limit


def passes(rate: str, who: str) -> int:
    """Count a call of a rate like `300/min`; 0, or the seconds until it may be again.

    In fixed windows. An empty rate lets everybody through.
    """
    limit, seconds = _Rate().parse_rate(rate or None)
    if not limit or not seconds:
        return 0
    return counts_up(who, limit, seconds)


def counts_up(who: str, limit: int, seconds: int) -> int:
    """Count one more; 0, or the seconds until it may be again."""
    key, left = _window(who, seconds)
    return 0 if counted(key, limit, seconds) else left


def is_used_up(who: str, limit: int, seconds: int) -> int:
    """The same without counting: whether one more would be too many."""
    key, left = _window(who, seconds)
    return left if (cache.get(key) or 0) >= limit else 0


def _window(who: str, seconds: int) -> tuple[str, int]:
    """What is counted under now, and the seconds until that ends."""
    now = time.time()
    return f"rate:{who}:{int(now // seconds)}", math.ceil(seconds - now % seconds)


# --- The API --------------------------------------------------------------------------


class _Rate(SimpleRateThrottle):
    """Reads `300/min`; what it would count itself is counted below."""

    def get_rate(self) -> None:
        return None


class ApiRateThrottle(BaseThrottle):
    """So many calls for a user, or for an address."""

    def allow_request(self, request: Request, view: Any) -> bool:
        # A call that was refused before is counted by `shop.api`, and never twice.
        request.is_counted = True  # type: ignore[attr-defined]
        user = request.user
        if user and user.is_authenticated:
            self._left = passes(settings.API_RATE_USER, f"user:{user.pk}")
        else:
            address = counted_address(request)
            self._left = passes(settings.API_RATE_ANON, f"addr:{address}")
        return not self._left

    def wait(self) -> int:
        """Seconds until the window ends; DRF puts them into Retry-After."""
        return self._left


# --- Pages ----------------------------------------------------------------------------


View = Callable[..., HttpResponse]


def _is_sent(request: HttpRequest) -> bool:
    # What only asks for new sums makes nothing.
    return request.method == "POST" and "refresh" not in request.POST


def is_search(request: HttpRequest) -> bool:
    return bool(request.GET.get("q"))


def limited(
    form: str,
    rate: str = "FORM_RATE",
    counts: Callable[[HttpRequest], bool] = _is_sent,
) -> Callable[[View], View]:
    """The view answers 429 once this form was sent too often.

    `rate` is the name of a setting, `counts` says which requests count. Counted by the
    account of who has signed in, or else by the address, and by the e-mail address
    that a visitor has typed: a letter may follow to whoever has it.
    """

    def decorate(view: View) -> View:
        @wraps(view)
        def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            limit = getattr(settings, rate)
            if limit and counts(request):
                for who in _senders(request):
                    if left := passes(limit, f"{form}:{who}"):
                        return too_often(request, left)
            return view(request, *args, **kwargs)

        return wrapper

    return decorate


def _senders(request: HttpRequest) -> list[str]:
    if request.user.is_authenticated:
        # Staff write down what others say on the telephone, all day.
        return [] if request.user.is_staff else [f"user:{request.user.pk}"]
    senders = [f"addr:{counted_address(request)}"]
    if email := request.POST.get("email", "").strip():
        senders.append(mailbox(email))
    return senders


def mailbox(email: str) -> str:
    """What letters to an address are counted by, in whatever case it was typed.

    Not the address itself: what is counted is kept in the cache.
    """
    return f"mail:{hashlib.sha256(email.strip().lower().encode()).hexdigest()}"


def too_often(request: HttpRequest, left: int) -> HttpResponse:
    """The page that says so, and when to come back."""
    minutes = math.ceil(left / 60)
    response = render(request, "429.html", {"minutes": minutes}, status=429)
    response["Retry-After"] = str(left)
    response["Cache-Control"] = "no-store"
    return response
