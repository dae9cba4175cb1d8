"""Who is asking: the access token in a header, or in the cookie that login set."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework_simplejwt.authentication import JWTAuthentication
from rest_framework_simplejwt.tokens import Token

from accounts.models import User


def signed_in(request: Request) -> User | None:
    """Who asks, or None for a visitor."""
    return request.user if request.user.is_authenticated else None


class BearerAuthentication(JWTAuthentication):
    """The header; HTTP reads its scheme in any letter case (RFC 9110, 11.1)."""

    def get_header(self, request: Request) -> bytes:
        # Without a header the library gives None; nothing is read out of b"" either.
        scheme, space, token = (super().get_header(request) or b"").partition(b" ")
        return scheme.capitalize() + space + token


class CookieJWTAuthentication(JWTAuthentication):
    """A browser sends the cookie by itself, so unsafe methods need the CSRF token."""

    def authenticate(self, request: Request) -> tuple[Any, Token] | None:
        found = self.from_cookie(request)
        if found:
            SessionAuthentication().enforce_csrf(request)
        return found

    def from_cookie(self, request: Request | HttpRequest) -> tuple[Any, Token] | None:
        """The user of the cookie. An old or odd one counts as none at all."""
        raw = request.COOKIES.get(settings.ACCESS_TOKEN_COOKIE)
        if not raw:
            return None
        try:
            token = self.get_validated_token(raw.encode())
            return self.get_user(token), token
        except AuthenticationFailed:
            return None
