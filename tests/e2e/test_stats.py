"""The figures in a browser: without a script, on any screen, light and dark."""

from datetime import timedelta
from typing import Any, Literal

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from orders.models import Order
from tests.backoffice import staff_in
from tests.e2e.steps import sign_in
from tests.factories import make_category, make_order, make_product

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LONG = "Электрический чайник с терморегулятором и подсветкой, 1,7 л, нержавеющая сталь"
# What the lightness of two colours differs by, as WCAG has it.
CONTRAST = """elements => {
    const rgb = text => text.match(/[\\d.]+/g).map(Number);
    const light = ([r, g, b]) => [r, g, b]
        .map(c => c / 255)
        .map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
        .reduce((sum, c, n) => sum + c * [0.2126, 0.7152, 0.0722][n], 0);
    const ground = element => {
        for (let e = element; e; e = e.parentElement) {
            const found = rgb(getComputedStyle(e).backgroundColor);
            if (found.length < 4 || found[3] > 0) return found;
        }
        return [255, 255, 255];
    };
    return elements.map(element => {
        const style = getComputedStyle(element);
        const drawn = element instanceof SVGElement;
        const line = style.fill === "none" ? style.stroke : style.fill;
        const [a, b] = [rgb(drawn ? line : style.color), ground(element)].map(light);
        const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        return [element.getAttribute("class") || element.tagName, ratio];
    });
}"""


@pytest.fixture
def shop() -> None:
    tea = make_product(
        sku="TEA", name=LONG, price="1234567.89", stock=60, categories=[make_category()]
    )
    for n in range(20):
        made = make_order(None, (tea, 1 + n % 3))
        Order.objects.filter(pk=made.pk).update(
            created_at=timezone.now() - timedelta(days=n, hours=n),
            status=Order.Status.values[n % 7],
        )


@pytest.mark.usefixtures("shop")
def test_a_range_is_chosen_and_its_table_opened(shopper: Page, base_url: str) -> None:
    sign_in(shopper, staff_in("analyst"), base_url)
    shopper.goto("/admin/")
    shopper.locator(".front-figures").first.get_by_role("link").click()
    expect(shopper.get_by_role("heading", level=1)).to_have_text("Statistics")
    shopper.get_by_role("link", name="30 days").click()
    expect(shopper.locator(".preset[aria-current]")).to_have_text("30 days")
    last = shopper.locator("#id_last").input_value()
    shopper.locator("#id_first").fill(last)
    shopper.get_by_role("button", name="Show").click()
    expect(shopper.locator("svg.chart.on-desk rect.bar")).to_have_count(1)
    table = shopper.locator(".module", has_text="Revenue and orders by day")
    expect(table.locator("table")).to_be_hidden()
    table.locator("summary").click()
    expect(table.locator("tbody tr")).to_have_count(1)


@pytest.mark.usefixtures("shop")
def test_a_file_comes_with_its_name(shopper: Page, base_url: str) -> None:
    sign_in(shopper, staff_in("analyst"), base_url)
    shopper.goto("/admin/stats/?days=7")
    days = shopper.locator(".module", has_text="Revenue and orders by day")
    with shopper.expect_download() as download:
        days.get_by_role("link", name="CSV").click()
    name = download.value.suggested_filename
    first, last = (
        shopper.locator(f"#id_{end}").input_value() for end in ("first", "last")
    )
    assert name == f"days-{first}-{last}.csv"


@pytest.mark.usefixtures("shop")
def test_what_waits_leads_to_the_orders(shopper: Page, base_url: str) -> None:
    sign_in(shopper, staff_in("warehouse"), base_url)
    shopper.goto("/admin/")
    task = shopper.locator(".task-late")
    count = int(task.locator(".task-count").inner_text())
    assert count > 0
    task.get_by_role("link").first.click()
    expect(shopper.locator("#result_list tbody tr")).to_have_count(count)


@pytest.mark.usefixtures("shop")
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_it_fits_and_can_be_read(
    page: Page, base_url: str, scheme: Literal["light", "dark"], language: str
) -> None:
    sign_in(page, staff_in("manager"), base_url)
    page.context.add_cookies(
        [{"name": "django_language", "value": language, "url": base_url}]
    )
    page.emulate_media(color_scheme=scheme)
    for width in (390, 1280):
        page.set_viewport_size({"width": width, "height": 900})
        for path in ("/admin/stats/?days=90", "/admin/"):
            page.goto(path)
            expect(page.locator("html")).to_have_attribute("lang", language)
            for summary in page.locator("summary:visible").all():
                summary.click()
            wide = page.evaluate("document.documentElement.scrollWidth")
            assert wide <= width, path
            assert sticking_out(page) == []
            told = ".tiles *, .task *, .rank-name *, .legend, .quiet, .chart text"
            assert dim(page, told, 4.5) == []
            assert dim(page, ".chart .bar, .chart .line, .chart .before", 3) == []


def dim(page: Page, selector: str, least: float) -> list[Any]:
    """What does not stand out enough from its ground."""
    shown = page.locator(f":is({selector}):visible")
    return [found for found in shown.evaluate_all(CONTRAST) if found[1] < least]


def sticking_out(page: Page) -> list[str]:
    """Tiles, rows and drawings that are wider than what they stand in."""
    return page.evaluate(
        """() => [...document.querySelectorAll(
            ".tiles > div, .task, .ranks > li, .chart, .drawing, .range, .presets")]
        .filter(e => {
            const box = e.getBoundingClientRect();
            const outer = e.closest(".module, #content").getBoundingClientRect();
            return box.right > outer.right + 1 || e.scrollWidth > e.clientWidth + 1
                && !(e instanceof SVGElement);
        }).map(e => e.className.baseVal ?? e.className)"""
    )
