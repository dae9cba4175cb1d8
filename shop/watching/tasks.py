"""A task's lines carry the id of the request that caused it, and say how it went."""

import logging
import time
from typing import Any

from celery import signals
from celery.exceptions import Ignore, Reject, Retry
from structlog.contextvars import (
    bind_contextvars,
    clear_contextvars,
    get_contextvars,
    reset_contextvars,
)

from shop.watching import tracing
from shop.watching.context import request_id
from shop.watching.parts import SCHEDULE_TASK, note_schedule

logger = logging.getLogger("shop.tasks")

HEADER = "x_request_id"
# Of the tasks that this process is at, by their ids.
_running: dict[str, dict[str, Any]] = {}


@signals.setup_logging.connect
def keep_our_logging(**kwargs: Any) -> None:
    """Celery leaves logging alone when somebody listens to this: Django has set it."""


@signals.before_task_publish.connect
def name_request(headers: Any = None, **kwargs: Any) -> None:
    """The message carries whose doing it is."""
    if isinstance(headers, dict):
        if name := get_contextvars().get("request_id"):
            headers[HEADER] = name
        tracing.inject(headers)


@signals.task_prerun.connect
def begin(task_id: str, task: Any, **kwargs: Any) -> None:
    eager = bool(task.request.is_eager)
    if not eager:
        clear_contextvars()
    bound: dict[str, Any] = {"task": task.name, "task_id": task_id}
    if not get_contextvars().get("request_id"):
        caused_by = getattr(task.request, HEADER, None)
        bound["request_id"] = request_id(str(caused_by or task_id))
    tokens = bind_contextvars(**bound)
    span = tracing.begin_task(task.name, vars(task.request) if not eager else {})
    _running[task_id] = {"began": time.perf_counter(), "tokens": tokens, "span": span}
    logger.log(_level(eager), "task started")


@signals.task_postrun.connect
def end(task_id: str, task: Any, state: Any = None, **kwargs: Any) -> None:
    found = _running.pop(task_id, None)
    if found is None:
        return
    eager = bool(task.request.is_eager)
    took = time.perf_counter() - found["began"]
    fields = {"state": str(state or "").lower(), "ms": round(took * 1000, 1)}
    logger.log(_level(eager), "task ended", extra={"fields": fields})
    tracing.end_task(found["span"], failed=state == "FAILURE")
    reset_contextvars(**found["tokens"])
    if state == "SUCCESS" and task.name == SCHEDULE_TASK:
        note_schedule(time.time())


@signals.task_failure.connect
def tell_failure(exception: Any = None, **kwargs: Any) -> None:
    """Without the arguments, and with the exception's sentence cleaned."""
    logger.error("task failed", exc_info=exception)


@signals.task_retry.connect
def tell_retry(reason: Any = None, **kwargs: Any) -> None:
    cause = reason.exc if isinstance(reason, Retry) else reason
    logger.warning("task is tried again: %s", cause)


@signals.task_internal_error.connect
def tell_internal_error(exception: Any = None, **kwargs: Any) -> None:
    if not isinstance(exception, Ignore | Reject):
        logger.error("task broke in the worker itself", exc_info=exception)


def _level(eager: bool) -> int:
    """Where tasks run in the process that calls them, they are no news there."""
    return logging.DEBUG if eager else logging.INFO
