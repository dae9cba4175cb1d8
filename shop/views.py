"""Pages for when something is wrong: JSON for the API, HTML for people."""

import logging
from typing import Any

from django.contrib import messages
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from shop.http import is_api

logger = logging.getLogger(__name__)


def _json(status: int, code: str, detail: str) -> HttpResponse:
    return JsonResponse({"detail": detail, "code": code}, status=status)


def _page(request: HttpRequest, status: int, **context: Any) -> HttpResponse:
    try:
        return render(request, f"{status}.html", context, status=status)
    except (OperationalError, InterfaceError) as error:
        # The page's header reads the cart and the user.
        return unavailable(request, error)


def page_not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return _json(404, "not_found", _("Not found."))
    return _page(request, 404)


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    # 400 comes for hosts and headers we do not trust: no template, no database.
    if is_api(request):
        return _json(400, "bad_request", _("This request is not valid."))
    return HttpResponse("Bad request", status=400, content_type="text/plain")


def permission_denied(request: HttpRequest, exception: Exception) -> HttpResponse:
    if is_api(request):
        return _json(403, "permission_denied", _("You may not do this."))
    return _page(request, 403)


def server_error(request: HttpRequest) -> HttpResponse:
    if is_api(request):
        return _json(500, "server_error", _("Something broke on our side."))
    # A bare page: whatever broke may break a template that reads the database too.
    return render(request, "500.html", status=500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    if is_api(request):
        return _json(403, "csrf_failed", _("The CSRF token is missing or wrong."))
    if request.headers.get("HX-Request") == "true":
        # htmx shows no page in place of a part: the whole of it is drawn anew.
        told = _("The page was open for too long. Now it is fresh: please try again.")
        messages.warning(request, told)
        return HttpResponse(status=403, headers={"HX-Refresh": "true"})
    return _page(request, 403, csrf=True, back=_came_from(request))


def _came_from(request: HttpRequest) -> str:
    """The page on which the form stood, if it is one of this site."""
    page = request.headers.get("Referer", "")
    ours = {request.get_host()}
    safe = url_has_allowed_host_and_scheme(page, ours, request.is_secure())
    return page if safe else ""


def unavailable(
    request: HttpRequest, exception: Exception | None = None
) -> HttpResponse:
    """503 without touching the database."""
    if exception:
        logger.error("database unavailable: %s", exception)
    if is_api(request):
        return _json(503, "unavailable", _("The shop is busy. Please try again."))
    return HttpResponse(
        "<!doctype html><meta charset=utf-8><title>503</title><h1>503</h1><p>"
        + _("The shop is taking a short break. Please try again in a minute."),
        status=503,
        headers={"Retry-After": "30"},
    )
