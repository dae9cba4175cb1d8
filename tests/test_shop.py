"""What every answer has in common: health, errors, limits, the schema."""

from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

import jwt
import pytest
from django.conf import settings
from django.db import OperationalError
from django.test import Client, RequestFactory
from redis.exceptions import ConnectionError as RedisConnectionError
from rest_framework_simplejwt.tokens import AccessToken, RefreshToken

from shop import throttling
from shop.http import client_address
from tests.api import client_of
from tests.factories import make_product, make_user

pytestmark = pytest.mark.django_db


def test_health_of_the_embedded_shop(client: Client, settings: Any) -> None:
    settings.REDIS_URL = settings.RABBITMQ_URL = ""
    for path in ("/health", "/health/"):
        answer = client.get(path)
        assert answer.status_code == 200
        assert answer.json() == {
            "status": "ok",
            "service": "shop",
            "db": True,
            "redis": None,
            "rabbitmq": None,
        }


@pytest.mark.redis
@pytest.mark.rabbitmq
def test_health_with_every_part(
    client: Client, settings: Any, rabbitmq_url: str
) -> None:
    settings.RABBITMQ_URL = rabbitmq_url
    body = client.get("/health").json()
    assert body["status"] == "ok"
    assert (body["redis"], body["rabbitmq"]) == (True, True)


def test_a_broken_part_degrades_and_a_broken_database_is_down(
    client: Client, settings: Any
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    settings.RABBITMQ_URL = "amqp://guest:guest@127.0.0.1:1//"
    with patch("shop.health.get_redis_connection", side_effect=RedisConnectionError):
        answer = client.get("/health")
        assert answer.status_code == 200
        assert answer.json() == {
            "status": "degraded",
            "service": "shop",
            "db": True,
            "redis": False,
            "rabbitmq": False,
        }
        with patch("shop.health.connection.cursor", side_effect=OperationalError):
            down = client.get("/health")
    assert (down.status_code, down.json()["status"]) == (503, "down")
    assert down.json()["db"] is False


def test_health_answers_plain_http_for_any_host(
    client: Client, settings: Any, django_assert_num_queries: Any
) -> None:
    settings.SECURE_SSL_REDIRECT = True
    assert client.get("/health", headers={"host": "10.0.0.7"}).status_code == 200
    with django_assert_num_queries(0):
        live = client.get("/health/live", headers={"host": "10.0.0.7"})
    assert live.status_code == 200
    assert client.get("/api/products", headers={"host": "10.0.0.7"}).status_code == 400
    assert client.get("/api/products").status_code == 301


def test_errors_of_the_api_are_json_and_of_pages_html(client: Client) -> None:
    for path in ("/api/nothing", "/api/v1/nothing/", "/auth/nothing", "/api"):
        answer = client.get(path)
        assert answer.status_code == 404
        assert answer.json()["code"] == "not_found"
    page = client.get("/nothing/")
    assert (page.status_code, page["Content-Type"]) == (404, "text/html; charset=utf-8")


def test_method_type_and_syntax_errors_have_codes() -> None:
    api = client_of()
    wrong = api.post("/api/cart")
    assert (wrong.status_code, wrong.json()["code"]) == (405, "method_not_allowed")
    kind = api.generic("POST", "/api/cart/add", "<a/>", "text/xml")
    assert (kind.status_code, kind.json()["code"]) == (415, "unsupported_media_type")
    for raw in ("{", "nul", '{"a":NaN}', "[" * 100_000):
        broken = api.generic("POST", "/api/cart/add", raw, "application/json")
        assert (broken.status_code, broken.json()["code"]) == (400, "parse_error")
    huge = api.generic("POST", "/api/cart/add", " " * 3_000_000, "application/json")
    assert (huge.status_code, huge.json()["code"]) == (413, "body_too_large")


def test_a_database_that_is_down_is_503_everywhere(client: Client) -> None:
    with patch(
        "catalog.models.ProductQuerySet.visible", side_effect=OperationalError("gone")
    ):
        api = client_of().get("/api/products")
        page = client.get("/")
    assert (api.status_code, api.json()["code"]) == (503, "unavailable")
    assert page.status_code == 503
    assert "gone" not in page.content.decode()
    assert page["Retry-After"] == "30"


def test_api_rates_count_per_user_else_per_address(
    settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # All of it in one minute, however slow the machine is.
    monkeypatch.setattr(
        throttling, "time", SimpleNamespace(time=lambda: 1_200_000_030.0)
    )
    settings.API_RATE_ANON, settings.API_RATE_USER = "3/min", "5/min"
    make_product()
    visitor, user = client_of(), client_of(make_user())
    codes = [visitor.get("/api/cart").status_code for _ in range(5)]
    assert codes == [200, 200, 200, 429, 429]
    limited = visitor.get("/api/products")
    assert limited.json()["code"] == "throttled"
    assert limited["Retry-After"] == "30"
    assert [user.get("/api/cart").status_code for _ in range(6)] == [200] * 5 + [429]
    assert client_of(make_user()).get("/api/cart").status_code == 200
    other = client_of().get("/api/cart", REMOTE_ADDR="10.0.0.9")
    assert other.status_code == 200
    # Pages and health are not counted.
    assert visitor.get("/").status_code == visitor.get("/health").status_code == 200


def test_a_cache_that_is_down_lets_everybody_through(settings: Any) -> None:
    settings.API_RATE_ANON = "1/min"
    with patch("shop.throttling.cache") as cache:
        cache.incr.side_effect = ValueError
        codes = [client_of().get("/api/cart").status_code for _ in range(3)]
    assert codes == [200, 200, 200]


def test_the_visitors_address(settings: Any, rf: RequestFactory) -> None:
    headers = {"x-forwarded-for": "1.1.1.1, 2.2.2.2"}
    request = rf.get("/", headers=headers, REMOTE_ADDR="3.3.3.3")
    settings.TRUST_PROXY = False
    assert client_address(request) == "3.3.3.3"
    settings.TRUST_PROXY = True
    # The proxy writes its own observation last; the rest is the visitor's word.
    assert client_address(request) == "2.2.2.2"
    assert client_address(rf.get("/", REMOTE_ADDR="3.3.3.3")) == "3.3.3.3"


def test_the_schema_names_every_address_once_and_swagger_is_our_own(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    schema = client.get("/api/schema", headers={"accept": "application/json"}).json()
    assert schema["openapi"].startswith("3.")
    paths = schema["paths"]
    for path in (
        "/api/products",
        "/api/products/{id}",
        "/api/products/sku/{sku}",
        "/api/categories",
        "/api/templates/{id}",
        "/api/cart/add",
        "/api/orders",
        "/api/orders/{id}/cancel",
        "/api/admin/orders/{id}/status",
        "/api/admin/orders/{id}/refund",
        "/api/admin/stats",
        "/api/payments/callback/{provider}",
        "/api/payments/pay",
        "/api/users/me",
        "/auth/login",
        "/api/v1/update_order/{id}",
    ):
        assert path in paths, path
    assert not any(path.endswith("/") for path in paths)
    assert "/api/v1/products" not in paths
    assert "Warning" not in capsys.readouterr().err
    page = client.get("/docs")
    assert page.status_code == 200
    content = page.content.decode()
    assert "/static/drf_spectacular_sidecar/" in content
    assert "https://" not in content


def test_pages_carry_the_protections(client: Client) -> None:
    page = client.get("/")
    policy = page["Content-Security-Policy"]
    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    assert page["X-Frame-Options"] == "DENY"
    assert page["X-Content-Type-Options"] == "nosniff"
    assert page["Referrer-Policy"] == "strict-origin-when-cross-origin"


def test_media_is_served_with_long_cache_headers(
    client: Client, settings: Any, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "a.txt").write_text("hello")
    answer = client.get("/media/a.txt")
    assert answer["Cache-Control"] == "public, max-age=31536000, immutable"
    assert b"".join(answer.streaming_content) == b"hello"
    assert client.get("/media/../manage.py").status_code == 404
    assert client.get("/media/none.txt").status_code == 404


def test_the_page_of_the_api_is_only_read(client: Client) -> None:
    assert client.head("/docs/").status_code == 200
    for call in (client.options, client.post, client.delete):
        assert call("/docs/").status_code == 405


def test_refused_calls_count_too(client: Client, settings: Any) -> None:
    settings.API_RATE_ANON = "2/min"
    codes = [client.get("/api/orders").status_code for _ in range(4)]
    assert codes == [401, 401, 429, 429]
    settings.API_RATE_USER = "2/min"
    api = client_of(make_user())
    codes = [api.get("/api/users").status_code for _ in range(4)]
    assert codes == [403, 403, 429, 429]


def test_the_schema_stands_at_every_mount(client: Client) -> None:
    for path in ("/api/schema", "/api/schema/", "/api/v1/schema", "/docs/"):
        assert client.get(path).status_code == 200, path


def test_with_debug_people_see_the_shops_own_404(client: Client, settings: Any) -> None:
    settings.DEBUG = True
    page = client.get("/nothing/")
    assert page.status_code == 404
    assert "urlpatterns" not in page.content.decode()
    assert page.content.decode().count("<h1") == 1
    assert client.get("/api/nothing").json()["code"] == "not_found"
    assert client.get("/cart").status_code == 301


def test_bad_credentials_are_counted_too(settings: Any) -> None:
    settings.API_RATE_ANON = "3/min"
    api = client_of()
    api.credentials(HTTP_AUTHORIZATION="Bearer forged")
    codes = [api.get("/api/users/me").status_code for _ in range(5)]
    assert codes == [401, 401, 401, 429, 429]


def test_the_scheme_is_read_in_lower_case_and_a_plain_token_is_enough() -> None:
    """A token with exactly the claims of the contract, as other programs sign it."""
    user = make_user()
    token = AccessToken.for_user(user)
    claims = {"sub": str(user.pk), "email": user.email, "role": "user"}
    claims |= {name: token[name] for name in ("exp", "iat", "jti")}
    key = settings.SIMPLE_JWT["SIGNING_KEY"]
    plain = jwt.encode(claims, key, algorithm="HS256")
    for header in (f"Bearer {plain}", f"bearer {token}"):
        api = client_of()
        api.credentials(HTTP_AUTHORIZATION=header)
        assert api.get("/api/users/me").json()["email"] == user.email
    api.credentials(HTTP_AUTHORIZATION=f"Bearer {RefreshToken.for_user(user)}")
    assert api.get("/api/users/me").status_code == 401


def test_a_csrf_refusal_has_its_code() -> None:
    user = make_user(password="quite-long-1")
    api = client_of()
    api.post("/auth/login", {"email": user.email, "password": "quite-long-1"})
    refused = api.post("/api/cart/clear", headers={"accept-language": "en"})
    assert refused.status_code == 403
    assert refused.json() == {
        "detail": "The CSRF token is missing or wrong.",
        "code": "csrf_failed",
    }


@pytest.mark.parametrize("way", ["..", "../x", "%2e%2e/x", "a/../../x", "..%2fx"])
def test_no_way_leads_out_of_the_media(client: Client, way: str) -> None:
    assert client.get(f"/media/{way}").status_code == 404
