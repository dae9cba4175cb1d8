"""The API's documentation in a browser: drawn by our own files alone."""

import pytest
from playwright.sync_api import Page, expect

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.browser]


def test_swagger_draws_the_schema_without_a_complaint(
    page: Page, browser_problems: list[str]
) -> None:
    page.goto("/docs")
    expect(page.get_by_text("/api/products", exact=True).first).to_be_visible()
    assert browser_problems == []
