"""Pictures of every page of the shop: light and dark, as on a phone and on a desk.

They are drawn from the demo shop in a database of its own, and go to
data/screenshots/. `make screenshots` calls it; `screenshots.py cart order` draws only
the pages whose names begin like this. `screenshots.py --readme` draws the few of the
README instead, into docs/images/, as they are in a window.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from tests.browser import FLAGS  # noqa: E402
from tests.services.chromium import provide  # noqa: E402

TARGET = ROOT / "data" / "screenshots"
README = ROOT / "docs" / "images"
DATABASE = ROOT / "data" / "screenshots.sqlite3"
USED = DATABASE.with_name("screenshots-used.sqlite3")
ENVIRONMENT = {
    **os.environ,
    "DATABASE_URL": f"sqlite:///{DATABASE}",
    "DEBUG": "true",
    "SECRET_KEY": "only-for-pictures-of-demo-data-5d1f0b7c29",  # nosec B105 - of a shop that lives for a minute
    "REDIS_URL": "",
    "RABBITMQ_URL": "",
    "LOG_LEVEL": "WARNING",
}
CUSTOMER = ("timur@example.com", "customer123")
OWNER = ("admin@example.com", "admin123")
WIDTHS = {"phone": (390, 844), "desk": (1280, 900)}
WAIT_SECONDS = 60

Visit = Callable[[Page], None]


def go(address: str) -> Visit:
    def visit(page: Page) -> None:
        page.goto(address)

    return visit


def first_product(page: Page) -> None:
    page.goto("/catalog/?in_stock=true&ordering=-sold")
    page.locator(".product-name a").first.click()
    page.wait_for_selector(".product-offer")


def category(page: Page) -> None:
    page.goto("/")
    address = page.locator("#category-list a").first.get_attribute("href")
    page.goto(str(address))


def buy_bar(page: Page) -> None:
    first_product(page)
    page.locator(".product-specs").scroll_into_view_if_needed()


def sold_out(page: Page) -> None:
    # Old goods are at the end of the list.
    page.goto("/catalog/?page=99")
    page.locator(".product-card:has(.stock-out) a").first.click()
    page.wait_for_selector(".product-offer")


def put_into_cart(page: Page) -> None:
    first_product(page)
    page.locator(".add-to-cart button").click()
    page.wait_for_selector("#messages .alert")


def cart(page: Page) -> None:
    put_into_cart(page)
    page.goto("/cart/")


def checkout(page: Page) -> None:
    put_into_cart(page)
    page.goto("/checkout/")


def checkout_errors(page: Page) -> None:
    checkout(page)
    forms = page.locator("form")
    forms.evaluate_all("all => all.forEach(form => { form.noValidate = true })")
    page.locator("#id_delivery_courier").check()
    page.locator("#summary button[type=submit]").first.click()
    page.wait_for_selector(".invalid-feedback")


def order(page: Page, method: str = "cash") -> None:
    checkout(page)
    page.locator("#id_email").fill("guest@example.com")
    page.locator("#id_full_name").fill("Айгуль Сериковна")
    page.locator("#id_phone").fill("+7 701 123 45 67")
    page.locator("#id_delivery_pickup").check()
    page.locator(f"input[name=payment_method][value={method}]").check()
    if page.locator("#id_consent").count():
        page.locator("#id_consent").check()
    page.locator("#summary button[type=submit]").first.click()
    page.wait_for_selector(".order-page, .payment-page, main form")


def filters(page: Page) -> None:
    page.goto("/catalog/")
    drawer = page.locator(".drawer summary").nth(1)
    if drawer.is_visible():
        drawer.click()


def toast(page: Page) -> None:
    page.goto("/catalog/")
    page.locator(".product-card button").first.click()
    page.wait_for_selector("#messages .alert")


def suggestions(page: Page) -> None:
    page.goto("/")
    page.locator("#search").press_sequentially("чай")
    page.wait_for_selector("#suggestions a")


def signed_in(visit: Visit, who: tuple[str, str] = CUSTOMER) -> Visit:
    def visit_signed_in(page: Page) -> None:
        page.goto("/login/")
        page.locator("main input[type=email], #id_username").first.fill(who[0])
        page.locator("main input[type=password]").fill(who[1])
        page.locator("main button[type=submit]").click()
        page.wait_for_selector("details.menu")
        visit(page)

    return visit_signed_in


def own_order(page: Page) -> None:
    page.goto("/orders/")
    page.locator("main .stretched-link").first.click()
    page.wait_for_selector(".order-page")


PAGES: dict[str, Visit] = {
    "home": go("/"),
    "list": go("/catalog/?page=2"),
    "list-filters": filters,
    "list-search": go("/?q=чай"),
    "list-nothing": go("/?q=щщщщщ&min_price=5"),
    "category": category,
    "suggestions": suggestions,
    "toast": toast,
    "product": first_product,
    "product-scrolled": buy_bar,
    "product-sold-out": sold_out,
    "cart-empty": go("/cart/"),
    "cart": cart,
    "checkout": checkout,
    "checkout-errors": checkout_errors,
    "order": order,
    "payment": lambda page: order(page, "emulator"),
    "quick-order": go("/order/"),
    "login": go("/login/"),
    "register": go("/register/"),
    "password-reset": go("/password-reset/"),
    "account": signed_in(go("/account/")),
    "account-addresses": signed_in(go("/account/addresses/")),
    "account-data": signed_in(go("/account/data/")),
    "account-orders": signed_in(go("/orders/")),
    "account-order": signed_in(own_order),
    "not-found": go("/nowhere/"),
}
OFFICE = "/" + os.environ.get("ADMIN_PATH", "admin") + "/"
# The README's: which, for whom, and how wide.
README_PAGES: dict[str, tuple[Visit, str, str]] = {
    "storefront": (go("/"), "light", "desk"),
    "product": (first_product, "light", "phone"),
    "checkout": (checkout, "dark", "phone"),
    "figures": (signed_in(go(f"{OFFICE}stats/"), OWNER), "light", "desk"),
}
# Of these what is in the window, of the others the whole page.
AS_SEEN = {"toast", "suggestions", "product-scrolled"}


@contextmanager
def open_shop() -> Iterator[str]:
    """The demo shop on a port of this machine; closed afterwards."""
    manage = [sys.executable, "manage.py"]

    def run(*command: str) -> None:
        subprocess.run([*manage, *command], cwd=ROOT, env=ENVIRONMENT, check=True)  # noqa: S603 - our own words  # nosec B603

    run("migrate", "--verbosity", "0")
    run("seed")
    run("make_thumbnails")
    # What visitors buy here is not bought the next time.
    shutil.copy(DATABASE, USED)
    environment = {**ENVIRONMENT, "DATABASE_URL": f"sqlite:///{USED}"}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{probe.getsockname()[1]}"
    serve = [*manage, "runserver", "--noreload", "--skip-checks", address]
    server = subprocess.Popen(  # noqa: S603 - our own words  # nosec B603
        serve, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        _wait(f"http://{address}/health")
        yield f"http://{address}"
    finally:
        server.terminate()
        server.wait()


def _wait(url: str) -> None:
    for _attempt in range(WAIT_SECONDS * 2):
        try:
            urllib.request.urlopen(url, timeout=5)  # noqa: S310 - our own server  # nosec B310
        except OSError:
            time.sleep(0.5)
        else:
            return
    sys.exit("The shop did not open.")


def visitor(browser: Browser, base: str, theme: str, width: str) -> BrowserContext:
    wide, high = WIDTHS[width]
    return browser.new_context(
        base_url=base,
        locale="ru-RU",
        timezone_id="Asia/Almaty",
        color_scheme="dark" if theme == "dark" else "light",
        reduced_motion="reduce",
        viewport={"width": wide, "height": high},
        has_touch=width == "phone",
    )


def draw(browser: Browser, base: str, asked: list[str]) -> int:
    drawn = 0
    for name, visit in PAGES.items():
        if asked and not name.startswith(tuple(asked)):
            continue
        for theme in ("light", "dark"):
            for width in WIDTHS:
                # Everybody starts anew, with an empty cart.
                context = visitor(browser, base, theme, width)
                page = context.new_page()
                visit(page)
                # What is far down is loaded when somebody comes near: nobody does.
                lazy = page.locator("img[loading=lazy]")
                lazy.evaluate_all("all => all.forEach(i => { i.loading = 'eager' })")
                page.wait_for_load_state("networkidle")
                whole = name not in AS_SEEN
                if whole:
                    # What sticks to a window's edge would lie across a whole page.
                    bars = page.locator(".buy-bar")
                    bars.evaluate_all("all => all.forEach(bar => bar.remove())")
                path = TARGET / f"{name}-{theme}-{width}.png"
                page.screenshot(path=path, full_page=whole)
                context.close()
                drawn += 1
    return drawn


def draw_for_readme(browser: Browser, base: str) -> int:
    README.mkdir(parents=True, exist_ok=True)
    for name, (visit, theme, width) in README_PAGES.items():
        context = visitor(browser, base, theme, width)
        page = context.new_page()
        visit(page)
        page.wait_for_load_state("networkidle")
        path = README / f"{name}.webp"
        page.screenshot(path=path.with_suffix(".png"))
        context.close()
        with Image.open(path.with_suffix(".png")) as picture:
            picture.save(path, quality=80, method=6)
        path.with_suffix(".png").unlink()
    return len(README_PAGES)


def main() -> None:
    asked = sys.argv[1:]
    readme = asked == ["--readme"]
    if not asked:
        shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(parents=True, exist_ok=True)
    with open_shop() as base, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=provide(), args=FLAGS)
        drawn = draw_for_readme(browser, base) if readme else draw(browser, base, asked)
        browser.close()
    print(
        f"{drawn} pictures are in {(README if readme else TARGET).relative_to(ROOT)}/"
    )


if __name__ == "__main__":
    main()
