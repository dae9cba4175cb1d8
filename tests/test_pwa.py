"""The shop as an app: what a browser is told (in one: e2e/test_offline.py)."""

import json
import re
from typing import Any

import pytest
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from shop import pwa
from tests.pages import html

pytestmark = pytest.mark.django_db


def told(client: Client) -> dict[str, Any]:
    source = html(client.get("/sw.js"))
    found = re.match(r"const SHOP = (\{.*\});\nimportScripts\(", source)
    assert found
    return dict(json.loads(found[1]))


def test_the_manifest_names_icons_that_are_what_it_says(
    client: Client, settings: Any
) -> None:
    settings.SHOP_NAME = "Дүкен «Алтын дән»"
    response = client.get("/manifest.webmanifest", headers={"Cookie": "sessionid=x"})
    assert response["Content-Type"] == "application/manifest+json"
    assert response["Cache-Control"] == "public, max-age=3600"
    assert not response.cookies
    assert "Cookie" not in response.get("Vary", "")
    data = response.json()
    assert (data["name"], data["short_name"]) == ("Дүкен «Алтын дән»", "Дүкен «Алтын")
    assert (data["start_url"], data["scope"], data["display"]) == (
        "/",
        "/",
        "standalone",
    )
    assert {icon["purpose"] for icon in data["icons"]} == {"any", "maskable"}
    for icon in data["icons"]:
        path = finders.find(icon["src"].removeprefix("/static/"))
        with Image.open(path) as picture:
            size = f"{picture.width}x{picture.height}"
            assert (picture.format, size) == ("PNG", icon["sizes"])


def test_every_page_names_the_manifest_and_an_icon(client: Client) -> None:
    for address in ("/", "/cart/", "/login/"):
        page = html(client.get(address))
        assert '<link rel="manifest" href="/manifest.webmanifest">' in page
        icon = '<link rel="apple-touch-icon" href="/static/img/icons/apple-touch-icon.'
        assert icon in page
        assert 'id="kept" role="status" hidden' in page
    policy = client.get("/")["Content-Security-Policy"]
    assert "worker-src 'self'" in policy
    assert "manifest-src 'self'" in policy


def test_the_worker_is_asked_for_anew_and_stands_at_the_root(client: Client) -> None:
    response = client.get("/sw.js")
    assert response["Content-Type"] == "text/javascript"
    assert response["Cache-Control"] == "no-cache"
    assert html(response).endswith('importScripts("/static/js/worker.js");\n')
    assert finders.find("js/worker.js")
    data = told(client)
    assert data["pages"] == ["/", "/catalog/"]
    assert data["below"] == ["/category/", "/product/"]
    for address in data["shell"]:
        if address.startswith("/static/"):
            assert finders.find(address.removeprefix("/static/"))
        else:
            assert client.get(address).status_code == 200


def test_a_shop_that_changed_has_another_version(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = told(client)["version"]
    assert re.fullmatch("[0-9a-f]{12}", before)
    assert told(client)["version"] == before
    monkeypatch.setattr(pwa, "SHELL", [*pwa.SHELL, "css/shop.css"])
    assert told(client)["version"] != before


@pytest.mark.parametrize("code", ["ru", "kk", "en"])
def test_the_offline_page_is_nobodys_own(client: Client, code: str) -> None:
    response = client.get(told(client)["offline"][code])
    page = html(response)
    assert f'<html lang="{code}">' in page
    assert page.count("<h1") == 1
    assert "csrf" not in page.lower()
    assert "sessionid" not in response.cookies
    files = re.findall(r'(?:src|href)="(/static/[^"]+)"', page)
    assert set(files) == {f"/static/{name}" for name in pwa.SHELL}
