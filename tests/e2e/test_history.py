"""Somebody with a role at work, and where it is told what they did."""

import pytest
from playwright.sync_api import Page, expect

from catalog.models import Product
from tests.backoffice import staff_in
from tests.factories import make_admin, make_product

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def product() -> Product:
    return make_product(sku="T-1", name="Чай", price=1250)


def sign_in(page: Page, email: str, path: str) -> None:
    page.goto(f"/admin/login/?next={path}")
    page.locator("#id_username").fill(email)
    page.locator("#id_password").fill("pw")
    page.locator("input[type=submit]").click()


def test_who_writes_texts_changes_them_and_finds_it_in_the_history(
    shopper: Page, product: Product
) -> None:
    writer = staff_in("content")
    sign_in(shopper, writer.email, f"/admin/catalog/product/{product.pk}/change/")
    expect(shopper.locator("[name=price]")).to_have_count(0)
    expect(shopper.locator(".field-price")).to_contain_text("1250")
    shopper.locator("[name=name_ru]").fill("Шай")
    shopper.locator("[name=_continue]").click()
    shopper.get_by_role("link", name="History").click()
    expect(shopper.get_by_role("heading", level=1)).to_have_text("History")
    event = shopper.locator(".history li").first
    expect(event).to_contain_text(writer.email)
    expect(event.locator("del")).to_have_text("Чай")
    expect(event.locator("ins")).to_have_text("Шай")


@pytest.mark.parametrize("width", [320, 1280])
def test_the_pages_fit_and_break_no_rule(
    page: Page, width: int, product: Product
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    boss = make_admin()
    sign_in(page, boss.email, f"/admin/catalog/product/{product.pk}/history/")
    for path in ("", "/admin/auditlog/logentry/", "/admin/auth/group/"):
        if path:
            page.goto(path)
        expect(page.get_by_role("heading", level=1)).to_have_count(1)
        assert page.evaluate("document.documentElement.scrollWidth") <= width
