"""Pages know whoever signed in through the API, and nobody else."""

from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db import DatabaseError
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponseBase, JsonResponse
from django.shortcuts import redirect
from django.utils.functional import SimpleLazyObject
from django.utils.translation import gettext

from accounts import cookies, throttling
from accounts.authentication import CookieJWTAuthentication
from accounts.models import User
from shop.http import is_api


class TooManyAttemptsMiddleware:
    """429 where a page's form was refused; axes has a middleware for its own limit."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        error = getattr(request, "too_many_attempts", None)
        if error is None or response.status_code == 429:
            return response
        return throttling.refusal(request, error)


class AccessTokenMiddleware:
    """Without a session, `request.user` of a page is the access token's user.

    Nobody is looked up before somebody reads `request.user`. API views authenticate
    by themselves, and there a bearer header comes first. A login or a logout, on
    whatever page, drops the cookie: the API looks at it first, and it must not speak
    for somebody who is not there.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.ACCESS_TOKEN_COOKIE not in request.COOKIES:
            return self.get_response(request)
        if not is_api(request):
            self._know_visitor(request)
        response = self.get_response(request)
        # The API's own login has set a new one.
        renewed = settings.ACCESS_TOKEN_COOKIE in response.cookies
        if getattr(request, "somebody_came_or_went", False) and not renewed:
            cookies.drop_access_token(response)
        return response

    def process_exception(
        self, request: HttpRequest, exception: Exception
    ) -> HttpResponseBase | None:
        """Who was deleted while we were at work for them is told to sign in.

        The database refuses to write down their name: to us, no error at all.
        """
        if not isinstance(exception, DatabaseError) or not _is_gone(request.user):
            return None
        if not is_api(request):
            return redirect(settings.LOGIN_URL)
        data = {
            "detail": gettext("This account is no longer there."),
            "code": "not_authenticated",
        }
        headers = {"WWW-Authenticate": 'Bearer realm="api"'}
        return JsonResponse(data, status=401, headers=headers)

    def _know_visitor(self, request: HttpRequest) -> None:
        session_user = request.user

        def visitor() -> object:
            if session_user.is_authenticated:
                return session_user
            found = CookieJWTAuthentication().from_cookie(request)
            return found[0] if found else session_user

        request.user = SimpleLazyObject(visitor)  # type: ignore[assignment]


def _is_gone(user: User | AnonymousUser) -> bool:
    return user.is_authenticated and not User.objects.filter(pk=user.pk).exists()


@receiver([user_logged_in, user_logged_out])
def note_change(sender: Any, request: HttpRequest | None, **kwargs: Any) -> None:
    """The middleware hears of every login and logout, the back office's too."""
    if request is not None:
        request.somebody_came_or_went = True  # type: ignore[attr-defined]
