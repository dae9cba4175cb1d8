"""The access token's cookie, and who may have it set."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.middleware.csrf import CsrfViewMiddleware


def set_access_token(response: HttpResponseBase, token: str) -> None:
    """Scripts cannot read it, other sites cannot send it with their forms."""
    response.set_cookie(
        settings.ACCESS_TOKEN_COOKIE,
        token,
        max_age=settings.SIMPLE_JWT["ACCESS_TOKEN_LIFETIME"],
        httponly=True,
        secure=settings.HTTPS_ONLY,
        samesite="Lax",
    )


def drop_access_token(response: HttpResponseBase) -> None:
    response.delete_cookie(settings.ACCESS_TOKEN_COOKIE, samesite="Lax")


def sent_by_other_site(request: HttpRequest) -> bool:
    """Whether a browser says that a page of another site made this request.

    Browsers name the origin of every POST; other programs have none to name. Our own
    and those of CSRF_TRUSTED_ORIGINS are fine, by Django's own comparison.
    """
    if "HTTP_ORIGIN" not in request.META:
        return False
    check = CsrfViewMiddleware(lambda _: HttpResponse())
    return not check._origin_verified(request)  # type: ignore[attr-defined]
