"""The shop's own pages for what is not there, and for a database that is down."""

from collections.abc import Callable

from django.conf import settings
from django.contrib.sessions import middleware as sessions
from django.contrib.sessions.exceptions import SessionInterrupted
from django.db import InterfaceError, OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotFound,
    JsonResponse,
)
from django.middleware import gzip, locale
from django.utils import translation
from django.utils.translation import gettext as _

from shop import audit, probes
from shop.exceptions import TooOften
from shop.languages import asked_language, keep_reading_in
from shop.packing import SMALLEST, pack, takes_brotli
from shop.throttling import too_often
from shop.views import page_not_found, unavailable

_ENCODED = "Content-Encoding"


class LengthRequiredMiddleware:
    """411 for a body without Content-Length, which Django would read as empty.

    Somebody who orders, or reports a payment, in such a body would not be heard.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        meta = request.META
        if meta.get("HTTP_TRANSFER_ENCODING") and not meta.get("CONTENT_LENGTH"):
            text = _("Send the body with its length.")
            data = {"detail": text, "code": "length_required"}
            return JsonResponse(data, status=411)
        return self.get_response(request)


def _needs_no_database(request: HttpRequest) -> bool:
    """Pictures, and what makes the shop an app on a phone."""
    files = (settings.MEDIA_PATH, "/img", "/sw.js", "/manifest.webmanifest")
    return request.path_info.startswith(tuple(filter(None, files)))


class DatabaseDownMiddleware:
    """503 at once while the database is known to be down (`shop.probes`)."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if probes.answers("db") is False and not _needs_no_database(request):
            # The probe has said it, once.
            return unavailable(request)
        return self.get_response(request)


class AuditMiddleware:
    """The history of what a request changes names whoever asked."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        with audit.answering(request):
            return self.get_response(request)


class ErrorPagesMiddleware:
    """404 by our own page, with DEBUG too; 503 when the database does not answer.

    And 429 where a service found a rate used up.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if settings.DEBUG and isinstance(response, HttpResponseNotFound):
            # Django would list its routes; people who try the shop see its own page.
            return page_not_found(request, Http404())
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        if isinstance(exception, OperationalError | InterfaceError):
            return unavailable(request, exception)
        if isinstance(exception, TooOften):
            return too_often(request, exception.extra["retry_after"])
        return None


def _is_picture(response: HttpResponseBase) -> bool:
    kind = response.get("Content-Type", "")
    return kind.startswith("image/") and not kind.startswith("image/svg")


class GZipMiddleware(gzip.GZipMiddleware):
    """Brotli for who takes it, gzip for the others, and for what is a stream.

    A picture is compressed already: trying again costs time and gains nothing.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if _is_picture(response):
            return response
        if isinstance(response, HttpResponse) and takes_brotli(request):
            if len(response.content) >= SMALLEST and not response.has_header(_ENCODED):
                pack(response)
            return response
        return super().process_response(request, response)


def _is_public(response: HttpResponseBase) -> bool:
    """Whether the view has said that everybody may be given this very answer."""
    return "public" in response.get("Cache-Control", "")


class LocaleMiddleware(locale.LocaleMiddleware):
    """The language of an address comes before all others (`shop.languages`).

    What is public is the same in every language: caches need to keep but one.
    """

    def process_request(self, request: HttpRequest) -> None:
        super().process_request(request)
        if language := asked_language(request):
            translation.activate(language)
            request.LANGUAGE_CODE = language

    def process_response(
        self, request: HttpRequest, response: HttpResponseBase
    ) -> HttpResponseBase:
        if _is_public(response):
            return response
        if language := asked_language(request):
            keep_reading_in(request, response, language)
        return super().process_response(request, response)


class SessionMiddleware(sessions.SessionMiddleware):
    """A database that breaks under the session is a 503, as everywhere else.

    Django takes it for a session that was deleted meanwhile, a 400, or does not expect
    it at all. Whoever is answered so may have an order, and has to ask again.

    A public answer has no cookie. Django would take back one that is no session, and a
    cache between us and the visitors could hand that on to all of them.
    """

    def process_response(
        self, request: HttpRequest, response: HttpResponse
    ) -> HttpResponse:
        if _is_public(response):
            return response
        try:
            return super().process_response(request, response)
        except SessionInterrupted as interrupted:
            saving = interrupted.__context__
            cause = saving.__context__ if saving else None
            if isinstance(cause, OperationalError | InterfaceError):
                return unavailable(request, cause)
            raise
        except (OperationalError, InterfaceError) as error:
            return unavailable(request, error)
