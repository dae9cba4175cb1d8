"""What the shop holds about somebody: told to them, and forgotten (docs/adr/0029)."""

from typing import Any

from auditlog.context import disable_auditlog
from django.conf import settings
from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.models import Session
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts.exceptions import (
    InvalidCredentials,
    LastAdministrator,
    NotTheirAddress,
    WrongPassword,
)
from accounts.models import User
from accounts.personal import Person, all_parts
from accounts.services.letting_go import let_go
from accounts.services.people import check_credentials
from events.services import emit
from shop import audit
from shop.exceptions import DomainError

# What an account is called by, in its history too.
NAMING = ("email", "full_name", "phone", "language")


def person_of(user: User, *, is_proven: bool = False) -> Person:
    """The owner of the account; `is_proven`: as the shop itself knows them."""
    return Person(email=user.email, user=user, is_proven=is_proven)


def find_person(email: str) -> Person:
    """Whoever the shop knows by this address, with an account or as a guest.

    For staff, who have made sure that the person is the one that they say they are.
    """
    email = User.normalize_username(email)
    user = User.objects.filter(email=email).first()
    return Person(email=email, user=user, is_proven=True)


# --- Told -----------------------------------------------------------------------------


def export_person(person: Person) -> dict[str, Any]:
    """Everything that the shop holds about the person, app by app.

    Values are what DjangoJSONEncoder takes. A part that holds nothing is left out.
    """
    parts = {part.name: part.collect(person) for part in all_parts()}
    return {
        "shop": settings.SHOP_NAME,
        "made_at": timezone.now(),
        "about": person.email,
        **{name: held for name, held in parts.items() if held},
    }


def export_own(request: HttpRequest, user: User, password: str) -> dict[str, Any]:
    """The same for oneself. Raises WrongPassword, TooManyAttempts."""
    _check_password(request, user, password)
    return export_person(person_of(user))


# --- Forgotten ------------------------------------------------------------------------


def hindrances(person: Person) -> list[DomainError]:
    """Why the person cannot be forgotten now; empty: they can."""
    found = [error for part in all_parts() for error in part.hindrances(person)]
    if person.user and _is_last_administrator(person.user):
        found.append(LastAdministrator())
    return found


def forget_own(request: HttpRequest, user: User, password: str, email: str) -> None:
    """The account of whoever asks is gone, and the shop has forgotten its owner.

    They have typed its address once more, and the password through the one door.
    Raises NotTheirAddress, WrongPassword, TooManyAttempts, and what stands in the way.
    """
    if User.normalize_username(email) != user.email:
        raise NotTheirAddress
    _check_password(request, user, password)
    forget_person(person_of(user))


def forget_person(person: Person, *, by: User | None = None) -> None:
    """The shop does not know the person any more, in one transaction.

    The account is deleted. Orders stay, with their goods and sums and without whose
    they were. `user_deleted` is told, with the account's id alone. Done again, it does
    nothing. `by` is the colleague who does it for them; of colleagues, only
    administrators may. Raises the first of `hindrances`.
    """
    parts = all_parts()

    def forget() -> None:
        for part in parts:
            part.forget(person)

    with transaction.atomic(), disable_auditlog():
        user = _held(person)
        if user is None:
            forget()
            return
        if by and user.role != User.Role.USER and not by.is_superuser:
            raise PermissionDenied
        if _is_last_administrator(user):
            raise LastAdministrator
        let_go(user, first=forget, but={m for part in parts for m in part.lets_go_of})
        role, key = user.role, user.pk
        audit.forget_row(user, NAMING, by=by)
        user.delete()
        emit("user_deleted", key, {"id": key, "email": "", "role": role})
        transaction.on_commit(lambda: _end_sessions(str(key)), robust=True)


def _held(person: Person) -> User | None:
    """The account's row, locked; None: there is none, or it has gone meanwhile."""
    if person.user is None:
        return None
    users = User.objects.select_for_update(no_key=True)
    if person.user.is_superuser:
        # All administrators in one order: of two last ones that go, one has to stay.
        list(users.filter(is_superuser=True).order_by("pk"))
    return users.filter(pk=person.user.pk).first()


def _is_last_administrator(user: User) -> bool:
    others = User.objects.filter(is_superuser=True, is_active=True).exclude(pk=user.pk)
    return user.is_superuser and not others.exists()


def _end_sessions(user_id: str) -> None:
    """Sessions of an account that is gone open nothing; a task takes them away too."""
    from accounts.tasks import end_sessions as task

    try:
        # Seconds: a broker that is there and silent must not hold the caller.
        task.apply_async((user_id,), confirm_timeout=3)
    except (OperationalError, TimeoutError):
        end_sessions(user_id)


def end_sessions(user_id: str) -> int:
    """No session is this account's; how many were. Reads all that have not expired."""
    mine = [
        session.pk
        for session in Session.objects.filter(expire_date__gt=timezone.now()).iterator()
        if session.get_decoded().get(SESSION_KEY) == user_id
    ]
    return Session.objects.filter(pk__in=mine).delete()[0]


def _check_password(request: HttpRequest, user: User, password: str) -> None:
    try:
        check_credentials(request, user.email, password)
    except InvalidCredentials as error:
        raise WrongPassword from error
