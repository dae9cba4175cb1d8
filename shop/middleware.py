"""The shop's own pages for what is not there, and for a database that is down."""

from collections.abc import Callable

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.http import (
    Http404,
    HttpRequest,
    HttpResponseBase,
    HttpResponseNotFound,
)

from shop.views import page_not_found, unavailable


class ErrorPagesMiddleware:
    """404 by our own page, with DEBUG too; 503 when the database does not answer."""

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
        return None
