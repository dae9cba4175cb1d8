"""What the tests of shared pages and answers begin with."""

import pytest

from catalog.models import Product
from tests.factories import make_product
from tests.shared.visitors import Keeper


@pytest.fixture
def keeper(monkeypatch: pytest.MonkeyPatch) -> Keeper:
    keeper = Keeper()
    monkeypatch.setattr("shop.shared.cache", keeper)
    return keeper


@pytest.fixture
def product() -> Product:
    return make_product(name="Kettle", slug="kettle", stock=10)
