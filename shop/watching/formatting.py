"""One log record as one line: JSON for machines, words for people."""

import json
import logging
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import structlog
from django.http import HttpRequest
from structlog.stdlib import ProcessorFormatter

from shop.watching.context import route_of, user_id
from shop.watching.redacting import MASK, describe, redact, trace

FORMATS = ("console", "json")
# The shop's own loggers.
OWN = (
    "accounts", "cart", "catalog", "dashboard", "events", "images", "notifications",
    "orders", "payments", "shop", "telegram_bot",
)  # fmt: skip
# Breaks that a program which reads lines may see inside of one.
_BREAKS = {"\x85": "\\u0085", "\u2028": "\\u2028", "\u2029": "\\u2029"}
_CONTROLS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]")
_PLAIN = (int, float, bool, type(None))


def make_formatter(style: str) -> ProcessorFormatter:
    """For a handler; everything that any logger says goes through it."""
    render = _as_json if style == "json" else _as_words
    return ProcessorFormatter(
        foreign_pre_chain=[structlog.contextvars.merge_contextvars],
        processors=[_collect, render],
        pass_foreign_args=True,
        use_get_message=False,
    )


def message_of(record: logging.LogRecord) -> str:
    """What a record says, with every argument cleaned on its own."""
    return _message(record, record.args)


def _message(record: logging.LogRecord, args: Any) -> str:
    text = str(record.msg)
    if not args and hasattr(record, "fields"):
        return text  # one of ours: the words are constant, and each request has one
    request = getattr(record, "request", None)
    is_uri = text.startswith("Error handling request")  # gunicorn's, of what it got

    def clean(value: Any) -> Any:
        if isinstance(value, _PLAIN):
            return value
        if isinstance(value, BaseException):
            return describe(value)
        said = str(value)
        if said.startswith("/") and (is_uri or request is not None):
            # Addresses hold tokens: the name of the route stands for them.
            return route_of(request) if isinstance(request, HttpRequest) else MASK
        return redact(said)

    if isinstance(args, Mapping):
        args = {name: clean(value) for name, value in args.items()}
    elif args:
        args = tuple(clean(value) for value in args)
    elif record.name.partition(".")[0] in OWN:
        # The shop's own sentences are constants: what somebody has sent may be a word
        # of theirs, and must not make a line unfindable.
        return text
    else:
        return redact(text)
    try:
        return text % args
    except (TypeError, ValueError):  # a call that is wrong is still heard
        return f"{text} {args!r}"


def _collect(logger: Any, method: str, event: Any) -> dict[str, Any]:
    """The fields of a line, in the order in which people read them."""
    record: logging.LogRecord = event.pop("_record")
    args = event.pop("positional_args", ())
    said = event.pop("event", "")
    own = event.pop("_from_structlog")
    line: dict[str, Any] = {
        "time": datetime.fromtimestamp(record.created, UTC).isoformat(
            timespec="milliseconds"
        ),
        "level": record.levelname.lower(),
        "logger": record.name,
        "event": redact(str(said)) if own else _message(record, args),
        "pid": record.process,
    }
    if (user := user_id()) is not None:
        line["user"] = user
    error = _error(event.pop("exc_info", None))
    event.pop("stack_info", None)
    if own:  # said by structlog itself: values of whoever wrote the call
        event = {name: _cleaned(value) for name, value in event.items()}
    line |= {**event, **getattr(record, "fields", {})}
    if error is not None:
        line["exception"] = trace(error)
    return line


def _cleaned(value: Any) -> Any:
    return value if isinstance(value, _PLAIN) else redact(str(value))


def _error(found: Any) -> BaseException | None:
    if isinstance(found, tuple):
        found = found[1]
    return found if isinstance(found, BaseException) else None


def _as_json(logger: Any, method: str, line: Any) -> str:
    text = json.dumps(line, ensure_ascii=False, default=str)
    for character, escaped in _BREAKS.items():
        text = text.replace(character, escaped)
    return text


def _as_words(logger: Any, method: str, line: Any) -> str:
    error = line.pop("exception", "")
    head = [line.pop(name) for name in ("time", "level", "logger", "event")]
    rest = " ".join(f"{name}={value}" for name, value in line.items())
    text = f"{head[0]} {head[1].upper()} {head[2]}: {head[3]} {rest}"
    # Nobody forges a line by a line break in what they send.
    text = _CONTROLS.sub(lambda found: repr(found[0])[1:-1], text)
    return f"{text}\n{error}" if error else text
