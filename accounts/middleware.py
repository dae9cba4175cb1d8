"""Pages know whoever signed in through the API."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.functional import SimpleLazyObject

from accounts.authentication import CookieJWTAuthentication
from shop.http import is_api


class AccessTokenMiddleware:
    """Without a session, `request.user` of a page is the access token's user.

    Nobody is looked up before somebody reads `request.user`. API views authenticate
    by themselves, and there a bearer header comes first.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        if settings.ACCESS_TOKEN_COOKIE in request.COOKIES and not is_api(request):
            session_user = request.user

            def visitor() -> object:
                if session_user.is_authenticated:
                    return session_user
                found = CookieJWTAuthentication().from_cookie(request)
                return found[0] if found else session_user

            request.user = SimpleLazyObject(visitor)  # type: ignore[assignment]
        return self.get_response(request)
