"""A hidden category takes its branch out of the shop, and what stands nowhere else."""

from io import BytesIO
from typing import Any
from uuid import uuid4

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cart.exceptions import NotAvailable
from catalog import services
from catalog.models import Category, Product, SearchEntry
from catalog.search.index import index_products
from catalog.services.importing import import_products
from tests.api import client_of
from tests.backoffice import events, office, staff_with
from tests.factories import (
    make_admin,
    make_cart,
    make_category,
    make_order,
    make_product,
    make_user,
)
from tests.pages import html, queries

pytestmark = pytest.mark.django_db


@pytest.fixture
def shop() -> dict[str, Any]:
    """Home > Kitchen > Knives and Garden; something in each, and in two of them."""
    home = make_category("Дом")
    kitchen = make_category("Кухня", home)
    knives = make_category("Ножи", kitchen)
    garden = make_category("Сад")
    make_product(sku="home", name="Плед", categories=[home])
    make_product(sku="knife", name="Секатор кухонный", categories=[knives])
    make_product(sku="both", name="Секатор", categories=[knives, garden])
    make_product(sku="none", name="Подарок")
    return {"home": home, "kitchen": kitchen, "knives": knives, "garden": garden}


def hide(category: Category) -> None:
    services.hide_category(Category.objects.get(pk=category.pk))


def show(category: Category) -> None:
    services.show_category(Category.objects.get(pk=category.pk))


def skus(api: Any = None, query: str = "", path: str = "/api/products") -> set[str]:
    # These tests run in one transaction, whose commit would have dropped it.
    cache.clear()
    answer = (api or client_of()).get(f"{path}?{query}")
    assert answer.status_code == 200, answer.content
    return {product["sku"] for product in answer.json()["results"]}


def as_it_should_be() -> bool:
    """What is written down follows from what staff have chosen."""
    tree = {node.path: node for node in Category.objects.all()}
    for path, node in tree.items():
        above = tree.get(path[: -Category.steplen])
        if node.is_visible != (node.is_active and (above is None or above.is_visible)):
            return False
    for product in Product.objects.prefetch_related("categories"):
        seen = [category.is_visible for category in product.categories.all()]
        if product.is_hidden != (bool(seen) and not any(seen)):
            return False
        entry = SearchEntry.objects.get(pk=product.pk)
        if entry.is_active != product.is_visible:
            return False
    return True


# --- What follows ---------------------------------------------------------------------


def test_the_branch_is_gone_and_what_is_elsewhere_too_stays(
    shop: dict[str, Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        hide(shop["kitchen"])
    assert skus() == {"home", "both", "none"}
    assert skus(query="category=sad") == {"both"}
    # "both" stands in the shown part of the house no more.
    assert skus(query="category=dom") == {"home"}
    assert skus(query="q=секатор") == {"both"}
    assert skus(query="q=knife") == set()
    for slug in ("kukhnia", "nozhi"):
        assert skus(query=f"category={slug}") == set()
        assert Client().get(f"/category/{slug}/").status_code == 404
    knife = Product.objects.get(sku="knife")
    for address in (
        knife.get_absolute_url(),
        f"/product/{knife.pk}/",
        f"/api/products/{knife.pk}",
        "/api/products/sku/knife",
    ):
        assert Client().get(address).status_code == 404, address
    assert as_it_should_be()
    # Nothing about the products themselves has changed.
    assert events() == ["product_created"] * 4
    with django_capture_on_commit_callbacks(execute=True):
        show(shop["kitchen"])
    assert skus() == {"home", "knife", "both", "none"}
    assert skus(query="q=knife") == {"knife"}
    assert as_it_should_be()


def test_no_page_names_a_hidden_category(shop: dict[str, Any]) -> None:
    hide(shop["kitchen"])
    both = Product.objects.get(sku="both")
    cache.clear()
    for address in (
        "/",
        "/category/dom/",
        "/?q=секатор",
        "/suggestions/?q=кух",
        "/suggestions/?q=нож",
        "/sitemap.xml",
        both.get_absolute_url(),
        "/?category=kukhnia",
    ):
        page = html(Client(headers={"accept-language": "ru"}).get(address))
        for name in ("Кухня", "Ножи", "/kukhnia/", "/nozhi/"):
            assert name not in page, (address, name)
    way = Client(headers={"accept-language": "ru"}).get(both.get_absolute_url())
    assert "Сад" in html(way)


def test_facets_count_what_is_seen(shop: dict[str, Any]) -> None:
    hide(shop["knives"])
    answer = client_of().get("/api/products/facets").json()
    assert answer["count"] == 3
    counts = {row["slug"]: row["count"] for row in answer["categories"]}
    assert counts == {"dom": 1, "sad": 1}
    within = client_of().get("/api/products/facets?category=dom").json()
    assert within["count"] == 1


def test_the_api_lists_what_shoppers_see_and_all_to_staff(
    shop: dict[str, Any],
) -> None:
    hide(shop["kitchen"])
    public, admin = client_of(), client_of(make_admin())
    listed = public.get("/api/categories").json()
    assert [row["slug"] for row in listed] == ["dom", "sad"]
    # The shape is the contract's, for everybody.
    assert set(listed[0]) == {"id", "name", "slug", "parent_id", "level", "path"}
    tree = public.get("/api/categories?tree=true").json()
    assert [node["children"] for node in tree] == [[], []]
    hidden = [shop["kitchen"], shop["knives"]]
    for category in hidden:
        for path in ("categories", "v1/products_with_category"):
            address = f"/api/{path}/{category.pk}"
            assert public.get(address).status_code == 404
            assert admin.get(address).status_code == 200
    slugs = [row["slug"] for row in admin.get("/api/categories").json()]
    assert slugs == ["dom", "kukhnia", "nozhi", "sad"]
    rows = admin.get("/api/categories?is_active=false").json()
    assert [row["path"] for row in rows] == ["Дом > Кухня", "Дом > Кухня > Ножи"]
    assert len(admin.get("/api/categories?is_active=true").json()) == 2
    assert len(public.get("/api/categories?is_active=false").json()) == 2


def test_staff_find_the_products_by_asking(shop: dict[str, Any]) -> None:
    hide(shop["kitchen"])
    admin = client_of(make_admin())
    assert skus(admin) == {"home", "both", "none"}
    assert skus(admin, "is_active=true") == {"home", "knife", "both", "none"}
    assert skus(admin, "category=kukhnia") == {"knife", "both"}
    assert skus(admin, "is_active=true&q=knife") == {"knife"}
    branch = f"/api/v1/products_with_category/{shop['kitchen'].pk}"
    assert skus(admin, "is_active=true", branch) == {"knife", "both"}
    knife = Product.objects.get(sku="knife")
    answer = admin.get(f"/api/products/{knife.pk}").json()
    assert [category["slug"] for category in answer["categories"]] == ["nozhi"]
    assert answer["is_active"] is True
    both = Product.objects.get(sku="both")
    public = client_of().get(f"/api/products/{both.pk}").json()
    assert [category["slug"] for category in public["categories"]] == ["sad"]
    # What staff look at is nobody else's count.
    assert client_of().get("/api/products?is_active=true").json()["count"] == 3
    page = office().get(knife.get_absolute_url())
    assert "Every category of this product is hidden" in html(page)
    page = office().get("/category/kukhnia/")
    assert "This category is hidden" in html(page)
    assert "Секатор кухонный" in html(page)
    assert 'name="robots" content="noindex' in html(page)


def test_what_is_hidden_cannot_be_bought(shop: dict[str, Any]) -> None:
    knife, user = Product.objects.get(sku="knife"), make_user()
    cart = make_cart(user, (knife, 1))
    hide(shop["knives"])
    contents = cart.lines()
    assert [line.product for line in contents.lines] == []
    with pytest.raises(NotAvailable):
        cart.add(knife.pk, 1)
    with pytest.raises(NotAvailable):
        make_order(user, (knife, 1))
    knife.refresh_from_db()
    assert knife.stock == 10
    show(shop["knives"])
    assert make_order(user, (knife, 1)).pk


def test_what_was_hidden_by_itself_stays_hidden(shop: dict[str, Any]) -> None:
    hide(shop["knives"])
    hide(shop["home"])
    assert skus() == {"both", "none"}
    show(shop["home"])
    assert skus() == {"home", "both", "none"}
    assert not Category.objects.get(pk=shop["knives"].pk).is_visible
    assert Category.objects.get(pk=shop["kitchen"].pk).is_visible


def test_hiding_twice_is_hiding_once(shop: dict[str, Any]) -> None:
    hide(shop["home"])
    with CaptureQueriesContext(connection) as seen:
        hide(shop["home"])
    assert not any("UPDATE" in query["sql"] for query in seen)
    assert skus() == {"both", "none"}


def test_a_category_is_as_visible_as_what_it_is_put_into(shop: dict[str, Any]) -> None:
    hide(shop["garden"])
    made = make_category("Газон", Category.objects.get(pk=shop["garden"].pk))
    assert (made.is_active, made.is_visible) == (True, False)
    make_product(sku="mower", categories=[made])
    assert "mower" not in skus()
    services.move_category(shop["knives"], shop["garden"])
    assert skus() == {"home", "none"}
    services.move_category(shop["knives"], None)
    assert skus() == {"home", "none", "knife", "both"}
    services.move_category_before(shop["knives"], made)
    assert skus() == {"home", "none"}
    services.update_category(Category.objects.get(pk=shop["garden"].pk), is_active=True)
    assert skus() == {"home", "none", "knife", "both", "mower"}


def test_products_come_and_go_with_their_categories(shop: dict[str, Any]) -> None:
    hide(shop["knives"])
    knife = Product.objects.get(sku="knife")
    services.update_product(knife.pk, categories=[shop["knives"], shop["home"]])
    assert "knife" in skus()
    services.update_product(knife.pk, categories=[shop["knives"]])
    assert "knife" not in skus()
    services.update_product(knife.pk, categories=[])
    assert "knife" in skus()
    assert as_it_should_be()


def test_an_import_knows_what_is_hidden(
    shop: dict[str, Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        hide(shop["kitchen"])
    rows = (
        "sku,name,price,category\n"
        "knife,,,Сад\n"
        "home,,,Дом > Кухня\n"
        "pot,Pot,5,Дом > Кухня > Кастрюли\n"
        "pan,Pan,5,Дом > Кухня > Кастрюли | Сад\n"
    )
    import_products(BytesIO(rows.encode()))
    assert skus() == {"knife", "both", "none", "pan"}
    assert not Category.objects.get(slug="kastriuli").is_visible
    assert as_it_should_be()


def test_low_stock_is_what_is_on_sale_hidden_or_not(shop: dict[str, Any]) -> None:
    make_product(sku="low", stock=1, categories=[shop["knives"]])
    hide(shop["knives"])
    assert [product.sku for product in Product.objects.low_in_stock()] == ["low"]


def test_the_cached_first_page_is_dropped(
    shop: dict[str, Any], django_capture_on_commit_callbacks: Any
) -> None:
    api = client_of()
    assert api.get("/api/products").json()["count"] == 4
    with django_capture_on_commit_callbacks(execute=True):
        hide(shop["knives"])
    assert api.get("/api/products").json()["count"] == 3
    assert api.get("/api/products/facets").json()["count"] == 3


# --- By the API -----------------------------------------------------------------------


def test_the_api_hides_and_shows(shop: dict[str, Any]) -> None:
    admin = client_of(make_admin())
    address = f"/api/categories/{shop['kitchen'].pk}"
    assert admin.patch(address, {"is_active": False}, format="json").status_code == 200
    assert skus() == {"home", "both", "none"}
    # A name that comes as a form says nothing of it, neither here nor there.
    admin.patch(address, {"name": "Кухни"}, format="multipart")
    assert skus() == {"home", "both", "none"}
    assert admin.patch(address, {"is_active": True}, format="json").status_code == 200
    assert skus() == {"home", "knife", "both", "none"}
    made = admin.post("/api/categories", {"name": "a"}, format="multipart").json()
    assert Category.objects.get(pk=made["id"]).is_visible
    body = {"name": "b", "is_active": False, "parent_id": made["id"]}
    made = admin.post("/api/categories", body, format="json").json()
    assert not Category.objects.get(pk=made["id"]).is_visible
    stranger = client_of(make_user())
    for body in ({"is_active": False}, {"is_active": "nonsense"}):
        assert stranger.patch(address, body, format="json").status_code == 403
    bad = admin.patch(address, {"is_active": "perhaps"}, format="json")
    assert bad.status_code == 400


# --- In the back office ---------------------------------------------------------------


LIST = "/admin/catalog/category/"


def switch(category: Category) -> str:
    return f"{LIST}{category.pk}/shown/"


def test_one_click_hides_and_one_shows(shop: dict[str, Any]) -> None:
    client = office()
    page = html(client.get(LIST))
    assert f'formaction="{switch(shop["home"])}"' in page
    answer = client.post(switch(shop["home"]), {"shown": "0"}, follow=True)
    assert answer.redirect_chain == [(LIST, 302)]
    assert "Дом is hidden, and all below it." in html(answer)
    assert skus() == {"both", "none"}
    # The same click from an older page changes nothing.
    client.post(switch(shop["home"]), {"shown": "0"})
    assert skus() == {"both", "none"}
    rows = client.get(f"{LIST}children/{shop['home'].pk}/").json()["result_html"]
    assert "hidden with what it is inside of" in rows
    client.post(switch(shop["home"]), {"shown": "1"})
    assert skus() == {"home", "knife", "both", "none"}


def test_a_script_gets_the_cells_that_it_shows(shop: dict[str, Any]) -> None:
    rows = [str(shop["home"].pk), str(shop["kitchen"].pk), "nonsense", "0" * 32]
    answer = office().post(
        switch(shop["home"]),
        {"shown": "0", "row": rows},
        headers={"X-Requested-With": "fetch"},
    )
    cells = answer.json()["cells"]
    assert list(cells) == rows[:2]
    assert "hidden with what it is inside of" in cells[rows[1]]


def test_the_list_comes_back_as_it_was_and_never_elsewhere(
    shop: dict[str, Any],
) -> None:
    client, address = office(), switch(shop["home"])
    for came_from, leads_to in (
        (f"http://testserver{LIST}?q=dom", f"http://testserver{LIST}?q=dom"),
        ("http://evil.example/admin/catalog/category/", LIST),
        ("http://testserver/admin/", LIST),
    ):
        answer = client.post(address, {"shown": "0"}, headers={"Referer": came_from})
        assert answer.url == leads_to


def test_many_are_hidden_by_an_action(shop: dict[str, Any]) -> None:
    client = office()
    data = {
        "action": "hide_selected",
        "_selected_action": [str(shop["home"].pk), str(shop["garden"].pk)],
    }
    assert "2 categories hidden." in html(client.post(LIST, data, follow=True))
    assert skus() == {"none"}
    client.post(LIST, data | {"action": "show_selected"})
    assert skus() == {"home", "knife", "both", "none"}


def test_the_form_hides_too(shop: dict[str, Any]) -> None:
    client = office()
    address = f"{LIST}{shop['home'].pk}/change/"
    data = {"name_ru": "Дом", "name_kk": "", "name_en": "", "parent": ""}
    seen = client.get(address).context["adminform"].form
    data |= {
        name: seen[name].value() for name in seen.fields if name.startswith("seen")
    }
    assert client.post(address, data).status_code == 302
    assert not Category.objects.get(pk=shop["home"].pk).is_visible


def test_hiding_is_for_those_who_may_change_categories(shop: dict[str, Any]) -> None:
    reader = office(staff_with("catalog.view_category"))
    assert "formaction" not in html(reader.get(LIST))
    assert reader.post(switch(shop["home"]), {"shown": "0"}).status_code == 403
    assert office().get(switch(shop["home"])).status_code == 403
    assert office().post(f"{LIST}{uuid4()}/shown/", {"shown": "0"}).status_code == 404
    data = {"action": "hide_selected", "_selected_action": [str(shop["home"].pk)]}
    reader.post(LIST, data)
    assert Category.objects.get(pk=shop["home"].pk).is_visible


def test_names_are_text_there_too() -> None:
    evil = make_category("<script>alert(1)</script>")
    page = html(office().get(LIST))
    assert "<script>alert" not in page
    answer = office().post(
        switch(evil),
        {"shown": "0", "row": [str(evil.pk)]},
        headers={"X-Requested-With": "fetch"},
    )
    assert "<script>" not in answer.json()["cells"][str(evil.pk)]


# --- What it costs --------------------------------------------------------------------


def test_pages_cost_the_same_with_and_without(shop: dict[str, Any]) -> None:
    both = Product.objects.get(sku="both")
    pages = [
        "/",
        "/category/dom/",
        both.get_absolute_url(),
        "/api/products?page=1",
        "/api/products/facets",
        "/api/categories",
        "/sitemap.xml",
    ]

    def cost() -> list[int]:
        found = []
        for page in pages:
            cache.clear()
            found.append(queries(Client(), page))
        return found

    before = cost()
    hide(shop["knives"])
    assert all(now <= then for now, then in zip(cost(), before, strict=True))


def test_hiding_costs_the_same_for_few_and_for_many() -> None:
    def cost(category: Category) -> int:
        with CaptureQueriesContext(connection) as seen:
            hide(category)
        return len(seen)

    small, large = make_category("a"), make_category("b")
    make_product(categories=[make_category("a1", small)])
    for n in range(10):
        below = make_category(f"b{n}", large)
        for _ in range(3):
            make_product(categories=[below])
    assert cost(small) == cost(large)


def test_entries_are_written_as_products_are_seen(shop: dict[str, Any]) -> None:
    """Whoever writes an entry again, for a new name, does not bring it back."""
    hide(shop["knives"])
    knife = Product.objects.get(sku="knife")
    index_products([knife], anew=True)
    assert not SearchEntry.objects.get(pk=knife.pk).is_active
