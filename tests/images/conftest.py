"""The proxy is on, the internet is the test's own, the cache is empty."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from images import network, services, storage
from images.crowd import Places
from tests.images.internet import Internet


@pytest.fixture
def cache_dir(tmp_path: Path) -> Path:
    return tmp_path / "image-cache"


@pytest.fixture(autouse=True)
def _proxy(settings: Any, cache_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.IMAGE_PROXY_ENABLED = True
    settings.IMAGE_PROXY_ALLOWED_HOSTS = ["cdn.example", "pictures.example"]
    settings.IMAGE_PROXY_MAX_SIZE_MB = 1
    # Long, so that a busy machine is no reason to fail: nothing waits for it.
    settings.IMAGE_PROXY_TIMEOUT = 60
    settings.IMAGE_PROXY_CACHE_DIR = cache_dir
    monkeypatch.setattr(services, "_places", Places(4))
    monkeypatch.setattr(storage, "_sweeper", storage.Sweeper())


@pytest.fixture
def internet(monkeypatch: pytest.MonkeyPatch) -> Iterator[Internet]:
    there = Internet()
    monkeypatch.setattr(network, "resolve", there.resolve)
    monkeypatch.setattr(network, "connect", there.connect)
    monkeypatch.setattr(network, "tls_context", there.trust)
    yield there
    there.close()


@pytest.fixture
def img(client: Client) -> Callable[..., Any]:
    """GET /img of a path of cdn.example, or of a whole address, 100 px wide."""

    def get(url: str = "/a.png", accept: str = "", **query: Any) -> Any:
        if url.startswith("/"):
            url = f"https://cdn.example{url}"
        headers = {"accept": accept} if accept else {}
        headers["accept-language"] = "en"
        wanted = {"url": url} | (query or {"w": 100})
        return client.get("/img", wanted, headers=headers)

    return get


@pytest.fixture
def refused(img: Callable[..., Any]) -> Callable[..., str]:
    """The same for what has to be refused: status and code, like "403 not_https"."""

    def get(*args: Any, **kwargs: Any) -> str:
        response = img(*args, **kwargs)
        assert response["Content-Type"] == "application/json"
        assert response["Cache-Control"] == "no-store"
        said = response.json()
        assert said["detail"]
        return f"{response.status_code} {said['code']}"

    return get
