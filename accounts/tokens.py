"""The shop's two JSON web tokens."""

from typing import cast
from uuid import UUID

from django.utils.translation import gettext_lazy as _
from rest_framework_simplejwt import tokens
from rest_framework_simplejwt.exceptions import TokenError

from accounts.models import User


class _ForUser(tokens.Token):
    """A token about one of our users."""

    def verify(self) -> None:
        # The key may be shared with other programs: what they sign can be odd.
        try:
            super().verify()
            UUID(self["sub"])
        except (
            KeyError,
            TypeError,
            ValueError,
            AttributeError,
            OverflowError,
        ) as error:
            raise TokenError(_("Token is invalid")) from error


class AccessToken(_ForUser, tokens.AccessToken):
    def verify_token_type(self) -> None:
        # The contract's claims have no type: programs that share the key sign without
        # one. Our own refresh tokens carry theirs, and are refused here.
        if "token_type" in self.payload:
            super().verify_token_type()


class RefreshToken(_ForUser, tokens.RefreshToken):  # type: ignore[misc]
    access_token_class = AccessToken

    @property
    def access_token(self) -> AccessToken:
        access = cast(AccessToken, super().access_token)
        # The library counts the lifetime from this token's birth, and would write a
        # later one beside it when a second has just ended.
        access.set_iat(at_time=self.current_time)
        return access

    @classmethod
    def issue(cls, user: User) -> "RefreshToken":
        """A new token that carries the user's e-mail and role as they are now."""
        token = cast(RefreshToken, cls.for_user(user))
        token["email"] = user.email
        token["role"] = user.role
        return token

    @classmethod
    def read(cls, raw: str) -> "RefreshToken":
        """The token in the text, or TokenError: forged, expired, spent, revoked."""
        return cls(raw)  # type: ignore[arg-type]
