"""A shop that offers the emulator."""

from typing import Any

import pytest


@pytest.fixture(autouse=True)
def _emulator(settings: Any) -> None:
    settings.PAYMENT_EMULATOR = True
    settings.PAYMENT_CALLBACK_SECRET = "between the two of us"
