"""The language that an address names, so that search engines can tell them apart.

Pages have one address for all languages (docs/adr/0025). With `?lang=kk` that page is
read in Kazakh, whatever the browser asks for.
"""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from shop.http import is_api

PARAMETER = "lang"


def asked_language(request: HttpRequest) -> str:
    """The code of the shop's language that the address of a page names, or nothing."""
    if request.method not in ("GET", "HEAD") or is_api(request):
        return ""
    code = request.GET.get(PARAMETER, "")
    return code if code in dict(settings.LANGUAGES) else ""


def keep_reading_in(
    request: HttpRequest, response: HttpResponseBase, language: str
) -> None:
    """Whoever has not chosen a language goes on in the one they came for.

    A choice that was made stays: an address is no choice.
    """
    if settings.LANGUAGE_COOKIE_NAME in request.COOKIES:
        return
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        path=settings.LANGUAGE_COOKIE_PATH,
        domain=settings.LANGUAGE_COOKIE_DOMAIN,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite=settings.LANGUAGE_COOKIE_SAMESITE,  # type: ignore[arg-type]
    )
