"""Who is asking: the access token in a header, or in the cookie that login set."""

from functools import cache
from typing import Any

from django.conf import settings
from django.db import connection
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


class _Users:
    """Finds the user of a token by one statement that is written down already.

    Each call of a program begins with it, and building the same one from a model each
    time takes longer than the database does.
    """

    DoesNotExist = User.DoesNotExist

    @property
    def objects(self) -> "_Users":
        return self

    def get(self, **asked: Any) -> User:
        [(name, value)] = asked.items()
        field: Any = User._meta.get_field(name)
        value = field.get_db_prep_value(value, connection)
        found = next(iter(User.objects.raw(_statement(name), [value])), None)
        if found is None:
            raise User.DoesNotExist
        return found


@cache
def _statement(name: str) -> str:
    quote = connection.ops.quote_name
    fields: list[Any] = list(User._meta.concrete_fields)
    columns = ", ".join(quote(field.column) for field in fields)
    known: Any = User._meta.get_field(name)
    return (
        f"SELECT {columns} FROM {quote(User._meta.db_table)}"  # noqa: S608 - own names  # nosec B608
        f" WHERE {quote(known.column)} = %s"
    )


class _TokenAuthentication(JWTAuthentication):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user_model = _Users()  # type: ignore[assignment]


class BearerAuthentication(_TokenAuthentication):
    """The header; HTTP reads its scheme in any letter case (RFC 9110, 11.1)."""

    def get_header(self, request: Request) -> bytes:
        # Without a header the library gives None; nothing is read out of b"" either.
        scheme, space, token = (super().get_header(request) or b"").partition(b" ")
        return scheme.capitalize() + space + token


class CookieJWTAuthentication(_TokenAuthentication):
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
