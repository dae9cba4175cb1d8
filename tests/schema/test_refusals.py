"""What refuses any call at all is answered as the schema tells of it."""

from typing import Any

from django.db import OperationalError, connection
from werkzeug.test import Client

from tests.schema.shop import Shop, Untouched, application

PATH, JSON = "/api/cart/add", "application/json"
UNREAD: list[tuple[dict[str, Any], int, str]] = [
    ({"data": b"{", "content_type": JSON}, 400, "parse_error"),
    ({"headers": {"Authorization": "Bearer x"}}, 401, "token_not_valid"),
    ({"headers": {"Authorization": "Bearer"}}, 401, "authentication_failed"),
    ({"headers": {"Accept": "text/csv"}}, 406, "not_acceptable"),
    ({"headers": {"Transfer-Encoding": "chunked"}}, 411, "length_required"),
    ({"data": b"a=" + b"b" * 2**24, "content_type": JSON}, 413, "body_too_large"),
    ({"data": b"a,b", "content_type": "text/csv"}, 415, "unsupported_media_type"),
]


def test_refusals_of_any_call(shop: Shop, known_schema: Any, settings: Any) -> None:
    operation = known_schema[PATH]["POST"]
    client = Client(Untouched(application, but_for_redis=True), use_cookies=False)

    def asked(status: int, code: str, **sent: Any) -> Any:
        answer = client.post(PATH, **sent)
        assert (answer.status_code, answer.get_json()["code"]) == (status, code)
        operation.validate_response(answer)
        return answer

    for sent, status, code in UNREAD:
        asked(status, code, **sent)
    token = shop.headers("customer")["Authorization"].split()[1]
    asked(403, "csrf_failed", headers={"Cookie": f"access_token={token}"})

    def broken(execute: Any, sql: str, *more: Any) -> Any:
        if "SAVEPOINT" in sql:  # the test's own
            return execute(sql, *more)
        raise OperationalError("the connection is closed")

    with connection.execute_wrapper(broken):
        asked(503, "unavailable", json={"product_id": shop.products[0]})

    settings.API_RATE_ANON = "1/min"
    client.post(PATH)
    answer = asked(429, "throttled")
    assert 0 < int(answer.headers["Retry-After"]) <= 60
