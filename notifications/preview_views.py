"""What letters look like, for those who work here."""

from collections.abc import Callable
from functools import wraps
from typing import Any, cast

from csp.constants import NONE, SELF, UNSAFE_INLINE
from csp.decorators import csp
from django.conf import settings
from django.contrib import admin
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.core.mail import EmailMultiAlternatives
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from accounts.models import User
from notifications.previews import KINDS, preview_of

View = Callable[..., HttpResponse]
# The letter's own styles and nothing else: no script, no picture, no form, and links
# open beside the page.
LETTER_CSP = {
    "default-src": [NONE],
    "style-src": [UNSAFE_INLINE],
    "frame-ancestors": [SELF],
    "base-uri": [NONE],
    "form-action": [NONE],
    "sandbox": ["allow-popups", "allow-popups-to-escape-sandbox"],
}


def staff_only(view: View) -> View:
    """A visitor is asked to sign in; who does not work here is refused."""

    @wraps(view)
    @never_cache
    @require_safe
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path(), reverse("admin:login"))
        if not (request.user.is_active and request.user.is_staff):
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return guarded


@staff_only
def preview_list(request: HttpRequest) -> HttpResponse:
    """Every kind of letter in every language."""
    context = {
        **admin.site.each_context(request),
        "title": _("What letters look like"),
        "kinds": KINDS.items(),
        "languages": settings.LANGUAGES,
    }
    return render(request, "notifications/preview_list.html", context)


@staff_only
def preview(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """One letter: the HTML in a frame of its own, and the text."""
    message = _message(request, kind, language)
    context = {
        **admin.site.each_context(request),
        "title": capfirst(KINDS[kind]),
        "kind": kind,
        "kinds": KINDS.items(),
        "language": language,
        "languages": settings.LANGUAGES,
        "message": message,
    }
    return render(request, "notifications/preview.html", context)


@xframe_options_sameorigin
@csp(LETTER_CSP)
@staff_only
def preview_html(request: HttpRequest, kind: str, language: str) -> HttpResponse:
    """What the frame shows: the letter's HTML, as it is sent."""
    html, _mimetype = _message(request, kind, language).alternatives[0]
    return HttpResponse(cast(str, html))


def _message(request: HttpRequest, kind: str, language: str) -> EmailMultiAlternatives:
    if kind not in KINDS or language not in dict(settings.LANGUAGES):
        raise Http404
    with translation.override(language):
        return preview_of(kind, cast(User, request.user))
