"""Errors to Sentry by SENTRY_DSN: where the code broke, and nothing about whom.

An event is built anew from what may leave the shop, not freed of what may not: what a
later version of the library adds stays here until somebody has thought of it.
"""

import logging
from typing import Any
from urllib.parse import urlsplit

from shop.watching.context import NO_ROUTE, current_request, route_of, user_id
from shop.watching.extras import needs
from shop.watching.formatting import message_of
from shop.watching.redacting import describe, redact

_KEPT = (
    "event_id", "timestamp", "start_timestamp", "type", "platform", "level", "logger",
    "release", "environment", "sdk", "measurements",
)  # fmt: skip
_FRAME = (
    "filename", "abs_path", "function", "module", "lineno", "pre_context",
    "context_line", "post_context", "in_app",
)  # fmt: skip
# What a transaction may be named by: a view, a task, and never an address.
_NAMES = {"component", "task", "view"}
_TRACE = ("trace_id", "span_id", "parent_span_id", "op", "status", "origin")


def start(dsn: str, environment: str, release: str, rate: float, **options: Any) -> Any:
    """Errors and a part (`rate`, 0 to 1) of the requests are told from now on.

    Raises ImproperlyConfigured without the packages of requirements-extra.txt.
    """
    with needs("SENTRY_DSN"):
        import sentry_sdk
        from sentry_sdk.integrations.celery import CeleryIntegration
        from sentry_sdk.integrations.django import DjangoIntegration
    return sentry_sdk.init(
        dsn=dsn,
        environment=environment,
        release=release or None,
        traces_sample_rate=rate or None,
        # `send_default_pii` is off by itself, and naming it is deprecated.
        include_local_variables=False,
        max_request_body_size="never",
        max_breadcrumbs=0,
        # Other people's servers are told nothing of it in headers.
        trace_propagation_targets=[],
        auto_enabling_integrations=False,
        integrations=[
            DjangoIntegration(transaction_style="function_name"),
            CeleryIntegration(),
        ],
        before_send=cleaned,
        before_send_transaction=cleaned,
        **options,
    )


def cleaned(event: Any, hint: Any) -> Any:
    """What leaves of an event or a transaction."""
    kept: dict[str, Any] = {name: event[name] for name in _KEPT if name in event}
    tags = {"request_id": _request_id()}
    if (request := current_request.get()) is not None:
        kept["transaction"] = tags["route"] = route_of(request)
        kept["request"] = {"method": request.method}
        if (user := user_id()) is not None:
            kept["user"] = {"id": str(user)}
    else:
        source = event.get("transaction_info", {}).get("source")
        named = source in _NAMES
        kept["transaction"] = event.get("transaction", "") if named else NO_ROUTE
    kept["tags"] = {name: value for name, value in tags.items() if value}
    trace = event.get("contexts", {}).get("trace", {})
    kept["contexts"] = {"trace": _only(trace, _TRACE)}
    record = hint.get("log_record") if hint else None
    if isinstance(record, logging.LogRecord):
        kept["logentry"] = {"formatted": message_of(record)}
    elif said := event.get("message") or event.get("logentry", {}).get("message"):
        kept["logentry"] = {"formatted": redact(str(said))}
    if "exception" in event:
        kept["exception"] = {"values": _exceptions(event, hint)}
    if "spans" in event:
        kept["spans"] = [_span(span) for span in event["spans"]]
    return kept


def _only(found: dict[str, Any], names: tuple[str, ...]) -> dict[str, Any]:
    return {name: found[name] for name in names if name in found}


def _request_id() -> str:
    from structlog.contextvars import get_contextvars

    return str(get_contextvars().get("request_id", ""))


def _exceptions(event: Any, hint: Any) -> list[dict[str, Any]]:
    """Types, cleaned sentences and frames: the newest last, as Sentry has them."""
    known = _sentences(hint)
    values = []
    for value in event["exception"].get("values", []):
        kind = str(value.get("type"))
        frames = (value.get("stacktrace") or {}).get("frames", [])
        values.append(
            {
                "type": kind,
                "module": value.get("module"),
                "value": known.get(kind, ""),
                "mechanism": _only(
                    value.get("mechanism") or {}, ("type", "handled", "exception_id")
                ),
                "stacktrace": {"frames": [_only(frame, _FRAME) for frame in frames]},
            }
        )
    return values


def _sentences(hint: Any) -> dict[str, str]:
    """What each exception of the chain says, by its class."""
    error = (hint or {}).get("exc_info", (None, None))[1]
    found: dict[str, str] = {}
    while isinstance(error, BaseException) and type(error).__name__ not in found:
        _, _, sentence = describe(error).partition(": ")
        found[type(error).__name__] = sentence
        error = error.__cause__ or error.__context__
    return found


def _span(span: dict[str, Any]) -> dict[str, Any]:
    """A statement keeps its text, which has placeholders; an address its host."""
    kept = _only(span, (*_TRACE, "start_timestamp", "timestamp"))
    said = str(span.get("description") or "")
    op = str(span.get("op") or "")
    if op.startswith("http"):
        method, _, url = said.partition(" ")
        said = f"{method} {urlsplit(url).hostname or ''}"
    elif not op.startswith(("db", "middleware", "view", "template", "event")):
        said = redact(said)
    kept["description"] = said
    return kept
