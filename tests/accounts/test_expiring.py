"""Sessions and tokens past their end go; whoever is in stays in."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from rest_framework_simplejwt.token_blacklist.models import (
    BlacklistedToken,
    OutstandingToken,
)

from accounts import services
from accounts.models import User
from accounts.services import expiring
from accounts.tasks import forget_expired
from accounts.tokens import RefreshToken
from tests.accounts.conftest import post

pytestmark = pytest.mark.django_db


def session(name: str, ends: datetime) -> None:
    Session.objects.create(session_key=name, session_data="x", expire_date=ends)


def token(user: User, name: str, ends: datetime, *, spent: bool = False) -> None:
    kept = OutstandingToken.objects.create(
        user=user, jti=name, token=name, created_at=timezone.now(), expires_at=ends
    )
    if spent:
        BlacklistedToken.objects.create(token=kept)


@pytest.fixture
def rows(user: User) -> None:
    now = timezone.now()
    for name, age in {"old": 90, "older": 61, "just": 30, "good": -30}.items():
        ends = now - timedelta(minutes=age)
        session(name, ends)
        token(user, name, ends)
        token(user, f"{name} spent", ends, spent=True)


def left() -> tuple[set[str], set[str], set[str]]:
    return (
        set(Session.objects.values_list("session_key", flat=True)),
        set(OutstandingToken.objects.values_list("jti", flat=True)),
        set(BlacklistedToken.objects.values_list("token__jti", flat=True)),
    )


def test_what_ended_over_an_hour_ago_goes(rows: None) -> None:
    assert services.forget_expired() == 6

    assert left() == (
        {"just", "good"},
        {"just", "just spent", "good", "good spent"},
        {"just spent", "good spent"},
    )
    assert services.forget_expired() == 0
    assert User.objects.count() == 1


def test_they_go_in_parts(rows: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(expiring, "BATCH", 1)

    with CaptureQueriesContext(connection) as asked:
        services.forget_expired()

    deletions = [q["sql"] for q in asked if q["sql"].startswith("DELETE")]
    assert sum("django_session" in sql for sql in deletions) == 2
    assert sum('"token_blacklist_outstandingtoken"' in sql for sql in deletions) == 4
    assert left()[0] == {"just", "good"}


def test_who_is_in_stays_in_and_what_was_spent_stays_spent(user: User) -> None:
    browser, first = Client(), services.issue_tokens(user)
    browser.force_login(user)
    second = services.refresh_tokens(first["refresh_token"])

    forget_expired()

    assert browser.get("/account/").status_code == 200
    spent = {"refresh_token": first["refresh_token"]}
    assert post(Client(), "/auth/refresh", spent).status_code == 401
    fresh = {"refresh_token": second["refresh_token"]}
    assert post(Client(), "/auth/refresh", fresh).status_code == 200


def test_a_spent_token_whose_mark_has_gone_lets_nobody_in(user: User) -> None:
    """It is past its end, which stands in the token itself."""
    raw = services.issue_tokens(user)["refresh_token"]
    ended = RefreshToken(raw)
    services.revoke_token(raw)
    two_hours_ago = timezone.now() - timedelta(hours=2)
    ended.set_exp(from_time=two_hours_ago, lifetime=timedelta(0))
    OutstandingToken.objects.update(token=str(ended), expires_at=two_hours_ago)

    forget_expired()

    assert left()[1:] == (set(), set())
    data = {"refresh_token": str(ended)}
    assert post(Client(), "/auth/refresh", data).status_code == 401


def test_the_schedule_knows_of_it() -> None:
    known = settings.CELERY_BEAT_SCHEDULE["forget-expired"]
    assert known["task"] == forget_expired.name
    assert known["schedule"] == timedelta(hours=6)
