"""Bodies that are too large, too deep, or no bodies at all: 400 or 413, never 500."""

from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings as real
from django.test import Client

from accounts.services import issue_tokens
from tests.factories import make_admin

pytestmark = pytest.mark.django_db

FORM = "application/x-www-form-urlencoded"
PARTS = "multipart/form-data; boundary=xx"
JSON = "application/json"
PAGES = ["/", "/register/", "/order/", "/cart/add/", "/i18n/setlang/", "/admin/login/"]
CALLS = ["/auth/login", "/auth/register", "/api/cart/add", "/api/orders"]
# Who signs their bodies refuses all others, before they are read or after.
SIGNED = ["/api/payments/callback/emulator", "/telegram/webhook/"]


def part(name: str, content: str = "x", file: str = "") -> str:
    named = f'; filename="{file}"' if file else ""
    return (
        f'--xx\r\nContent-Disposition: form-data; name="{name}"{named}\r\n'
        f"\r\n{content}\r\n"
    )


def nested(depth: int) -> str:
    return "[" * depth + "]" * depth


BODIES: dict[str, tuple[str, bytes]] = {
    "a form of 3 MB": (FORM, b"a=" + b"x" * 3_000_000),
    "10,001 fields": (FORM, urlencode([("a", "1")] * 10_001).encode()),
    "parts of 3 MB": (PARTS, (part("a", "x" * 3_000_000) + "--xx--\r\n").encode()),
    "10,001 parts": (PARTS, (part("a") * 10_001 + "--xx--\r\n").encode()),
    "101 files": (PARTS, (part("a", file="a.txt") * 101 + "--xx--\r\n").encode()),
    "JSON of 3 MB": (JSON, b'{"a": "' + b"x" * 3_000_000 + b'"}'),
    "JSON 100,000 deep": (JSON, nested(100_000).encode()),
    "JSON 25 deep": (JSON, b'{"a": ' + nested(25).encode() + b"}"),
}
SLOW = "10,001 parts"
# What is not too much, and still nothing that anybody means.
ODD: dict[str, tuple[str, bytes]] = {
    "no boundary": ("multipart/form-data", b"x"),
    "a huge boundary": (f"multipart/form-data; boundary={'x' * 5000}", b"x"),
    "cut off": (PARTS, part("a").encode()[:40]),
    "a part without a name": (
        PARTS,
        b"--xx\r\nContent-Disposition: x\r\n\r\n\r\n--xx--",
    ),
    "bad base64": (
        PARTS,
        b'--xx\r\nContent-Disposition: form-data; name="a"\r\n'
        b"Content-Transfer-Encoding: base64\r\n\r\n!\r\n--xx--\r\n",
    ),
    "no UTF-8": (JSON, b'{"email": "\xff\xfe"}'),
    "an unknown charset": ("application/json; charset=klingon", b'{"a": 1}'),
    "a form in no charset": (f"{FORM}; charset=klingon", b"a=1"),
    "a number of 5,000 digits": (JSON, b'{"qty": ' + b"9" * 5000 + b"}"),
    "not a number": (JSON, b'{"qty": NaN, "product_id": Infinity}'),
    "half a surrogate": (JSON, b'{"email": "\\ud800@x.kz", "password": "\\udfff"}'),
    "a list": (JSON, b"[1, 2]"),
    "null": (JSON, b"null"),
    "nothing": (JSON, b""),
    "XML": ("application/xml", b"<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>"),
}


@pytest.fixture(autouse=True)
def _a_bot(settings: Any) -> None:
    settings.PAYMENT_EMULATOR = True
    settings.TELEGRAM_BOT_TOKEN = "1:x"
    settings.TELEGRAM_WEBHOOK_SECRET = "telegram"


@pytest.fixture
def client() -> Client:
    return Client(raise_request_exception=False)


def send(client: Client, path: str, body: tuple[str, bytes], **extra: Any) -> Any:
    kind, content = body
    return client.generic("POST", path, content, content_type=kind, **extra)


def reason(answer: Any) -> str:
    """What an answer says, that must be no traceback."""
    text = answer.content.decode()
    assert "Traceback" not in text and "Error at" not in text
    return text


@pytest.mark.parametrize("name", BODIES)
def test_too_much(client: Client, name: str) -> None:
    of_json = BODIES[name][0] == JSON
    everywhere = CALLS if of_json else PAGES + CALLS
    # Two seconds each: the parser of parts is slow.
    for path in ["/register/", "/auth/login"] if name == SLOW else everywhere:
        answer = send(client, path, BODIES[name])

        expected = {400, 413} if path != "/" else {400, 405, 413}
        assert answer.status_code in expected, (path, reason(answer))
        if path in CALLS:
            assert answer["Content-Type"] == JSON, path


@pytest.mark.parametrize("name", BODIES)
def test_too_much_for_who_signs(client: Client, name: str) -> None:
    for path in SIGNED:
        answer = send(client, path, BODIES[name])
        assert answer.status_code in {400, 403, 413}, (path, reason(answer))
    secret = {"x-telegram-bot-api-secret-token": "telegram"}
    answer = send(client, "/telegram/webhook/", BODIES[name], headers=secret)
    assert answer.status_code == 400


@pytest.mark.parametrize("name", ODD)
def test_odd(client: Client, name: str) -> None:
    for path in PAGES + CALLS + SIGNED:
        answer = send(client, path, ODD[name])
        assert answer.status_code < 500, (path, reason(answer))


@pytest.mark.parametrize("name", sorted({*BODIES, *ODD} - {SLOW}))
def test_the_same_for_staff(client: Client, name: str) -> None:
    """Where files are welcome: pictures of products, and files of goods."""
    boss = make_admin()
    client.force_login(boss)
    token = {"authorization": f"Bearer {issue_tokens(boss)['access_token']}"}
    body = {**BODIES, **ODD}[name]
    for path, extra in (
        ("/api/products", {"headers": token}),
        ("/admin/catalog/product/add/", {}),
        ("/admin/catalog/product/import/", {}),
    ):
        answer = send(client, path, body, **extra)
        assert answer.status_code < 500, (path, reason(answer))
        if name in BODIES and body[0] != JSON:
            assert answer.status_code in {400, 413}, path


def test_too_many_parameters_in_an_address(client: Client) -> None:
    query = urlencode([("a", "1")] * 10_001)
    for path in ("/", "/catalog/", "/api/products", "/search/suggest/"):
        assert client.get(f"{path}?{query}").status_code == 400, path


def test_a_cookie_of_any_kind(client: Client) -> None:
    for cookie in ("x" * 8000, "a=b; " * 1000, "sessionid=\x80\xff", 'sessionid="\\'):
        answer = client.get("/cart/", headers={"cookie": cookie})
        assert answer.status_code == 200


def test_the_limits_are_what_the_papers_say() -> None:
    assert real.DATA_UPLOAD_MAX_MEMORY_SIZE == 2_621_440
    assert real.DATA_UPLOAD_MAX_NUMBER_FIELDS == 10_000
    assert real.DATA_UPLOAD_MAX_NUMBER_FILES == 100
    assert real.FILE_UPLOAD_MAX_MEMORY_SIZE == 2_621_440
