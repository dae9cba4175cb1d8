"""Each kind of answer has each header."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.backoffice import office
from tests.catalog.imports import picture
from tests.factories import make_product

pytestmark = pytest.mark.django_db

# What every answer says; of two values, the second one is for public files.
EVERY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}
PAGE_POLICY = (
    "base-uri 'self'; default-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "img-src 'self' data: https:; manifest-src 'self'; object-src 'none'; "
    "worker-src 'self'"
)
NOTHING = "default-src 'none'; frame-ancestors 'none'"
SANDBOX = "default-src 'none'; sandbox"

# What is asked, the answer's status, and its policy for content.
ANSWERS: list[tuple[str, int, str]] = [
    ("/", 200, PAGE_POLICY),
    ("/cart/", 200, PAGE_POLICY),
    ("/login/", 200, PAGE_POLICY),
    ("/account/", 302, PAGE_POLICY),
    ("/admin/login/", 200, PAGE_POLICY),
    ("/cart", 301, PAGE_POLICY),
    ("/no-such-page/", 404, PAGE_POLICY),
    ("/api/products", 200, PAGE_POLICY),
    ("/api/orders", 401, PAGE_POLICY),
    ("/api/no-such-call", 404, PAGE_POLICY),
    ("/api/schema", 200, PAGE_POLICY),
    ("/docs", 200, PAGE_POLICY),
    ("/robots.txt", 200, PAGE_POLICY),
    ("/sitemap.xml", 200, PAGE_POLICY),
    ("/sw.js", 200, PAGE_POLICY),
    ("/static/css/shop.css", 200, PAGE_POLICY),
    ("/media/a.png", 200, SANDBOX),
    ("/media/no-such-file.png", 404, PAGE_POLICY),
    ("/img?url=x", 404, PAGE_POLICY),
    ("/health", 200, NOTHING),
    ("/health/live", 200, NOTHING),
]


@pytest.fixture(autouse=True)
def _a_picture(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path
    (tmp_path / "a.png").write_bytes(picture().read())


def check(answer: Any, policy: str, *, public: bool = False) -> None:
    for name, value in EVERY.items():
        assert answer.get(name) == value, name
    assert "camera=()" in answer["Permissions-Policy"].split(", ")
    said = answer["Content-Security-Policy"].split("; ")
    assert "; ".join(sorted(said)) == policy
    embedded = "cross-origin" if public else "same-origin"
    assert answer["Cross-Origin-Resource-Policy"] == embedded
    assert "Server" not in answer and "X-Powered-By" not in answer


@pytest.mark.parametrize(("path", "status", "policy"), ANSWERS)
def test_every_answer(client: Client, path: str, status: int, policy: str) -> None:
    answer = client.get(path)

    assert answer.status_code == status
    check(answer, policy, public=path.startswith(("/static/", "/media/", "/img")))
    answer.close()


def test_the_back_office() -> None:
    product = make_product()
    for path in ("", "stats/", f"catalog/product/{product.pk}/change/"):
        check(office().get(f"/admin/{path}"), PAGE_POLICY)


def test_refusals_of_what_stands_before_the_views(client: Client) -> None:
    wrong_host = client.get("/", headers={"host": "evil.example"})
    assert wrong_host.status_code == 400
    check(wrong_host, PAGE_POLICY)

    no_length = Client().generic("POST", "/", HTTP_TRANSFER_ENCODING="chunked")
    assert no_length.status_code == 411
    check(no_length, NOTHING)

    no_token = Client(enforce_csrf_checks=True).post("/login/", {})
    assert no_token.status_code == 403
    check(no_token, PAGE_POLICY)


def test_a_fault_of_ours(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError

    client.raise_request_exception = False
    monkeypatch.setattr("shop.health.report", fails)
    broken = client.get("/health")
    assert broken.status_code == 500
    check(broken, NOTHING)


def test_https_is_kept_for_a_year(client: Client, settings: Any) -> None:
    settings.SECURE_SSL_REDIRECT, settings.SECURE_HSTS_SECONDS = True, 31_536_000
    settings.SECURE_HSTS_INCLUDE_SUBDOMAINS = settings.SECURE_HSTS_PRELOAD = True
    client = Client()

    plain = client.get("/cart/")
    assert (plain.status_code, plain["Location"]) == (301, "https://testserver/cart/")
    check(plain, NOTHING)
    secure = client.get("/cart/", secure=True)
    kept = "max-age=31536000; includeSubDomains; preload"
    assert secure["Strict-Transport-Security"] == kept
