from collections.abc import Callable

import pytest
from django.contrib.auth import authenticate
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import IntegrityError, transaction
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.models import User
from accounts.services import issue_tokens
from tests.accounts.conftest import PASSWORD

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "is_staff", "is_superuser"),
    [("user", False, False), ("staff", True, False), ("admin", True, True)],
)
def test_the_role_is_djangos_own_flags(
    role: str, is_staff: bool, is_superuser: bool
) -> None:
    user = User()
    user.role = role

    assert (user.is_staff, user.is_superuser) == (is_staff, is_superuser)
    assert user.role == role


def test_a_superuser_is_an_admin_whatever_else() -> None:
    assert User(is_superuser=True, is_staff=False).role == "admin"


def test_an_unknown_role_is_refused() -> None:
    with pytest.raises(ValueError, match="owner"):
        User().role = "owner"


def test_emails_are_stored_in_lower_case(make_user: Callable[..., User]) -> None:
    assert make_user(" Aliya@Example.COM").email == "aliya@example.com"
    assert User.objects.get_by_natural_key("ALIYA@example.com").email == (
        "aliya@example.com"
    )


def test_the_database_knows_no_two_letter_cases(user: User) -> None:
    other = User(email="other@example.com")
    other.save()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=other.pk).update(email="ALIYA@example.com")


def test_forms_are_told_about_a_taken_email(user: User) -> None:
    with pytest.raises(ValidationError) as error:
        User(email="ALIYA@example.com", password="x").full_clean()

    assert list(error.value.message_dict) == ["email"]


def test_any_change_of_a_password_revokes_the_tokens(user: User) -> None:
    issue_tokens(user)
    user.full_name = "Aliya"
    user.save()
    assert OutstandingToken.objects.filter(blacklistedtoken=None).count() == 1

    user.set_password("another good one")
    user.save()

    assert not OutstandingToken.objects.filter(blacklistedtoken=None).exists()


def test_a_login_that_renews_the_hash_revokes_nothing(
    user: User, settings: object, rf: object
) -> None:
    issue_tokens(user)
    settings.PASSWORD_HASHERS = [
        "django.contrib.auth.hashers.Argon2PasswordHasher",
        "django.contrib.auth.hashers.MD5PasswordHasher",
    ]

    request = rf.post("/")
    assert authenticate(request, username=user.email, password=PASSWORD) == user

    assert User.objects.get().password.startswith("argon2$")
    assert OutstandingToken.objects.filter(blacklistedtoken=None).count() == 1


def test_no_migration_is_missing() -> None:
    call_command("makemigrations", "accounts", check=True, dry_run=True, verbosity=0)


def test_a_superuser_from_the_command_line_is_an_admin() -> None:
    user = User.objects.create_superuser("boss@example.com", PASSWORD)

    assert (user.role, user.is_active) == ("admin", True)
