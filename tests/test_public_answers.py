"""What a cache may give to everybody, and what it may not."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.catalog.imports import picture

BROWSER = {"accept-encoding": "gzip", "accept-language": "kk"}


@pytest.fixture
def client() -> Client:
    """With a cookie that is no session, which Django takes back."""
    client = Client(headers=BROWSER)
    client.cookies["sessionid"] = "x"
    return client


def test_a_picture_is_one_for_everybody(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path
    content = picture().read()
    (tmp_path / "a.png").write_bytes(content)
    response = client.get("/media/a.png")
    assert b"".join(response.streaming_content) == content
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response["Content-Length"] == str(len(content))
    for header in ("Vary", "Content-Encoding", "Content-Language"):
        assert header not in response
    assert not response.cookies


@pytest.mark.django_db
def test_a_page_is_not(client: Client) -> None:
    response = client.get("/login/")
    assert response.status_code == 200
    assert response["Content-Encoding"] == "gzip"
    assert response["Content-Language"] == "kk"
    varies = set(response["Vary"].split(", "))
    assert varies >= {"Accept-Encoding", "Accept-Language", "Cookie"}
    assert response.cookies["sessionid"]["max-age"] == 0
