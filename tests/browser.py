"""Fixtures of the browser tests: Debian's Chromium on the shop's own pages.

A test marked `browser` takes `page` (or `page_without_javascript`) and opens plain
paths: `page.goto("/cart/")`. What the browser complained about, and every request that
left the machine, is in `browser_problems`; a page must leave it empty, or the test must
empty it because it expected that.
"""

import os
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import BrowserContext, Page, Playwright

FLAGS = [
    # Root has no user namespace to put the sandbox in.
    *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else []),
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    # Chromium calls home in the background otherwise.
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Not even a look-up leaves the machine.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(
    browser_type_launch_args: dict[str, Any],
) -> dict[str, Any]:
    return {
        **browser_type_launch_args,
        "executable_path": os.environ["TEST_FOUND_BROWSER"],
        "args": FLAGS,
    }


@pytest.fixture(scope="session")
def playwright(django_db_setup: None, playwright: Playwright) -> Iterator[Playwright]:
    """Playwright, and leave to query the database beside it.

    Its event loop occupies the main thread from here to the end of the run, and Django
    takes every query there for one inside a coroutine. Browser tests run last, and the
    test database is made before it starts.
    """
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield playwright
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {
        **browser_context_args,
        "locale": "ru-RU",
        "timezone_id": "Asia/Almaty",
        # It asks for copies of pages behind a test's back; test_offline.py lets it.
        "service_workers": "block",
    }


@pytest.fixture
def browser_problems() -> list[str]:
    """Console errors, script errors and outside requests of this test's pages."""
    return []


@pytest.fixture
def page(page: Page, browser_problems: list[str], base_url: str) -> Iterator[Page]:
    _watch(page, browser_problems, base_url)
    yield page
    assert browser_problems == []


@pytest.fixture
def page_without_javascript(
    new_context: Callable[..., BrowserContext],
    browser_problems: list[str],
    base_url: str,
) -> Iterator[Page]:
    page = new_context(java_script_enabled=False).new_page()
    _watch(page, browser_problems, base_url)
    yield page
    assert browser_problems == []


def _watch(page: Page, problems: list[str], base_url: str) -> None:
    home = urlsplit(base_url).netloc

    def note_outside(url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != home:
            problems.append(f"request to {url}")

    page.on("request", lambda request: note_outside(request.url))
    page.on("pageerror", lambda error: problems.append(f"script error: {error}"))
    page.on(
        "console",
        lambda message: (
            problems.append(f"console: {message.text}")
            if message.type == "error"
            else None
        ),
    )
