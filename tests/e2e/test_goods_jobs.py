"""Four of the ten commonest jobs of the back office, from its front page to the end.

The numbers are upper limits, and every test counts its own steps. What Shopify's admin
takes for the same job from its home page is named beside each, counted the same way:
see docs/BACKOFFICE.md for what is counted.
"""

import base64
import re
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from playwright.sync_api import Locator, Page, expect

from catalog.models import Category, GoodsReceipt, PriceChange, Product, StockEntry
from catalog.services.stock import stock_errors
from tests.backoffice import staff_with
from tests.e2e.steps import Steps, sign_in
from tests.factories import make_category, make_product, make_template

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

RIGHTS = [
    *(f"catalog.{verb}_product" for verb in ("view", "add", "change")),
    *(f"catalog.{verb}_category" for verb in ("view", "change")),
    *(f"catalog.{verb}_goodsreceipt" for verb in ("view", "add")),
    "catalog.view_spectemplate",
]


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"


@pytest.fixture
def manager(shopper: Page, base_url: str) -> Steps:
    """A shop manager on the front page; with JavaScript and without."""
    return at_work(shopper, base_url)


@pytest.fixture
def with_script(page: Page, base_url: str) -> Steps:
    return at_work(page, base_url)


def at_work(page: Page, base_url: str) -> Steps:
    sign_in(page, staff_with(*RIGHTS), base_url)
    page.goto("/admin/")
    return Steps(page)


def on_front_page(steps: Steps, model: str, link: str = "") -> None:
    """A model's link of the front page, or its "Add"."""
    row = steps.page.locator(f"#content-main .model-{model}")
    steps.press(row.locator(f"a.{link}" if link else "th a"))


def has_script(page: Page) -> bool:
    """Whether this page's own scripts have run; the test's always do."""
    page.wait_for_load_state("load")
    return page.locator("#scan").is_visible()


def done(page: Page) -> Locator:
    return page.locator(".messagelist .success")


# --- Receive goods --------------------------------------------------------------------
# Shopify: 14 for three products (Products, Inventory; for each of them: type the SKU
# into the search, press its quantity, type, save), and no word of where it came from.


def scan(steps: Steps, code: str) -> None:
    """One step: the scanner types the code, and Enter behind it."""
    steps.type(steps.page.locator("#scan"), code)
    steps.page.locator("#scan").press("Enter")


def received(page: Page) -> dict[str, str]:
    rows = page.locator("[data-rows] tr")
    return {
        row.locator("th").inner_text(): row.locator("[data-after]").inner_text()
        for row in rows.all()
    }


def test_goods_are_scanned_and_received_in_six_steps(with_script: Steps) -> None:
    page = with_script.page
    for sku, barcode in (("A", "111"), ("B", "222"), ("C", "333")):
        make_product(sku=sku, barcode=barcode, stock=5)
    on_front_page(with_script, "goodsreceipt", "addlink")
    for code in ("111", "222", "111", "C:10"):
        scan(with_script, code)
    expect(page.locator("[data-rows] tr")).to_have_count(3)
    expect(page.locator("#scan-said")).to_have_text("C × 10")
    assert received(page) == {"C": "15", "A": "7", "B": "6"}
    expect(page.locator("#scan")).to_be_focused()
    with_script.press(page.get_by_role("button", name="Receive 13"))
    expect(done(page)).to_have_text("13 pieces are in stock now.")
    assert with_script.taken <= 6
    stocks = dict(Product.objects.values_list("sku", "stock"))
    assert stocks == {"A": 7, "B": 6, "C": 15}
    assert stock_errors() == []


def paste(steps: Steps, text: str) -> None:
    """One step, into the field that has the focus."""
    steps.taken += 1
    steps.page.locator("#scan").evaluate(
        """(field, text) => {
            const clipboardData = new DataTransfer();
            clipboardData.setData("text", text);
            const options = { clipboardData, bubbles: true, cancelable: true };
            field.dispatchEvent(new ClipboardEvent("paste", options));
        }""",
        text,
    )


def test_without_a_scanner_a_list_is_pasted_in_four_steps(manager: Steps) -> None:
    page = manager.page
    for sku in "ABC":
        make_product(sku=sku, stock=5)
    on_front_page(manager, "goodsreceipt", "addlink")
    if has_script(page):
        paste(manager, "A:2\nB\nC:10")
    else:
        manager.type(page.locator("#id_lines"), "A:2\nB\nC:10")
        manager.button("Add to the list")
    expect(page.locator("[data-rows] tr")).to_have_count(3)
    assert received(page) == {"A": "7", "B": "6", "C": "15"}
    manager.press(page.get_by_role("button", name="Receive 13"))
    expect(done(page)).to_be_visible()
    assert manager.taken <= 4
    assert GoodsReceipt.objects.get().pieces == 13


# Shopify: 6 (Products, Inventory, Import, the file, preview, import).


def test_a_file_is_received_in_four_steps(manager: Steps, tmp_path: Path) -> None:
    page = manager.page
    make_product(sku="A", stock=5)
    path = tmp_path / "delivery.csv"
    path.write_bytes("\ufeffsku;quantity\nA;7\n".encode())
    on_front_page(manager, "goodsreceipt", "addlink")
    scripted = has_script(page)
    if scripted:
        manager.press(page.get_by_text("Paste a list, or choose a file"))
    manager.taken += 1
    page.locator("#id_file").set_input_files(path)
    if not scripted:
        manager.button("Add to the list")
    expect(page.locator("[data-rows] tr")).to_have_count(1)
    assert received(page) == {"A": "12"}
    manager.press(page.get_by_role("button", name="Receive 7"))
    expect(done(page)).to_be_visible()
    assert manager.taken <= 4


def test_what_cannot_be_scanned_is_said_and_the_rest_stays(
    with_script: Steps, browser_problems: list[str]
) -> None:
    page = with_script.page
    make_product(sku="A", stock=5)
    page.goto("/admin/catalog/goodsreceipt/add/")
    for code in ("A", "<b>none</b>", "A"):
        scan(with_script, code)
    expect(page.locator("[data-unknown] li")).to_have_text(
        "No product has the SKU or barcode “<b>none</b>”."
    )
    expect(page.get_by_label("Pieces of A")).to_have_value("2")
    # A quantity can be typed; Enter leads back to scanning.
    page.get_by_label("Pieces of A").fill("7")
    page.get_by_label("Pieces of A").press("Enter")
    expect(page.locator("#scan")).to_be_focused()
    assert received(page) == {"A": "12"}
    # The server is away: the code is kept.
    page.route("**/find/**", lambda route: route.abort())
    scan(with_script, "LATER")
    expect(page.locator("#id_lines")).to_have_value("LATER\n")
    page.unroute("**/find/**")
    page.get_by_role("button", name="Remove A").click()
    expect(page.locator("[data-empty]")).to_be_visible()
    assert not StockEntry.objects.filter(reason="receipt").exists()
    # The request that was to fail has failed.
    (problem,) = browser_problems
    assert "ERR_FAILED" in problem
    browser_problems.clear()


# --- Change prices --------------------------------------------------------------------
# Shopify: 16 for ten products (Products, filter, collection, select all, edit, a price
# to be calculated and typed for each, save): it knows no percent.


def test_prices_of_a_category_change_in_six_steps(manager: Steps) -> None:
    page, category = manager.page, make_category("Tea")
    for n in range(10):
        make_product(price=1000 + n, categories=[category])
    other = make_product(price=1000)
    on_front_page(manager, "product")
    manager.press(page.locator("#changelist-filter").get_by_role("link", name="Tea"))
    manager.link("Change prices")
    expect(page.get_by_text("category: Tea")).to_be_visible()
    manager.type(page.get_by_label("By how much"), "-10")
    manager.button("Preview")
    expect(page.locator(".prices-rows tbody tr")).to_have_count(10)
    row = page.locator(".prices-rows tbody tr").first
    expect(row).to_contain_text("1.000,00\N{NO-BREAK SPACE}₸ → 900,00")
    assert Product.objects.filter(price__lt=1000).count() == 0
    manager.button("Change 10 prices")
    expect(page.locator(".import-state")).to_contain_text("done")
    assert manager.taken <= 6
    assert Product.objects.filter(price__lt=1000).count() == 10
    other.refresh_from_db()
    assert other.price == 1000
    # And back again, in two.
    page.get_by_role("button", name="Undo: see the way back").click()
    page.get_by_role("button", name="Change 10 prices").click()
    expect(page.locator(".import-state")).to_contain_text("done")
    assert not Product.objects.filter(price__lt=1000).exists()


def test_selected_prices_change_with_enter(manager: Steps) -> None:
    page = manager.page
    make_product(name="Cup", price=Decimal(1990))
    make_product(name="Pot", price=Decimal(5000))
    page.goto("/admin/catalog/product/")
    page.get_by_role("row", name="Cup").get_by_role("checkbox").check()
    page.locator("select[name=action]").select_option("change_prices")
    page.get_by_role("button", name="Go", exact=True).click()
    expect(page.get_by_text("1 selected product").first).to_be_visible()
    page.get_by_label("By how much").fill("5,5")
    page.get_by_label("By how much").press("Enter")
    expect(page.get_by_role("button", name="Change 1 price")).to_be_visible()
    page.get_by_role("button", name="Remove the preview").click()
    expect(done(page)).to_have_text("The preview is removed. No price was changed.")
    assert not PriceChange.objects.exists()


# --- Add a product with its pictures --------------------------------------------------
# Shopify: 13 (Products, Add product, title, price, SKU, drop the pictures, category:
# type and choose, each of two metafields: open and choose, save).


def picture(color: str) -> bytes:
    file = BytesIO()
    Image.new("RGB", (60, 40), color).save(file, "PNG")
    return file.getvalue()


def files(*colors: str) -> list[Any]:
    return [
        {"name": f"{color}.png", "mimeType": "image/png", "buffer": picture(color)}
        for color in colors
    ]


def drop(steps: Steps, *colors: str) -> None:
    """One step: the files are dragged from a folder into the page."""
    steps.taken += 1
    contents = [
        [f"{color}.png", base64.b64encode(picture(color)).decode()] for color in colors
    ]
    transfer = steps.page.evaluate_handle(
        """files => {
            const transfer = new DataTransfer();
            for (const [name, content] of files) {
                const bytes = Uint8Array.from(atob(content), c => c.charCodeAt(0));
                transfer.items.add(new File([bytes], name, { type: "image/png" }));
            }
            return transfer;
        }""",
        contents,
    )
    zone = steps.page.locator("[data-zone]")
    zone.dispatch_event("dragover", {"dataTransfer": transfer})
    zone.dispatch_event("drop", {"dataTransfer": transfer})


def names(page: Page) -> list[str]:
    return page.locator("[data-items] [data-name]").all_inner_texts()


def colors(product: Product) -> list[str]:
    known = {(255, 0, 0): "red", (0, 128, 0): "green", (0, 0, 255): "blue"}
    found = []
    for image in product.images.all():
        with image.file.open() as file, Image.open(file) as drawn:
            pixel: Any = drawn.convert("RGB").getpixel((1, 1))
            found.append(known[pixel])
    return found


def test_a_product_with_pictures_is_added_in_nine_steps(with_script: Steps) -> None:
    page = with_script.page
    make_template(name="Cups", schema={"brand": "string", "volume": "number"})
    on_front_page(with_script, "product", "addlink")
    with_script.type(page.locator("#id_name_ru"), "Чашка")
    with_script.type(page.locator("#id_sku"), "CUP-1")
    with_script.type(page.locator("#id_price"), "990")
    with_script.choose(page.locator("#id_template"), "Cups")
    with_script.type(page.get_by_label("Brand"), "Zhuldyz")
    with_script.type(page.get_by_label("Volume"), "0.3")
    drop(with_script, "red", "green", "blue")
    first = page.locator("[data-items] img").first
    expect(first).to_have_attribute("src", re.compile("^data:image/png"))
    with_script.press(page.locator("input[name=_save]:visible").last)
    expect(done(page)).to_be_visible()
    assert with_script.taken <= 9
    product = Product.objects.get()
    assert product.attributes == {"brand": "Zhuldyz", "volume": 0.3}
    assert colors(product) == ["red", "green", "blue"]


def test_pictures_are_put_in_order_and_described(with_script: Steps) -> None:
    page = with_script.page
    page.goto("/admin/catalog/product/add/")
    page.locator("#id_pictures").set_input_files(files("red", "green"))
    drop(with_script, "blue")
    expect(page.locator("[data-items] li")).to_have_count(3)
    assert names(page) == ["red.png", "green.png", "blue.png"]
    # By a button, by dragging, and away.
    first = page.locator("[data-items] li").first
    first.get_by_role("button", name="Move back").press("Enter")
    assert names(page) == ["green.png", "red.png", "blue.png"]
    expect(page.locator(".drop [data-status]")).to_have_text("Position 2")
    expect(page.get_by_role("button", name="Move back").nth(1)).to_be_focused()
    items = page.locator("[data-items] li")
    items.nth(2).drag_to(items.nth(0))
    assert names(page) == ["blue.png", "green.png", "red.png"]
    items.nth(1).get_by_role("button", name="Leave out").click()
    assert names(page) == ["blue.png", "red.png"]
    items.nth(0).get_by_label("What it shows").fill("Синяя чашка")
    # Refused once, and nothing has to be chosen again.
    page.locator("#id_name_ru").fill("Чашка")
    page.locator("#id_price").fill("990")
    page.locator("input[name=_save]:visible").last.click()
    expect(page.locator(".errornote")).to_be_visible()
    assert names(page) == ["blue.png", "red.png"]
    page.locator("#id_sku").fill("CUP-1")
    page.locator("input[name=_save]:visible").last.click()
    expect(done(page)).to_be_visible()
    product = Product.objects.get()
    assert colors(product) == ["blue", "red"]
    assert [image.alt for image in product.images.all()] == ["Синяя чашка", ""]


def test_what_is_no_picture_is_said_at_once(with_script: Steps) -> None:
    page = with_script.page
    page.goto("/admin/catalog/product/add/")
    text = {"name": "a.txt", "mimeType": "text/plain", "buffer": b"no picture"}
    page.locator("#id_pictures").set_input_files([text, *files("red")])
    expect(page.locator(".drop [data-status]")).to_contain_text("a.txt: This is not a")
    assert names(page) == ["red.png"]


def test_without_scripts_pictures_are_chosen_and_numbered(
    page_without_javascript: Page, base_url: str
) -> None:
    page = page_without_javascript
    at_work(page, base_url)
    page.goto("/admin/catalog/product/add/")
    page.locator("#id_name_ru").fill("Чашка")
    page.locator("#id_price").fill("990")
    page.locator("#id_pictures").set_input_files(files("red", "green", "blue"))
    page.locator("input[name=_save]:visible").last.click()
    expect(page.locator(".drop-item")).to_have_count(3)
    page.locator("[name=picture_position]").nth(0).fill("9")
    page.locator("[name=picture_remove]").nth(1).check()
    page.locator("[name=picture_alt]").nth(2).fill("Blue")
    page.locator("#id_sku").fill("CUP-1")
    page.locator("input[name=_save]:visible").last.click()
    expect(done(page)).to_be_visible()
    product = Product.objects.get()
    assert colors(product) == ["blue", "red"]
    assert product.images.first().alt == "Blue"


# Shopify: 6 (Products, the product, Duplicate, confirm, SKU, save).


def test_a_copy_is_made_in_five_steps(manager: Steps) -> None:
    page = manager.page
    upload = SimpleUploadedFile("a.png", picture("red"))
    make_product(sku="CUP-1", name="Cup", price=990, images=[upload])
    on_front_page(manager, "product")
    manager.link("CUP-1")
    manager.link("Duplicate")
    expect(page.locator(".drop-item")).to_have_count(1)
    manager.type(page.locator("#id_sku"), "CUP-2")
    manager.press(page.locator("input[name=_save]:visible").last)
    expect(done(page)).to_be_visible()
    assert manager.taken <= 5
    copy = Product.objects.get(sku="CUP-2")
    assert (copy.name_ru, copy.price, copy.stock) == ("Cup", Decimal(990), 0)
    assert colors(copy) == ["red"]


# --- Hide a category ------------------------------------------------------------------
# Shopify: 7 (Products, Collections, the collection, its sales channels, untick, done,
# save), and its products stay.


def test_a_category_is_hidden_in_two_steps_and_shown_in_one(manager: Steps) -> None:
    page = manager.page
    home = make_category("Home")
    make_category("Kitchen", home)
    on_front_page(manager, "category")
    manager.button("Hide Home")
    expect(page.get_by_role("button", name="Show Home")).to_be_visible()
    assert manager.taken <= 2
    assert not Category.objects.filter(is_visible=True).exists()
    manager.button("Show Home")
    expect(page.get_by_role("button", name="Hide Home")).to_be_visible()
    assert Category.objects.filter(is_visible=True).count() == 2


def test_a_branch_stays_open_while_it_is_hidden(with_script: Steps) -> None:
    page = with_script.page
    home = make_category("Home")
    make_category("Kitchen", home)
    on_front_page(with_script, "category")
    page.locator(".treebeard-collapse").click()
    below = page.get_by_role("row", name="Kitchen")
    expect(below).to_be_visible()
    with_script.button("Hide Home")
    expect(below).to_contain_text("hidden with what it is inside of")
    expect(page.get_by_role("button", name="Show Home")).to_be_focused()
    # Hidden by itself too, it stays so.
    with_script.button("Hide Kitchen")
    expect(page.get_by_role("button", name="Show Kitchen")).to_be_visible()
    with_script.button("Show Home")
    expect(page.get_by_role("button", name="Hide Home")).to_be_visible()
    visible = Category.objects.filter(is_visible=True)
    assert [category.name_ru for category in visible] == ["Home"]


# --- What two do at once --------------------------------------------------------------


def test_two_who_change_a_price_are_asked(manager: Steps) -> None:
    page = manager.page
    product = make_product(sku="A", price=100)
    page.goto(f"/admin/catalog/product/{product.pk}/change/")
    page.locator("#id_price").fill("200")
    Product.objects.update(price=150)
    page.locator("input[name=_save]:visible").last.click()
    conflict = page.locator(".conflicts")
    expect(conflict).to_contain_text("150.00")
    expect(page.locator("#id_price")).to_have_value("200")
    conflict.get_by_role("radio").nth(1).check()
    page.locator("input[name=_save]:visible").last.click()
    expect(done(page)).to_be_visible()
    product.refresh_from_db()
    assert product.price == 200


# --- How they look --------------------------------------------------------------------


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_no_page_scrolls_sideways(page: Page, base_url: str, width: int) -> None:
    long = "Ы" * 120
    at_work(page, base_url)
    category = make_category(long)
    make_template(name=long, schema={"brand": "string"})
    product = make_product(
        name=long, sku="X" * 64, price=Decimal("9999999999.99"), categories=[category]
    )
    make_product(name="Small", price=10)
    page.set_viewport_size({"width": width, "height": 800})

    def fits() -> None:
        assert page.evaluate("document.documentElement.scrollWidth") <= width, page.url

    page.goto("/admin/catalog/goodsreceipt/add/")
    page.locator("#scan").fill("X" * 64)
    page.locator("#scan").press("Enter")
    page.locator("#scan").fill("Y" * 64)
    page.locator("#scan").press("Enter")
    expect(page.locator("[data-unknown] li")).to_have_count(1)
    fits()
    page.locator("#id_supplier").fill(long)
    page.get_by_role("button", name="Receive 1").click()
    expect(done(page)).to_be_visible()
    fits()
    page.goto("/admin/catalog/product/prices/")
    fits()
    page.get_by_label("By how much").fill("-50")
    page.get_by_label("By how much").press("Enter")
    expect(page.locator(".prices-rows tbody tr")).to_have_count(2)
    fits()
    page.goto(f"/admin/catalog/product/{product.pk}/change/")
    page.locator("#id_pictures").set_input_files(files("red", "green", "blue"))
    expect(page.locator(".drop-item")).to_have_count(3)
    page.locator("#id_name_ru").fill(f"{long}!")
    Product.objects.filter(pk=product.pk).update(name_ru=f"{long}?")
    page.locator("input[name=_save]:visible").last.click()
    expect(page.locator(".conflicts")).to_be_visible()
    fits()
    for address in ("category/", "product/", "goodsreceipt/", "pricechange/"):
        page.goto(f"/admin/catalog/{address}")
        expect(page.locator("h1")).to_have_count(1)
