"""Whatever the schema allows, and much that it does not, is answered as it says.

No 5xx; each status, media type, header and body is one that the schema tells of. The
deep run: `SCHEMA_EXAMPLES=200 pytest tests/schema`.
"""

import json
from collections import Counter
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, settings
from schemathesis.core import NOT_SET
from schemathesis.core.failures import FailureGroup

from tests.payments.callbacks import signature
from tests.schema.beyond import is_beyond
from tests.schema.conftest import Sampling
from tests.schema.shop import Shop

pytestmark = pytest.mark.postgres
schema = schemathesis.pytest.from_fixture("known_schema")


@pytest.mark.usefixtures("caller")
@schema.parametrize()
@settings(deadline=None, suppress_health_check=list(HealthCheck))
def test_answers_fit_the_schema(
    case: schemathesis.Case,
    caller: str,
    shop: Shop,
    sampling: Sampling,
    answered: Counter[int],
) -> None:
    if not sampling.takes(case):
        return
    # As the shop sends it: schemathesis reads no compressed answers from WSGI.
    headers = {**shop.headers(caller), "Accept-Encoding": "identity"}
    sent: dict[str, Any] = {"headers": headers}
    if "/callback/" in case.operation.path and case.body is not NOT_SET:
        # Bytes are among what breaks the schema.
        sent["data"] = json.dumps(case.body, default=str).encode()
        if sampling.signs():
            headers["X-Signature"] = signature(sent["data"])
    response = case.call(**sent)
    answered[response.status_code] += 1
    try:
        case.validate_response(response, headers=headers, transport_kwargs=sent)
    except FailureGroup as group:
        found = [
            failure
            for failure in group.exceptions
            if not is_beyond(failure, case, response)
        ]
        if found:
            raise FailureGroup(found, str(group)) from None
