"""Shoppers in a browser that asks for English."""

from typing import Any

import pytest
from playwright.sync_api import Page


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    return {**browser_context_args, "locale": "en-US"}


@pytest.fixture(params=["with JavaScript", "without JavaScript"])
def shopper(request: pytest.FixtureRequest) -> Page:
    name = "page" if request.param == "with JavaScript" else "page_without_javascript"
    return request.getfixturevalue(name)
