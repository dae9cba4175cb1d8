"""What a machine can find against WCAG 2.2 AA, on every page there is."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.e2e.storefront import Storefront, speak

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text()
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# This one sleeps until it is called by its name.
EVERYTHING = {
    "runOnly": {"type": "tag", "values": TAGS},
    "rules": {"target-size": {"enabled": True}},
    "resultTypes": ["violations"],
}
# Another theme is other colours, and nothing else.
COLOURS = {
    "runOnly": {"type": "rule", "values": ["color-contrast"]},
    "resultTypes": ["violations"],
}


def violations(page: Page, options: dict[str, Any]) -> list[str]:
    if not page.evaluate("'axe' in window"):
        page.evaluate(AXE)
    found = page.evaluate(
        f"axe.run({json.dumps(options)}).then(result => result.violations)"
    )
    return [
        f"{rule['id']}: {node['target'][0]}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


def without_404(problems: list[str]) -> None:
    """An absent page was asked for, which the browser mentions."""
    problems[:] = [problem for problem in problems if "404" not in problem]


@pytest.fixture
def shop(settings: Any) -> Storefront:
    return Storefront(settings)


def test_axe_finds_what_is_wrong(page: Page, shop: Storefront, base_url: str) -> None:
    next(shop.places()).open(page, base_url)
    page.evaluate("document.documentElement.removeAttribute('lang')")
    page.evaluate("document.querySelector('#results-heading').style.color = 'silver'")
    found = "\n".join(violations(page, EVERYTHING))
    assert "html-has-lang: html" in found
    assert "color-contrast: #results-heading" in found


@pytest.mark.parametrize(
    ("language", "width"), [("ru", 390), ("kk", 390), ("en", 1280)]
)
def test_every_page_is_clean_in_both_themes(
    page: Page,
    shop: Storefront,
    base_url: str,
    browser_problems: list[str],
    language: str,
    width: int,
) -> None:
    speak(page, language, base_url)
    page.set_viewport_size({"width": width, "height": 844})
    # What still fades or slides has no colour and no size yet.
    page.emulate_media(reduced_motion="reduce")
    found: list[str] = []
    for place in shop.places():
        page.emulate_media(color_scheme="light")
        place.open(page, base_url)
        assert page.locator("html").get_attribute("lang") == language, place.name
        found += [f"{place.name}: {told}" for told in violations(page, EVERYTHING)]
        page.emulate_media(color_scheme="dark")
        found += [f"{place.name}, dark: {t}" for t in violations(page, COLOURS)]
    without_404(browser_problems)
    assert found == []
