"""What is going on right now: whose request, which task, which order.

Every log line carries it. It is kept in context variables, so threads and nested tasks
do not mix it up.
"""

import re
import secrets
from contextlib import AbstractContextManager
from contextvars import ContextVar
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest
from django.utils.functional import LazyObject, empty
from structlog.contextvars import (
    bind_contextvars,
    bound_contextvars,
    clear_contextvars,
    get_contextvars,
)

# Bounded, and of letters that need no quoting anywhere; no address fits in.
_WELL_FORMED = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
# Answered before an address is looked up.
_FIXED = {"/health": "health", "/health/live": "health", "/metrics": "metrics"}
NO_ROUTE = "none"

current_request: ContextVar[HttpRequest | None] = ContextVar("seen", default=None)


def request_id(asked: str) -> str:
    """The id that was asked for if it is well formed, or else a new one."""
    return asked if _WELL_FORMED.fullmatch(asked) else secrets.token_hex(16)


def begin(request: HttpRequest) -> str:
    """From now on lines carry this request's id, which is returned."""
    caller = get_contextvars().get("request_id", "") if is_busy() else ""
    name = request_id(request.headers.get("X-Request-ID", caller))
    clear_contextvars()
    bind_contextvars(request_id=name)
    current_request.set(request)
    return name


def is_busy() -> bool:
    """Whether a request is being answered already: then the new one is a part of it."""
    return current_request.get() is not None


def end(**kwargs: Any) -> None:
    """The answer has left, and what was to be done after it is done."""
    clear_contextvars()
    current_request.set(None)


def about_order(number: int) -> None:
    """Lines carry this order's number until another one comes, or the request ends."""
    bind_contextvars(order=number)


def about_event(message_id: UUID, aggregate: str) -> AbstractContextManager[None]:
    """Lines that are written inside carry the event that is being answered."""
    return bound_contextvars(message_id=str(message_id), aggregate=aggregate)


def route_of(request: HttpRequest) -> str:
    """The name of the address's pattern: one of a fixed set, and never what was asked.

    Addresses hold tokens and ids; names of patterns hold nothing.
    """
    match = request.resolver_match
    if match is not None:
        return match.view_name or match.route or NO_ROUTE
    path = request.path_info
    if path.startswith(settings.STATIC_URL):
        return "static"
    return _FIXED.get(path.rstrip("/"), NO_ROUTE)


def user_id() -> Any:
    """Whoever asks, if somebody has found that out; None otherwise. No query."""
    request = current_request.get()
    user = request.__dict__.get("user") if request is not None else None
    if isinstance(user, LazyObject):
        user = user.__dict__.get("_wrapped")
        if user is empty:
            return None
    return getattr(user, "pk", None)
