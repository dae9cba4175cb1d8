"""Whose token it is: found by one statement, and refused as ever."""

from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.authentication import _Users
from accounts.models import User
from accounts.services import issue_tokens
from accounts.tokens import AccessToken
from tests.accounts.conftest import bearer

pytestmark = pytest.mark.django_db


def me(client: Client, **headers: str) -> Any:
    return client.get("/api/users/me", headers=headers)


def test_a_user_is_found_as_the_model_finds_them(user: User, admin_user: User) -> None:
    for person in (user, admin_user):
        for pk in (person.pk, str(person.pk), person.pk.hex):
            with CaptureQueriesContext(connection) as seen:
                found = _Users().objects.get(id=pk)
                assert vars(found).keys() == vars(User.objects.get(pk=pk)).keys()
            # Nothing is left out that would be asked for later.
            assert len(seen) == 2
            stored = User.objects.filter(pk=person.pk).values().get()
            assert {name: getattr(found, name) for name in stored} == stored
            assert found == person and not found._state.adding
            assert found._state.db == "default"


def test_who_is_not_there_is_not_found(user: User) -> None:
    for users in (_Users().objects, User.objects):
        with pytest.raises(User.DoesNotExist):
            users.get(id=uuid4())
    assert _Users().DoesNotExist is User.DoesNotExist


def test_a_token_of_a_user_reads_their_account(user: User, client: Client) -> None:
    answer = me(client, **bearer(user))
    assert (answer.status_code, answer.json()["email"]) == (200, user.email)


def test_a_token_of_nobody_is_refused(user: User, client: Client) -> None:
    headers = bearer(user)
    user.delete()
    answer = me(client, **headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "authentication_failed"


def test_a_token_of_somebody_blocked_is_refused(user: User, client: Client) -> None:
    headers = bearer(user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    answer = me(client, **headers)
    assert answer.status_code == 401
    assert answer.json()["code"] == "authentication_failed"
    # Public answers are refused too: it is no visitor who asks.
    assert client.get("/api/products", headers=headers).status_code == 401


@pytest.mark.parametrize("name", ["nobody", "", "' OR 1=1 --", "1", None, [], {}])
def test_a_signed_token_that_names_no_user_is_refused(
    user: User, client: Client, name: Any
) -> None:
    """Only the shop signs tokens; yet what they say is a value, never a statement."""
    token = AccessToken.for_user(user)
    token["sub"] = name
    client.raise_request_exception = False
    assert me(client, Authorization=f"Bearer {token}").status_code == 401


@pytest.mark.parametrize("gone", [True, False])
def test_an_old_cookie_counts_as_none(user: User, client: Client, gone: bool) -> None:
    """A shopper who was blocked still reads the shop, as anybody may."""
    client.cookies[settings.ACCESS_TOKEN_COOKIE] = issue_tokens(user)["access_token"]
    assert me(client).status_code == 200
    if gone:
        user.delete()
    else:
        User.objects.filter(pk=user.pk).update(is_active=False)
    assert me(client).status_code == 401
    assert client.get("/api/products").status_code == 200
    assert client.get("/catalog/").status_code == 200
