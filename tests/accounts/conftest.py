from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import issue_tokens

PASSWORD = "correct horse battery"


@pytest.fixture
def make_user(db: None) -> Callable[..., User]:
    def make(email: str = "aliya@example.com", **fields: Any) -> User:
        return User.objects.create_user(email, PASSWORD, **fields)

    return make


@pytest.fixture
def user(make_user: Callable[..., User]) -> User:
    return make_user()


@pytest.fixture
def admin_user(make_user: Callable[..., User]) -> User:
    return make_user("boss@example.com", role=User.Role.ADMIN)


def bearer(user: User) -> dict[str, str]:
    """The header of somebody who is signed in."""
    return {"Authorization": f"Bearer {issue_tokens(user)['access_token']}"}


def post(client: Client, path: str, data: Any = None, **extra: Any) -> Any:
    """POST as JSON."""
    return client.post(path, data, content_type="application/json", **extra)


def log_in(client: Client, password: str = PASSWORD, **extra: Any) -> Any:
    """POST /auth/login for the usual user."""
    data = {"email": "aliya@example.com", "password": password}
    return post(client, "/auth/login", data, **extra)


def events() -> list[tuple[str, dict[str, Any]]]:
    """What the outbox holds, oldest first."""
    from events.models import OutboxMessage

    return [(row.event_type, row.payload) for row in OutboxMessage.objects.all()]
