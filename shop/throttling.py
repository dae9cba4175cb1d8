"""API rates: so many calls a minute for a user, or for an address."""

import time
from typing import Any

from django.conf import settings
from django.core.cache import cache
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle, SimpleRateThrottle

from shop.http import client_address


class _Rate(SimpleRateThrottle):
    """Reads `300/min`; what it would count itself is counted below."""

    def get_rate(self) -> None:
        return None


class ApiRateThrottle(BaseThrottle):
    """Count calls in fixed windows with the cache's atomic `incr`.

    DRF's own throttle reads and then writes, so calls that arrive together all pass.
    A cache that is down lets everybody through: a shop without limits is better than
    no shop.
    """

    def allow_request(self, request: Request, view: Any) -> bool:
        # A call that was refused before is counted by `shop.api`, and never twice.
        request.is_counted = True  # type: ignore[attr-defined]
        user = request.user
        if user and user.is_authenticated:
            return self._allow(settings.API_RATE_USER, f"user:{user.pk}")
        return self._allow(settings.API_RATE_ANON, f"addr:{client_address(request)}")

    def _allow(self, rate: str, who: str) -> bool:
        limit, seconds = _Rate().parse_rate(rate or None)
        if not limit or not seconds:
            return True
        now = time.time()
        self._left = seconds - now % seconds
        key = f"rate:{who}:{int(now // seconds)}"
        cache.add(key, 0, timeout=seconds)
        try:
            calls = cache.incr(key)
        except ValueError:  # expired between the two calls, or the cache is down
            return True
        return calls is None or calls <= limit

    def wait(self) -> float:
        """Seconds until the window ends; DRF puts them into Retry-After."""
        return self._left
