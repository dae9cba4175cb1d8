"""`manage.py check` says what cannot be meant."""

from typing import Any

import pytest
from django.core.checks import run_checks

from images.checks import check_settings


def found() -> list[str | None]:
    return [message.id for message in check_settings()]


def test_settings_that_are_well() -> None:
    assert found() == []


def test_they_are_looked_at(settings: Any) -> None:
    settings.IMAGE_PROXY_ALLOWED_HOSTS = ["*"]
    assert "images.E001" in {message.id for message in run_checks()}


def test_on_and_no_hosts(settings: Any) -> None:
    settings.IMAGE_PROXY_ALLOWED_HOSTS = []
    assert found() == ["images.W001"]


def test_off_nobody_minds(settings: Any) -> None:
    settings.IMAGE_PROXY_ENABLED = False
    settings.IMAGE_PROXY_ALLOWED_HOSTS = ["https://cdn.example/"]
    settings.IMAGE_PROXY_TIMEOUT = 0
    assert found() == []


@pytest.mark.parametrize(
    "host",
    [
        "https://cdn.example",
        "cdn.example/pictures",
        "cdn.example:443",
        "*.cdn.example",
        "*",
        ".cdn.example",
        "cdn.example.",
        "somebody@cdn.example",
        "cdn example",
        "-cdn.example",
        "a" * 64 + ".example",
        "[::1]",
        "",
        "\0",
    ],
)
def test_entries_that_are_no_host(settings: Any, host: str) -> None:
    settings.IMAGE_PROXY_ALLOWED_HOSTS = ["cdn.example", host]
    (message,) = check_settings()
    assert message.id == "images.E001"
    assert repr(host) in message.msg


@pytest.mark.parametrize(
    "host",
    ["cdn.example", "пример.example", "my_pictures.example", "93.184.216.34", "cdn"],
)
def test_entries_that_are_one(settings: Any, host: str) -> None:
    settings.IMAGE_PROXY_ALLOWED_HOSTS = [host]
    assert found() == []


@pytest.mark.parametrize(
    "name", ["MAX_SIZE_MB", "TIMEOUT", "CACHE_MAX_MB", "CONCURRENCY"]
)
@pytest.mark.parametrize("value", [0, -1, float("nan")])
def test_limits_that_allow_nothing(settings: Any, name: str, value: float) -> None:
    setattr(settings, f"IMAGE_PROXY_{name}", value)
    (message,) = check_settings()
    assert message.id == "images.E002"
    assert f"IMAGE_PROXY_{name}" in message.msg
