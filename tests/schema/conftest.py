"""The schema, the shop behind it, and how much is tried."""

import os
from collections import Counter
from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest
import schemathesis
from drf_spectacular.generators import SchemaGenerator

from tests.payments.callbacks import SECRET
from tests.schema.known import knowing
from tests.schema.shop import CALLERS, Shop, Untouched, application, open_shop
from tests.schema.table import PROPERTY, row

# Random cases for each operation and caller; asked for, everything is tried.
EXAMPLES = int(os.environ.get("SCHEMA_EXAMPLES", "0"))
FEW, STEP = 2, 12


class Sampling:
    """Which of the cases that the schema itself leads to are sent.

    All in a deep run; else a quarter, another twelfth for each caller.
    """

    def __init__(self, caller: str) -> None:
        self.turn = CALLERS.index(caller) * STEP // len(CALLERS)
        self.cases = count()
        self.callbacks = count()

    def takes(self, case: schemathesis.Case) -> bool:
        if EXAMPLES or case.meta.phase.name.value != "coverage":
            return True
        return next(self.cases) % STEP == self.turn

    def signs(self) -> bool:
        """Three of four callbacks are signed as the provider would."""
        return next(self.callbacks) % 4 != 0


@pytest.fixture(params=CALLERS)
def caller(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def sampling(caller: str) -> Sampling:
    return Sampling(caller)


@pytest.fixture
def answered(request: pytest.FixtureRequest, caller: str) -> Iterator[Counter[int]]:
    """How often each status was answered; told at the end of the run."""
    statuses: Counter[int] = Counter()
    yield statuses
    request.node.user_properties.append((PROPERTY, row(caller, statuses)))


@pytest.fixture(scope="session")
def openapi() -> dict[str, Any]:
    return SchemaGenerator().get_schema(request=None, public=True)


@pytest.fixture
def shop(db: None, settings: Any) -> Shop:
    settings.PAYMENT_EMULATOR = True
    settings.PAYMENT_CALLBACK_SECRET = SECRET
    return open_shop()


@pytest.fixture
def known_schema(shop: Shop, openapi: dict[str, Any]) -> Any:
    config = schemathesis.Config.from_dict(
        {
            "seed": 1,
            "generation": {"deterministic": True, "max-examples": EXAMPLES or FEW},
            # An example of a parameter costs a case of its own, and finds little.
            "phases": {"examples": {"enabled": bool(EXAMPLES)}},
        }
    )
    known = knowing(openapi, shop, forms=bool(EXAMPLES))
    schema = schemathesis.openapi.from_dict(known, config=config)
    schema.app = Untouched(application)
    return schema
