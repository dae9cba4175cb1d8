"""Several people at the same door, on real threads."""

import threading

import pytest
from django.db import transaction
from django.test import Client
from rest_framework_simplejwt.exceptions import TokenError
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts import services
from accounts.models import User
from accounts.tokens import RefreshToken
from tests.accounts.conftest import PASSWORD, events, log_in, post
from tests.concurrency.helpers import run_together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def refresh(raw: str) -> int:
    return post(Client(), "/auth/refresh", {"refresh_token": raw}).status_code


def test_a_refresh_token_is_good_for_one_of_six(user: User) -> None:
    raw = services.issue_tokens(user)["refresh_token"]

    codes = run_together(refresh, [raw] * 6)

    assert sorted(codes) == [200, 401, 401, 401, 401, 401]
    # The one that was spent and the one that came of it.
    assert OutstandingToken.objects.count() == 2
    assert OutstandingToken.objects.filter(blacklistedtoken=None).count() == 1


def test_without_the_lock_several_would_win(user: User) -> None:
    """The twin: what simplejwt does by itself, check and then write."""
    raw = services.issue_tokens(user)["refresh_token"]
    barrier = threading.Barrier(6, timeout=30)

    def unguarded(raw: str) -> bool:
        try:
            token = RefreshToken.read(raw)
        except TokenError:
            return False
        barrier.wait()  # everybody has looked before anybody writes
        with transaction.atomic():
            token.blacklist()
            services.issue_tokens(user)
        return True

    assert run_together(unguarded, [raw] * 6) == [True] * 6


def test_no_refresh_slips_past_a_new_password(user: User) -> None:
    tokens = [services.issue_tokens(user)["refresh_token"] for _ in range(5)]

    def change(raw: str | None) -> None:
        if raw:
            refresh(raw)
        else:
            mine = User.objects.get()
            mine.set_password("another good one")
            mine.save()

    run_together(change, [*tokens, None])

    assert not OutstandingToken.objects.filter(blacklistedtoken=None).exists()


def test_no_more_than_the_limit_are_told_that_they_were_wrong(
    user: User, settings: object
) -> None:
    settings.AXES_FAILURE_LIMIT = 3

    def guess(number: int) -> int:
        agent = {"User-Agent": f"browser {number % 4}"}
        return log_in(Client(), f"wrong {number}", headers=agent).status_code

    codes = run_together(guess, list(range(12)))

    assert set(codes) <= {401, 429}
    assert codes.count(401) <= 3
    assert log_in(Client()).status_code == 429


def test_the_same_right_password_many_times_at_once_is_fine(user: User) -> None:
    codes = run_together(lambda _: log_in(Client()).status_code, list(range(12)))

    assert codes == [200] * 12


def test_one_address_becomes_one_account() -> None:
    data = {"email": "new@example.com", "password": PASSWORD}

    def register(number: int) -> int:
        return post(Client(), "/auth/register", data).status_code

    codes = run_together(register, list(range(6)))

    assert sorted(codes) == [201, 409, 409, 409, 409, 409]
    assert User.objects.count() == 1
    assert [kind for kind, _ in events()] == ["user_created"]


def test_a_user_is_deleted_and_told_once(user: User, admin_user: User) -> None:
    def delete(_: int) -> str:
        try:
            services.delete_user(user, by=admin_user)
        except Exception as error:
            return type(error).__name__
        return "deleted"

    results = run_together(delete, list(range(4)))

    assert sorted(results) == ["Http404", "Http404", "Http404", "deleted"]
    assert [kind for kind, _ in events()] == ["user_deleted"]


def test_a_profile_never_brings_an_old_password_back(user: User) -> None:
    stale = User.objects.get()
    user.set_password("another good one")
    user.save()

    services.update_user(stale, full_name="Aliya")

    after = User.objects.get()
    assert after.full_name == "Aliya"
    assert after.check_password("another good one")
