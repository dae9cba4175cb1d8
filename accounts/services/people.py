"""Accounts: made, changed, deleted; and the one door through which people come in."""

import secrets
from typing import Any

from django.conf import settings
from django.contrib.auth import (
    SESSION_KEY,
    authenticate,
    update_session_auth_hash,
    user_logged_in,
)
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.middleware.csrf import rotate_token
from django.shortcuts import get_object_or_404
from django.utils.translation import get_language
from rest_framework_simplejwt.exceptions import TokenError

from accounts import throttling
from accounts.exceptions import (
    CannotDeleteSelf,
    EmailTaken,
    InvalidCredentials,
    InvalidRefreshToken,
    TooManyAttempts,
    WrongPassword,
)
from accounts.models import User
from accounts.services.letting_go import let_go
from accounts.tokens import RefreshToken
from events.services import emit
from shop.phones import check_phone

# The administrator of the demo data, known to everybody who has read about the shop,
# and one member of staff for each role.
DEMO_LOGIN = ("admin@example.com", "admin123")
DEMO_STAFF = {
    "manager": ("staff@example.com", "staff123"),
    "warehouse": ("warehouse@example.com", "warehouse123"),
    "content": ("content@example.com", "content123"),
    "analyst": ("analyst@example.com", "analyst123"),
}


def save_user(user: User, *fields: str) -> User:
    """The user is stored, and the world is told: created or updated.

    Of a user that exists already only the named fields are written: a profile that
    was read before a change of password must not bring the old one back. A phone that
    is written is in one form; ValidationError for what is none.
    """
    if not fields or "phone" in fields:
        user.phone = check_phone(user.phone)
    event = "user_created" if user._state.adding else "user_updated"
    names = {*fields}
    if "role" in names:
        names = (names - {"role"}) | {"is_staff", "is_superuser"}
    try:
        with transaction.atomic():
            user.save(update_fields=names or None)
            emit(event, user.pk, _about(user))
    except IntegrityError as error:
        # Two people with one address at the same moment: the second one is told.
        raise EmailTaken from error
    return user


def register_user(email: str, password: str, full_name: str = "") -> User:
    """A new customer. The caller has validated the password."""
    user = User(
        email=User.normalize_username(email),
        full_name=full_name,
        language=get_language() or "",
    )
    if User.objects.filter(email=user.email).exists():
        raise EmailTaken
    user.set_password(password)
    return save_user(user)


def update_user(user: User, **changes: Any) -> User:
    """The fields hold their new values; nothing is told when nothing is new."""
    if "phone" in changes:
        changes["phone"] = check_phone(changes["phone"])
    new = [name for name, value in changes.items() if getattr(user, name) != value]
    for name in new:
        setattr(user, name, changes[name])
    return save_user(user, *new) if new else user


def remember_language(user: User, language: str) -> None:
    """Letters to the user are written in this language. It is no news to anybody."""
    others = User.objects.filter(pk=user.pk).exclude(language=language)
    others.update(language=language)


@transaction.atomic
def delete_user(user: User, by: User) -> None:
    """The account is gone; its orders stay, with the e-mail they were placed with."""
    if user.pk == by.pk:
        raise CannotDeleteSelf
    # Locked, so that of two deletions one finds nothing and tells nothing.
    users = User.objects.select_for_update(no_key=True)
    user = get_object_or_404(users, pk=user.pk)
    if user.role != User.Role.USER and not by.is_superuser:
        raise PermissionDenied
    emit("user_deleted", user.pk, _about(user))
    let_go(user)
    user.delete()


def _about(user: User) -> dict[str, Any]:
    return {"id": user.pk, "email": user.email, "role": user.role}


def check_credentials(request: HttpRequest, email: str, password: str) -> User:
    """The user whose password this is. Every face comes through here, counted.

    Takes the time of one hash for an unknown e-mail too, as Django does.
    """
    email = User.normalize_username(email)
    is_demo = (email, password) in {DEMO_LOGIN, *DEMO_STAFF.values()}
    if is_demo and not settings.DEBUG:
        # A database may have been filled while DEBUG was true. This is a wrong
        # password then: it takes as long, is counted and answered as any other.
        password = secrets.token_urlsafe()
    if left := throttling.seconds_refused(request, email):
        raise _refused(request, left)
    user = authenticate(request, username=email, password=password)
    if throttling.is_refused(request, email, passed=user is not None):
        raise TooManyAttempts(throttling.seconds_left(request, email))
    if not isinstance(user, User):
        if left := throttling.count_failure(request, email):
            raise _refused(request, left)
        raise InvalidCredentials
    # Tries that come together all pass the first look.
    if left := throttling.seconds_refused(request, email):
        raise _refused(request, left)
    return user


def _refused(request: HttpRequest, left: int) -> TooManyAttempts:
    """Also told to `TooManyAttemptsMiddleware`: a form shows it, and answers 200."""
    error = TooManyAttempts(left)
    request.too_many_attempts = error  # type: ignore[attr-defined]
    return error


def sign_in(request: HttpRequest, email: str, password: str) -> User:
    """The user, welcomed; for callers that hand out tokens instead of a session."""
    user = check_credentials(request, email, password)
    welcome(request, user)
    return user


def welcome(request: HttpRequest, user: User) -> None:
    """What Django's `login()` does besides the session: once for every login.

    The count of failures is cleared, the visitor's cart finds its owner. A session
    of somebody else in the same browser ends.
    """
    if request.session.get(SESSION_KEY, str(user.pk)) != str(user.pk):
        request.session.flush()
    request.user = user
    rotate_token(request)
    user_logged_in.send(sender=User, request=request, user=user)


def change_password(
    request: HttpRequest, user: User, old_password: str, new_password: str
) -> None:
    """The new password holds, refresh tokens are revoked, other sessions are over.

    The session that asked goes on. The old password is checked through the one door:
    who found an open session has no more guesses than anybody else. The caller has
    validated the new one.
    """
    try:
        check_credentials(request, user.email, old_password)
    except InvalidCredentials as error:
        raise WrongPassword from error
    user.set_password(new_password)
    user.save(update_fields=["password"])
    if request.session.get(SESSION_KEY) == str(user.pk):
        request.user = user
        update_session_auth_hash(request, user)


def issue_tokens(user: User) -> dict[str, str]:
    """A fresh pair, in the contract's words."""
    refresh = RefreshToken.issue(user)
    return {
        "access_token": str(refresh.access_token),
        "refresh_token": str(refresh),
        "token_type": "bearer",  # nosec B105 - the contract's word
    }


def refresh_tokens(raw: str) -> dict[str, str]:
    """A new pair for a refresh token, which is good for this once only."""
    try:
        with transaction.atomic():
            token, user = _hold(raw)
            if user is None or not user.is_active:
                raise InvalidRefreshToken
            token.blacklist()
            return issue_tokens(user)
    except TokenError as error:
        raise InvalidRefreshToken from error


def revoke_token(raw: str) -> None:
    """The refresh token is good for nothing, if it ever was."""
    try:
        with transaction.atomic():
            token, _ = _hold(raw)
            token.blacklist()
    except TokenError:
        return


def _hold(raw: str) -> tuple[RefreshToken, User | None]:
    """The valid token and its user's row, locked until the transaction ends.

    The row is what everybody who uses or revokes tokens takes first, a new password
    too. So one of many calls with the same token wins, and none slips past a
    revocation. The token is looked at again once the row is ours.
    """
    token = RefreshToken.read(raw)
    users = User.objects.select_for_update(no_key=True)
    user = users.filter(pk=token["sub"]).first()
    token.check_blacklist()
    return token, user
