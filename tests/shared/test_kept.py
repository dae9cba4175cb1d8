"""What has a kept page of its own, and what is never kept."""

from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from accounts.models import User
from catalog import services
from catalog.models import Product
from shop.shared import FORMAT, Kept, release
from tests.factories import make_admin, make_category, make_product, make_user
from tests.pages import html
from tests.shared.visitors import HTMX, Keeper, visitor

pytestmark = pytest.mark.django_db(transaction=True)


def colleague(*permissions: str) -> Client:
    user = make_user(role=User.Role.ADMIN)
    user.user_permissions.set(Permission.objects.filter(codename__in=permissions))
    client = visitor()
    client.force_login(user)
    return client


def test_each_language_has_its_own(keeper: Keeper) -> None:
    make_product(name="Чайник", name_en="Kettle", name_kk="Шәйнек", slug="kettle")
    names = {"ru": "Чайник", "en": "Kettle", "kk": "Шәйнек"}
    for _ in range(2):
        for language, name in names.items():
            client = Client(headers={"Accept-Language": language})
            for address in ("/catalog/", "/product/kettle/"):
                page = html(client.get(address))
                assert f'<html lang="{language}">' in page
                shown = {one for one in names.values() if one in page}
                assert shown == {name}
    assert keeper.count == 6


def test_each_host_has_its_own(product: Product, keeper: Keeper) -> None:
    """Addresses for search engines name the host that was asked."""
    for _ in range(2):
        for host, other in [("testserver", "localhost"), ("localhost", "testserver")]:
            page = html(visitor().get("/product/kettle/", headers={"Host": host}))
            assert f"http://{host}/product/kettle/" in page
            assert f"//{other}/" not in page
    assert keeper.count == 2


def test_http_and_https_have_their_own(product: Product, keeper: Keeper) -> None:
    for _ in range(2):
        for secure, scheme in [(True, "https"), (False, "http")]:
            page = html(visitor().get("/product/kettle/", secure=secure))
            assert f'"{scheme}://testserver/product/kettle/"' in page
    assert keeper.count == 2


def test_each_number_of_a_page_has_its_own(keeper: Keeper) -> None:
    for n in range(30):
        make_product(name=f"Thing {n:02}")

    def shown(query: str) -> set[str]:
        page = html(visitor().get(f"/catalog/{query}"))
        return {f"Thing {n:02}" for n in range(30) if f"Thing {n:02}" in page}

    first, second = shown(""), shown("?page=2")
    assert (len(first), len(second), first & second) == (24, 6, set())
    assert (shown(""), shown("?page=2")) == (first, second)
    assert keeper.count == 2


def test_the_part_that_htmx_asks_for_has_its_own(
    product: Product, keeper: Keeper
) -> None:
    for _ in range(2):
        whole, part = (
            html(visitor().get("/catalog/", headers=headers)) for headers in ({}, HTMX)
        )
        assert "<!doctype html>" in whole.lower()
        assert "<html" not in part
        assert "Kettle" in whole and "Kettle" in part
        # The browser's way back wants the whole page again.
        back = {**HTMX, "HX-History-Restore-Request": "true"}
        assert "<html" in html(visitor().get("/catalog/", headers=back))
    assert keeper.count == 3


def test_two_pages_that_share_a_place_are_not_mistaken(
    product: Product, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shop.shared.PLACES", 1)
    make_product(name="Lamp", slug="lamp")
    for _ in range(2):
        for slug, name in [("kettle", "Kettle"), ("lamp", "Lamp")]:
            assert f"<h1>{name}</h1>" in html(visitor().get(f"/product/{slug}/"))
    assert Kept.unpacked(cache.get(f"shared:{FORMAT}:0")[2]).about["is_visible"] is True


@pytest.mark.parametrize("entry", ["x", ("a",), 5, ("a", "b", b"c"), None])
def test_what_stands_in_a_place_and_is_none_of_ours_is_not_taken(
    product: Product, monkeypatch: pytest.MonkeyPatch, entry: Any
) -> None:
    monkeypatch.setattr("shop.shared.PLACES", 1)
    cache.set(f"shared:{FORMAT}:0", entry)
    assert "<h1>Kettle</h1>" in html(visitor().get("/product/kettle/"))


def test_a_page_that_is_too_large_is_made_and_not_kept(
    product: Product, keeper: Keeper, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shop.shared.LARGEST", 100)
    for _ in range(2):
        assert "<h1>Kettle</h1>" in html(visitor().get("/product/kettle/"))
    assert keeper.count == 0


@pytest.mark.parametrize("name", ["SHOP_NAME", "SHOP_SELLER_PHONE"])
def test_a_shop_that_says_something_else_is_another_release(
    settings: Any, name: str
) -> None:
    before = release()
    setattr(settings, name, "other")
    assert release() != before


def test_other_texts_are_another_release(tmp_path: Path, settings: Any) -> None:
    for folder in ("templates", "locale"):
        (tmp_path / folder).mkdir()
    settings.BASE_DIR = tmp_path
    seen = {release()}
    for file in ("templates/base.html", "locale/django.mo"):
        (tmp_path / file).write_text("new")
        release.cache_clear()
        seen.add(release())
    release.cache_clear()
    assert len(seen) == 3


@pytest.mark.parametrize("address", ["/catalog/?q=kettle", "/product/secret/", "/"])
def test_staff_see_what_is_hidden_and_the_next_visitor_does_not(
    keeper: Keeper, address: str
) -> None:
    make_product(name="Secret kettle", slug="secret", is_active=False)
    staff = visitor()
    staff.force_login(make_admin())
    for _ in range(2):
        page = staff.get("/product/secret/")
        assert (page.status_code, "Secret kettle" in html(page)) == (200, True)
        staff.get(address)
        for client in (visitor(), visitor()):
            answer = client.get(address)
            assert "Secret kettle" not in html(answer)
            expected = 404 if "product" in address else 200
            assert answer.status_code == expected


def test_staff_never_fill_the_cache_nor_read_it(
    product: Product, keeper: Keeper
) -> None:
    for permissions in [[], ["view_product"], ["view_product", "view_category"]]:
        staff = colleague(*permissions)
        for address in ("/", "/catalog/", "/product/kettle/"):
            assert staff.get(address).status_code == 200
    assert keeper.count == 0
    assert visitor().get("/catalog/").status_code == 200
    assert keeper.count == 1


def test_a_hidden_category_is_there_for_staff_alone(keeper: Keeper) -> None:
    category = make_category("Kitchen")
    services.update_category(category, is_active=False)
    address = category.get_absolute_url()
    staff = visitor()
    staff.force_login(make_admin())
    for client, status in [(staff, 200), (visitor(), 404), (staff, 200)]:
        assert client.get(address).status_code == status
    assert keeper.count == 0


def test_inside_a_transaction_nothing_is_kept(product: Product, keeper: Keeper) -> None:
    with transaction.atomic():
        for address in ("/", "/catalog/", "/product/kettle/"):
            assert visitor().get(address).status_code == 200
        # What was read there never came true.
        services.update_product(product.pk, name="Dream")
        assert "Dream" in html(visitor().get("/product/kettle/"))
        transaction.set_rollback(True)
    assert keeper.count == 0
    assert "<h1>Kettle</h1>" in html(visitor().get("/product/kettle/"))
    assert keeper.count == 1


def test_what_is_no_page_is_not_kept(product: Product, keeper: Keeper) -> None:
    services.update_product(product.pk, slug="teapot")
    gone = make_product(slug="gone")
    services.delete_product(gone)
    for _ in range(2):
        for slug, status in [("kettle", 301), ("gone", 410), ("never", 404)]:
            client = visitor()
            answer = client.get(f"/product/{slug}/")
            assert answer.status_code == status
            assert "recently_viewed" not in client.cookies
        moved = visitor().get("/product/kettle/?utm=a")
        assert moved["Location"] == "/product/teapot/?utm=a"
        assert visitor().get("/category/never/").status_code == 404
    assert keeper.count == 0


def test_what_is_gone_tells_a_shopper_who_they_are(keeper: Keeper) -> None:
    """These pages are made for one visitor, even where others would be shared."""
    product = make_product(slug="gone")
    services.delete_product(product)
    client = visitor()
    client.force_login(make_user(email="aliya@example.com"))
    for address, status in [("/product/gone/", 410), ("/product/never/", 404)]:
        answer = client.get(address)
        assert answer.status_code == status
        assert "aliya@example.com" in html(answer)
        assert "aliya@example.com" not in html(visitor().get(address))


@pytest.mark.parametrize("head_first", [True, False])
def test_a_head_is_a_get_without_its_body(
    product: Product, keeper: Keeper, head_first: bool
) -> None:
    client = visitor()
    methods = [client.head, client.get, client.head]
    answers = [ask("/product/kettle/") for ask in methods[0 if head_first else 1 :]]
    assert {answer.status_code for answer in answers} == {200}
    bodies = [answer.content for answer in answers]
    assert bodies[-1] == b""
    assert b"<h1>Kettle</h1>" in bodies[-2]
    assert len({answer["Content-Type"] for answer in answers}) == 1
    assert keeper.count == 1


def test_a_post_is_refused_and_not_kept(product: Product, keeper: Keeper) -> None:
    for address in ("/", "/catalog/", "/product/kettle/"):
        assert visitor().post(address).status_code == 405
    assert keeper.count == 0
