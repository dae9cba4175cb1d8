"""The examples of docs/API.md, as somebody pastes them into a shell."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from pytest_django.live_server_helper import LiveServer

from accounts.models import User
from tests.factories import make_category, make_product, make_template, make_user

ROOT = Path(__file__).resolve().parents[1]
SECRET = "between the two of us"
# A command, over some lines, and the comment below it.
EXAMPLE = re.compile(r"((?:^[^#\n].*\n)+)^# (\d{3}) (.+)$", re.MULTILINE)


def examples() -> list[tuple[str, int, Any]]:
    """Each curl of the page with the status and the answer that it promises."""
    page = (ROOT / "docs" / "API.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```bash\n(.+?)```", page, re.DOTALL)
    found = []
    for block in blocks:
        promised = EXAMPLE.findall(block)
        assert len(promised) == len(re.findall("^curl ", block, re.MULTILINE)), block
        found += [
            (code, int(status), json.loads(body)) for code, status, body in promised
        ]
    return found


@pytest.fixture
def shop(settings: Any, tmp_path: Path) -> None:
    """What `make run` has and the examples name."""
    settings.DEBUG = True  # the demo accounts of the examples are for nobody else
    settings.PAYMENT_EMULATOR = True
    settings.PAYMENT_CALLBACK_SECRET = SECRET
    settings.MEDIA_ROOT = tmp_path / "media"
    make_user(email="admin@example.com", password="admin123", role=User.Role.ADMIN)
    category = make_category("Ноутбуки")
    type(category).objects.filter(pk=category.pk).update(slug="laptops")
    make_product(
        sku="LAP-1",
        name="Ноутбук",
        price="400000.00",
        categories=[category],
        template=make_template(schema={"ram": "number"}),
        attributes={"ram": 16},
    )


@pytest.mark.django_db(transaction=True)
def test_every_example_answers_as_it_says(
    shop: None, live_server: LiveServer, tmp_path: Path
) -> None:
    if not shutil.which("curl") or not shutil.which("openssl"):
        pytest.skip("curl and openssl are not installed")
    known: dict[str, str] = {}
    done = examples()
    assert len(done) == 15
    for code, status, promised in done:
        told = _run(code, known, live_server.url, tmp_path)
        assert told[0] == status, (code, told)
        _holds(promised, told[1], code)
        _remember(code, told[1], known)


def _run(
    code: str, known: dict[str, str], address: str, folder: Path
) -> tuple[int, Any]:
    """The status and the body that the shop answered to the last curl of the code."""
    code = code.replace("http://localhost:8000", address)
    for name, value in known.items():
        code = code.replace(f"<{name}>", value)
    code = re.sub(
        r"^curl ", r"curl -gsS -w '\\n%{http_code}' ", code, flags=re.MULTILINE
    )
    ran = subprocess.run(  # noqa: S603 - our own page
        ["bash", "-euc", code],  # noqa: S607
        cwd=folder,
        env={"PATH": "/usr/local/bin:/usr/bin:/bin", "PAYMENT_CALLBACK_SECRET": SECRET},
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    body, _newline, status = ran.stdout.rpartition("\n")
    return int(status), json.loads(body.replace(address, "http://localhost:8000"))


def _holds(promised: Any, told: Any, code: str) -> None:
    """Promised keys are there; promised words and numbers are the same ones.

    `…` stands for anything, and an empty list or object for one of any content.
    """
    if isinstance(promised, dict):
        assert isinstance(told, dict), code
        for key, value in promised.items():
            assert key in told, (key, told)
            if key == "number":
                # Numbers go on from test to test.
                assert isinstance(told[key], int), code
                continue
            _holds(value, told[key], code)
    elif isinstance(promised, list):
        assert isinstance(told, list), code
        for one, other in zip(promised, told, strict=False):
            _holds(one, other, code)
        assert len(told) >= len(promised)
    elif isinstance(promised, str) and "…" in promised:
        pattern = ".+".join(map(re.escape, promised.split("…")))
        assert re.fullmatch(pattern, told), (code, told)
    else:
        assert promised == told, (code, told)


def _remember(code: str, told: Any, known: dict[str, str]) -> None:
    """What later examples name in `<…>`."""
    if "access_token" in told:
        known["access_token"] = told["access_token"]
    if "/api/products -H" in code:
        known["product"] = told["id"]
    if "checkout" in code:
        known["order"] = told["id"]
    if "redirect_url" in told:
        known["payment"] = told["id"]
