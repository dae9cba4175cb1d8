"""Two browsers that read English."""

import pytest
from django.test import Client


@pytest.fixture
def client() -> Client:
    return Client(headers={"Accept-Language": "en"})


@pytest.fixture
def other() -> Client:
    """Somebody else's browser."""
    return Client(headers={"Accept-Language": "en"})
