"""A shop that offers the emulator."""

from typing import Any

import pytest

from tests.payments.books import fill_a_little


@pytest.fixture(autouse=True)
def _emulator(settings: Any) -> None:
    settings.PAYMENT_EMULATOR = True
    settings.PAYMENT_CALLBACK_SECRET = "between the two of us"


@pytest.fixture
def neighbors() -> None:
    """Sound orders stand beside the broken one, and are never named."""
    fill_a_little()
