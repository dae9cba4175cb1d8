"""Statements that take long, by their text with placeholders and never their values."""

import logging
from collections.abc import Callable
from time import perf_counter
from typing import Any

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from shop.watching import tracing
from shop.watching.context import current_request, route_of

logger = logging.getLogger("shop.queries")
LONGEST_STATEMENT = 2000


def text_of(sql: Any) -> str:
    """The statement as the code has it: values are parameters, and stay out."""
    return " ".join(str(sql).split())[:LONGEST_STATEMENT]


def watch(
    execute: Callable[..., Any], sql: Any, params: Any, many: bool, context: Any
) -> Any:
    """Run a statement; tell of it if it took SLOW_QUERY_MS or longer."""
    began = perf_counter()
    try:
        with tracing.querying(sql, context["connection"].vendor):
            return execute(sql, params, many, context)
    finally:
        took = (perf_counter() - began) * 1000
        if 0 < settings.SLOW_QUERY_MS <= took:
            request = current_request.get()
            fields = {
                "ms": round(took, 1),
                "statement": text_of(sql),
                **({"route": route_of(request)} if request is not None else {}),
            }
            logger.warning("slow query", extra={"fields": fields})


def _begin(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    if watch not in connection.execute_wrappers:
        connection.execute_wrappers.append(watch)


def install() -> None:
    """Connections are watched if somebody wants to know; if nobody does, it is free."""
    if settings.SLOW_QUERY_MS > 0 or tracing.is_on():
        connection_created.connect(_begin, dispatch_uid="shop.watching.queries")
