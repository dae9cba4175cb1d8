"""A shop manager brings a price list in, and takes the catalog out."""

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from catalog import tasks
from catalog.models import ImportRun, Product
from catalog.services import import_runs
from tests.factories import make_admin, make_product

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PRICES = (
    "sku;name;price;stock\n"
    "A-1;;12,50;\n"
    "A-2;Кастрюля;7;3\n"
    "A-3;Pan;cheap;1\n"
)  # fmt: skip


@pytest.fixture
def prices(tmp_path: Path, settings: Any) -> Path:
    settings.IMPORT_DIR = tmp_path / "imports"
    make_admin(email="boss@example.com")
    make_product(sku="A-1", name="Kettle", price=10)
    path = tmp_path / "prices.csv"
    path.write_bytes(PRICES.encode("cp1251"))
    return path


def to_the_products(page: Page) -> None:
    page.goto("/admin/login/?next=/admin/catalog/product/")
    page.locator("#id_username").fill("boss@example.com")
    page.locator("#id_password").fill("pw")
    page.locator("input[type=submit]").click()
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def choose(page: Page, path: Path) -> None:
    page.get_by_role("link", name="Import", exact=True).click()
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Check the file").click()


def test_a_price_list_is_seen_confirmed_and_imported(
    shopper: Page, prices: Path
) -> None:
    to_the_products(shopper)
    choose(shopper, prices)
    expect(shopper.get_by_text("waits for confirmation")).to_be_visible()
    expect(shopper.get_by_text("“cheap” is not a price")).to_be_visible()
    shopper.get_by_role("link", name="changed 1").click()
    row = shopper.locator(".import-rows tbody tr")
    expect(row).to_have_count(1)
    expect(row.locator("del")).to_have_text("10.00")
    expect(row.locator("ins")).to_have_text("12.50")
    confirm = shopper.locator(".import-confirm")
    # The browser asks for the tick first.
    confirm.get_by_role("button", name="Import").click()
    box = shopper.get_by_label("Leave 1 bad row out and import the others")
    expect(box).to_be_focused()
    assert Product.objects.count() == 1
    box.check()
    confirm.get_by_role("button", name="Import").click()
    expect(shopper.get_by_text("imported", exact=True)).to_be_visible()
    assert str(Product.objects.get(sku="A-1").price) == "12.50"
    assert Product.objects.get(sku="A-2").name_ru == "Кастрюля"
    assert not Product.objects.filter(sku="A-3").exists()


def test_a_large_file_is_followed_by_the_page(
    shopper: Page, prices: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_runs, "SMALL", 0)
    to_the_products(shopper)
    choose(shopper, prices)
    expect(shopper.get_by_role("progressbar")).to_be_visible()
    tasks.run_imports()
    assert ImportRun.objects.get().state == "ready"
    # By itself: nobody touches the page.
    expect(shopper.get_by_text("waits for confirmation")).to_be_visible(timeout=15_000)


def test_the_catalog_is_taken_out(shopper: Page, prices: Path) -> None:
    to_the_products(shopper)
    shopper.get_by_role("link", name="Export", exact=True).click()
    shopper.get_by_role("radio", name="XLSX").check()
    with shopper.expect_download() as download:
        shopper.get_by_role("button", name="Export").click()
    assert download.value.suggested_filename.endswith(".xlsx")
    assert Path(download.value.path()).read_bytes().startswith(b"PK")


@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_scrolls_sideways(page: Page, prices: Path, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    header = f"sku,name,price,description,{'a' * 60}"
    row = f"{'X' * 64},{'Ы' * 255},1,{'W' * 999},{'m' * 99}"
    bad = f"{'Y' * 64},,{'?' * 99},,"
    prices.write_text(f"{header}\n{row}\n{bad}\n", encoding="utf-8")
    to_the_products(page)
    choose(page, prices)
    expect(page.get_by_text("a new product needs it")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    run = ImportRun.objects.get()
    for address in (run.get_absolute_url(), "import/", "export/"):
        page.goto(
            address if address.startswith("/") else f"/admin/catalog/product/{address}"
        )
        assert page.evaluate("document.documentElement.scrollWidth") <= width, address
