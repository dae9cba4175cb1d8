"""OpenTelemetry by OTEL_EXPORTER_OTLP_ENDPOINT; without it all of this does nothing.

Spans are named by routes, statements with placeholders and tasks. They carry neither
addresses nor parameters nor what an exception says.
"""

from collections.abc import Iterator, Mapping, MutableMapping
from contextlib import AbstractContextManager, contextmanager
from typing import Any

from django.http import HttpRequest, HttpResponseBase

from shop.watching.context import route_of, user_id

# The tracer, once `start` was called.
_tracer: Any = None


def is_on() -> bool:
    return _tracer is not None


class _Silent(AbstractContextManager["_Silent"]):
    """No span at all."""

    def answered(self, request: HttpRequest, response: HttpResponseBase) -> None:
        return

    def __exit__(self, *args: object) -> None:
        return


_silent = _Silent()


def start(endpoint: str, service: str, release: str, *, exporter: Any = None) -> Any:
    """Spans go to the endpoint from now on. Returns the provider.

    Raises ImproperlyConfigured without the packages of requirements-extra.txt.
    """
    from shop.watching.extras import needs

    global _tracer
    with needs("OTEL_EXPORTER_OTLP_ENDPOINT"):
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import (
            OTLPSpanExporter,
        )
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    about = {"service.name": service, "service.version": release or "unknown"}
    provider = TracerProvider(resource=Resource.create(about))
    url = f"{endpoint.rstrip('/')}/v1/traces"
    provider.add_span_processor(
        BatchSpanProcessor(exporter or OTLPSpanExporter(endpoint=url))
    )
    _tracer = provider.get_tracer("shop")
    return provider


def stop() -> None:
    """No further span is made."""
    global _tracer
    _tracer = None


class _RequestSpan:
    def __init__(self, span: Any) -> None:
        self.span = span

    def answered(self, request: HttpRequest, response: HttpResponseBase) -> None:
        """The route is known only now."""
        route, status = route_of(request), response.status_code
        self.span.update_name(f"{request.method} {route}")
        self.span.set_attribute("http.request.method", str(request.method))
        self.span.set_attribute("http.route", route)
        self.span.set_attribute("http.response.status_code", status)
        if (user := user_id()) is not None:
            self.span.set_attribute("enduser.id", str(user))
        if status >= 500:
            _fail(self.span)


def answering(request: HttpRequest) -> Any:
    """The span of a request, a child of the caller's if `traceparent` names one."""
    return _silent if _tracer is None else _answering(request)


@contextmanager
def _answering(request: HttpRequest) -> Iterator[_RequestSpan]:
    from opentelemetry.trace import SpanKind
    from structlog.contextvars import get_contextvars

    given = {"traceparent": request.headers.get("traceparent", "")}
    name = str(get_contextvars().get("request_id", ""))
    with _tracer.start_as_current_span(
        str(request.method),
        context=_propagator().extract(given),
        kind=SpanKind.SERVER,
        attributes={"shop.request_id": name},
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        yield _RequestSpan(span)


def querying(sql: Any, system: str) -> AbstractContextManager[Any]:
    """The span of a statement, inside of a request or task; others are none."""
    return _silent if _tracer is None else _querying(sql, system)


@contextmanager
def _querying(sql: Any, system: str) -> Iterator[None]:
    from opentelemetry.trace import SpanKind, get_current_span

    from shop.watching.queries import text_of

    if not get_current_span().is_recording():
        yield
        return
    text = text_of(sql)
    with _tracer.start_as_current_span(
        text.partition(" ")[0] or "SQL",
        kind=SpanKind.CLIENT,
        attributes={"db.system.name": system, "db.query.text": text},
        record_exception=False,
        set_status_on_exception=False,
    ) as span:
        try:
            yield
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            _fail(span)
            raise


def begin_task(name: str, headers: Mapping[str, Any]) -> Any:
    """The span of a task, a child of the request that caused it."""
    if _tracer is None:
        return None
    from opentelemetry.trace import SpanKind

    given = {"traceparent": str(headers.get("traceparent") or "")}
    around = _tracer.start_as_current_span(
        name,
        # A task that runs where it is called is in the caller's span already.
        context=_propagator().extract(given) if given["traceparent"] else None,
        kind=SpanKind.CONSUMER,
        attributes={"celery.task": name},
        record_exception=False,
        set_status_on_exception=False,
    )
    return around, around.__enter__()


def end_task(begun: Any, *, failed: bool) -> None:
    if begun is not None:
        around, span = begun
        if failed:
            _fail(span)
        around.__exit__(None, None, None)


def inject(headers: MutableMapping[str, Any]) -> None:
    """Whoever gets these headers goes on with this trace."""
    if _tracer is not None:
        _propagator().inject(headers)


def _propagator() -> Any:
    from opentelemetry.trace.propagation.tracecontext import (
        TraceContextTextMapPropagator,
    )

    return TraceContextTextMapPropagator()


def _fail(span: Any) -> None:
    from opentelemetry.trace import Status, StatusCode

    span.set_status(Status(StatusCode.ERROR))
