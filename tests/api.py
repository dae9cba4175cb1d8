"""Calling the API as a client would."""

from typing import Any

from rest_framework.test import APIClient
from rest_framework_simplejwt.tokens import AccessToken

from accounts.models import User


def client_of(user: User | None = None, **defaults: Any) -> APIClient:
    """A client that sends the user's bearer token, or none; CSRF is checked."""
    client = APIClient(enforce_csrf_checks=True, **defaults)
    if user is not None:
        client.credentials(HTTP_AUTHORIZATION=f"Bearer {AccessToken.for_user(user)}")
    return client
