from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from tests.accounts.conftest import PASSWORD, events

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def variables(settings: Any) -> None:
    settings.ADMIN_EMAIL = "Boss@Example.com"
    settings.ADMIN_PASSWORD = PASSWORD


def run(**options: bool) -> str:
    out = StringIO()
    call_command("ensure_admin", stdout=out, **options)
    return out.getvalue().strip()


def test_the_admin_is_created_once() -> None:
    assert run() == "boss@example.com: created."
    assert run() == "boss@example.com: is an administrator already."

    user = User.objects.get()
    assert (user.email, user.role, user.is_active) == (
        "boss@example.com",
        "admin",
        True,
    )
    assert user.check_password(PASSWORD)
    assert events() == [
        ("user_created", {"id": str(user.pk), "email": user.email, "role": "admin"})
    ]


def test_a_password_that_was_changed_since_stays() -> None:
    run()
    user = User.objects.get()
    user.set_password("another good one")
    user.save()

    run()

    assert User.objects.get().check_password("another good one")


NO_ADMINISTRATOR = [
    {},
    {"is_staff": True},
    {"is_superuser": True},
    {"role": "admin", "is_active": False},
]


@pytest.mark.parametrize("fields", NO_ADMINISTRATOR)
def test_an_existing_account_stays_what_it_is(fields: dict[str, Any]) -> None:
    User.objects.create_user("boss@example.com", "another good one", **fields)
    before = User.objects.values().get()

    with pytest.raises(CommandError, match=r"^boss@example\.com: .*--promote"):
        run()

    assert User.objects.values().get() == before
    assert events() == []


@pytest.mark.parametrize("fields", NO_ADMINISTRATOR)
def test_who_says_so_makes_it_an_active_admin(fields: dict[str, Any]) -> None:
    User.objects.create_user("boss@example.com", "another good one", **fields)

    told = run(promote=True)

    assert told == "boss@example.com: made an administrator, password kept."
    user = User.objects.get()
    assert (user.role, user.is_staff, user.is_active) == ("admin", True, True)
    assert user.check_password("another good one")
    assert [kind for kind, _ in events()] == ["user_updated"]


def test_a_second_administrator_comes_by_hand_only() -> None:
    User.objects.create_superuser("owner@example.com", PASSWORD)

    assert run(first=True) == "The shop has an administrator already."
    assert User.objects.get().email == "owner@example.com"
    assert run() == "boss@example.com: created."
    assert User.objects.filter(is_superuser=True).count() == 2


@pytest.mark.parametrize(
    ("email", "password"),
    [("", PASSWORD), ("boss@example.com", ""), ("boss", PASSWORD)],
)
def test_missing_or_odd_variables_are_refused(
    settings: Any, email: str, password: str
) -> None:
    settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = email, password

    with pytest.raises(CommandError, match="ADMIN_EMAIL"):
        run()

    assert not User.objects.exists()


def test_the_demo_login_stays_in_the_demo(settings: Any) -> None:
    settings.ADMIN_EMAIL, settings.ADMIN_PASSWORD = "admin@example.com", "admin123"

    with pytest.raises(CommandError, match="demo"):
        run()
    assert not User.objects.exists()

    settings.DEBUG = True
    assert run() == "admin@example.com: created."
