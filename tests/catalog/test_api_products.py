"""Every row of the contract's §3 about products, with its errors."""

import io
import json
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import Permission
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from rest_framework.test import APIClient

from accounts.models import User
from catalog.models import Product, StockEntry
from catalog.services.stock import stock_errors
from events.models import OutboxMessage
from tests.api import client_of
from tests.factories import (
    make_admin,
    make_category,
    make_product,
    make_template,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_api() -> APIClient:
    return client_of(make_admin())


def picture(name: str = "a.png", kind: str = "PNG", size: Any = (30, 20)) -> Any:
    buffer = io.BytesIO()
    Image.new("RGB", size, "navy").save(buffer, kind)
    return SimpleUploadedFile(name, buffer.getvalue(), "image/png")


def skus(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.json()
    return [product["sku"] for product in answer.json()["results"]]


def test_a_product_has_the_fields_of_the_contract() -> None:
    category = make_category("Ноутбуки")
    template = make_template(schema={"brand": "string"})
    product = make_product(
        sku="N-1",
        name="Ноутбук",
        price="244500.53",
        stock=7,
        categories=[category],
        template=template,
        attributes={"brand": "HP"},
        images=["https://example.com/1.jpg", "https://example.com/2.jpg"],
    )
    answer = client_of().get(f"/api/products/{product.pk}")
    assert answer.status_code == 200
    body = answer.json()
    assert body.pop("created_at").endswith("Z") or body
    assert body.pop("updated_at")
    assert body == {
        "id": str(product.pk),
        "number": product.number,
        "sku": "N-1",
        "barcode": "",
        "name": "Ноутбук",
        "slug": f"noutbuk-{product.number}",
        "description": "",
        "price": "244500.53",
        "price_display": "244.500,53\xa0₸",
        "compare_at_price": None,
        "compare_at_price_display": None,
        "stock": 7,
        "is_active": True,
        "images": ["https://example.com/1.jpg", "https://example.com/2.jpg"],
        "attributes": {"brand": "HP"},
        "template_id": str(template.pk),
        "categories": [
            {"id": str(category.pk), "name": "Ноутбуки", "slug": "noutbuki"}
        ],
    }


@pytest.mark.parametrize("prefix", ["/api", "/api/v1"])
@pytest.mark.parametrize("slash", ["", "/"])
def test_both_mounts_with_and_without_a_slash(prefix: str, slash: str) -> None:
    product = make_product(sku="A/B 1")
    api = client_of()
    assert skus(api.get(f"{prefix}/products{slash}")) == ["A/B 1"]
    by_sku = api.get(f"{prefix}/products/sku/A%2FB%201{slash}")
    assert by_sku.json()["id"] == str(product.pk)
    assert api.get(f"{prefix}/products/{product.pk}{slash}").status_code == 200


@pytest.mark.parametrize(
    "path", ["products/sku/none", "products/x", "products/sku/a%00"]
)
def test_an_absent_product_is_404(path: str) -> None:
    answer = client_of().get(f"/api/{path}")
    assert answer.status_code == 404
    assert answer.json()["code"] == "not_found"


def test_unknown_id_is_404() -> None:
    assert client_of().get(f"/api/products/{uuid4()}").status_code == 404


def test_inactive_is_hidden_from_all_but_staff(admin_api: APIClient) -> None:
    product = make_product(sku="OFF", is_active=False)
    for api in (
        client_of(),
        client_of(make_user()),
        client_of(make_user(role="staff")),
    ):
        assert api.get(f"/api/products/{product.pk}").status_code == 404
        assert api.get("/api/products/sku/OFF").status_code == 404
        assert skus(api.get("/api/products?is_active=false")) == []
    assert admin_api.get(f"/api/products/{product.pk}").status_code == 200
    assert skus(admin_api.get("/api/products")) == []
    assert skus(admin_api.get("/api/products?is_active=false")) == ["OFF"]


def test_pages_are_24_and_at_most_100() -> None:
    for _ in range(26):
        make_product()
    api = client_of()
    first = api.get("/api/products").json()
    assert (first["count"], len(first["results"]), first["previous"]) == (26, 24, None)
    assert first["next"].endswith("/api/products?page=2")
    second = api.get(first["next"]).json()
    assert (len(second["results"]), second["next"]) == (2, None)
    assert len(api.get("/api/products?page_size=5").json()["results"]) == 5
    assert len(api.get("/api/products?page_size=1000").json()["results"]) == 26
    for page in ("0", "-1", "9", "x", str(10**9)):
        assert api.get(f"/api/products?page={page}").status_code == 404
    assert len(api.get("/api/products?page_size=0").json()["results"]) == 24


def test_default_order_is_newest_first_and_orderings_work() -> None:
    make_product(sku="B", name="Б", price="5")
    make_product(sku="A", name="А", price="9")
    make_product(sku="C", name="В", price="1")
    Product.objects.filter(sku="A").update(sold=3)
    api = client_of()
    assert skus(api.get("/api/products")) == ["C", "A", "B"]
    assert skus(api.get("/api/products?ordering=price")) == ["C", "B", "A"]
    assert skus(api.get("/api/products?ordering=-price")) == ["A", "B", "C"]
    assert skus(api.get("/api/products?ordering=name")) == ["A", "B", "C"]
    assert skus(api.get("/api/products?ordering=-created_at")) == ["C", "A", "B"]
    assert skus(api.get("/api/products?ordering=-popularity")) == ["A", "C", "B"]
    assert api.get("/api/products?ordering=stock").status_code == 400
    Product.objects.filter(sku="C").update(name_en="Alpha")
    # What has no English name stands where the name that is shown belongs.
    english = api.get("/api/products?ordering=name", headers={"accept-language": "en"})
    assert skus(english) == ["C", "A", "B"]


@pytest.mark.parametrize(
    "query", ["ЁЛКА", "елка", "ёлка tree", "Xmas-1", "xmAS", "зелёная", "ЗЕЛЕНАЯ"]
)
def test_q_finds_in_any_case_alphabet_and_language(query: str) -> None:
    make_product(
        sku="XMAS-1", name="Ёлка", name_en="Tree", description="Красивая, зелёная"
    )
    make_product(sku="OTHER", name="Другое")
    assert skus(client_of().get("/api/products", {"q": query})) == ["XMAS-1"]


def test_q_that_finds_nothing_and_kazakh_letters() -> None:
    make_product(sku="K", name="Стол", name_kk="ҮСТЕЛ ӘДЕМІ")
    api = client_of()
    assert skus(api.get("/api/products", {"q": "үстел әдемі"})) == ["K"]
    assert skus(api.get("/api/products", {"q": "стул"})) == []


def test_filters_by_price_stock_template_and_attributes() -> None:
    template = make_template(
        name="Phone", schema={"brand": "string", "ram": "integer", "wifi": "boolean"}
    )
    for sku, price, stock, brand, ram, wifi in (
        ("A", "10.00", 0, "HP", 8, True),
        ("B", "20.00", 5, "Dell", 16, True),
        ("C", "30.00", 5, "Asus", 32, False),
    ):
        make_product(
            sku=sku,
            price=price,
            stock=stock,
            template=template,
            attributes={"brand": brand, "ram": ram, "wifi": wifi},
        )
    make_product(sku="D", price="40.00")
    api = client_of()

    def found(**query: Any) -> list[str]:
        return sorted(skus(api.get("/api/products", query)))

    assert found(min_price="20", max_price="30.00") == ["B", "C"]
    assert found(min_price="", max_price="10") == ["A"]
    assert found(in_stock="true") == ["B", "C", "D"]
    assert found(in_stock="false") == ["A", "B", "C", "D"]
    assert (
        found(template=str(template.pk)) == found(template="Phone") == ["A", "B", "C"]
    )
    assert found(**{"attr.brand": "HP"}) == ["A"]
    assert found(**{"attr.brand": ["HP", "Dell"]}) == ["A", "B"]
    assert found(**{"attr.ram": "16"}) == ["B"]
    assert found(**{"attr.brand": ["HP", "Dell"], "attr.ram": "8"}) == ["A"]
    assert found(**{"attr.brand": "HP", "attr.ram": "16"}) == []
    assert found(**{"attr.wifi": "true"}) == ["A", "B"]
    assert found(**{"attr.ram.min": "16"}) == ["B", "C"]
    assert found(**{"attr.ram.min": "9", "attr.ram.max": "20"}) == ["B"]
    assert found(**{"attr.nothing": "1"}) == []
    assert found(**{"attr.a'b\"c": "1"}) == found(**{"attr.": "x"}) == []
    assert found(**{"attr.a'b": "1"}) == found(**{"attr.x\\.min": "1"}) == []


@pytest.mark.parametrize(
    "query",
    [
        {"min_price": "abc"},
        {"max_price": "1e400"},
        {"min_price": "NaN"},
        {"max_price": "1.234"},
        {"attr.ram.min": "x"},
        {"attr.ram.max": "Infinity"},
        {"q": "a\x00b"},
        {"q": "x" * 201},
    ],
)
def test_a_bad_filter_is_400_and_named(query: dict[str, str]) -> None:
    make_product()
    answer = client_of().get("/api/products", query)
    assert answer.status_code == 400
    assert list(answer.json()) == list(query)


def test_a_category_includes_what_is_below_it_each_product_once() -> None:
    root = make_category("Электроника")
    middle = make_category("Телефоны", root)
    leaf = make_category("Смартфоны", middle)
    other = make_category("Одежда")
    make_product(sku="A", categories=[leaf, middle])
    make_product(sku="B", categories=[root])
    make_product(sku="C", categories=[other])
    api = client_of()
    assert skus(api.get(f"/api/products?category={root.pk}")) == ["B", "A"]
    assert skus(api.get("/api/products?category=telefony")) == ["A"]
    assert skus(api.get("/api/products?category=nothing")) == []
    under = api.get(f"/api/v1/products_with_category/{middle.pk}")
    assert skus(under) == ["A"]
    assert api.get(f"/api/v1/products_with_category/{uuid4()}").status_code == 404


def test_texts_follow_the_reader_and_fall_back() -> None:
    both = make_product(name="Стол", name_kk="Үстел", description="Описание")
    plain = make_product(name="Стул")
    api = client_of()

    def name(product: Product, language: str) -> str:
        path = f"/api/products/{product.pk}"
        return api.get(path, headers={"accept-language": language}).json()["name"]

    assert (name(both, "kk"), name(both, "en"), name(both, "ru")) == (
        "Үстел",
        "Стол",
        "Стол",
    )
    assert name(plain, "kk") == "Стул"


def body(**fields: Any) -> dict[str, Any]:
    return {"sku": "NEW-1", "name": "Новый", "price": "10.00", **fields}


def test_create_answers_201_and_fills_ledger_and_outbox(admin_api: APIClient) -> None:
    category = make_category()
    template = make_template(schema={"weight": {"type": "number", "max": 50}})
    answer = admin_api.post(
        "/api/products",
        body(
            stock=4,
            name_kk="Жаңа",
            images=["https://example.com/1.jpg"],
            category_ids=[str(category.pk)],
            template_id=str(template.pk),
            attributes={"weight": 1.5, "note": "kept"},
        ),
        headers={"accept-language": "en"},
    )
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert (made["name"], made["name_ru"], made["name_kk"]) == (
        "Новый",
        "Новый",
        "Жаңа",
    )
    assert (made["stock"], made["price"], made["is_active"]) == (4, "10.00", True)
    assert made["attributes"] == {"weight": 1.5, "note": "kept"}
    entry = StockEntry.objects.get()
    assert (entry.delta, entry.reason, str(entry.product_id)) == (
        4,
        "opening",
        made["id"],
    )
    assert entry.actor == User.objects.get()
    event = OutboxMessage.objects.get()
    assert event.event_type == "product_created"
    assert event.payload == {
        "id": made["id"],
        "sku": "NEW-1",
        "name": "Новый",
        "price": "10.00",
        "stock": 4,
        "is_active": True,
    }


@pytest.mark.parametrize("path", ["/api/products", "/api/v1/product"])
def test_a_taken_sku_is_409(admin_api: APIClient, path: str) -> None:
    make_product(sku="NEW-1")
    answer = admin_api.post(path, body())
    assert (answer.status_code, answer.json()["code"]) == (409, "sku_taken")
    assert Product.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"price": "-0.01"}, "price"),
        ({"price": "1.005"}, "price"),
        ({"price": "x"}, "price"),
        ({"price": "99999999999.00"}, "price"),
        ({"price": "NaN"}, "price"),
        ({"price": None}, "price"),
        ({"stock": -1}, "stock"),
        ({"stock": 1.5}, "stock"),
        ({"stock": 10**20}, "stock"),
        ({"stock": "many"}, "stock"),
        ({"sku": ""}, "sku"),
        ({"sku": "x" * 65}, "sku"),
        ({"sku": "a\x00b"}, "sku"),
        ({"name": ""}, "name"),
        ({"name": "x" * 256}, "name"),
        ({"name": "\ud800"}, "name"),
        ({"name": ["x"]}, "name"),
        ({"images": "https://example.com/1.jpg"}, "images"),
        ({"images": ["javascript:alert(1)"]}, "images"),
        ({"images": ["ftp://example.com/1.jpg"]}, "images"),
        ({"images": ["/media/not-mine.png"]}, "images"),
        ({"images": [5]}, "images"),
        ({"images": ["https://example.com/1.jpg"] * 31}, "images"),
        ({"attributes": []}, "attributes"),
        ({"attributes": {"a": "\x00"}}, "attributes"),
        ({"template_id": str(uuid4())}, "template_id"),
        ({"template_id": "x"}, "template_id"),
        ({"category_ids": [str(uuid4())]}, "category_ids"),
        ({"category_ids": "x"}, "category_ids"),
    ],
)
def test_a_bad_field_is_400_and_changes_nothing(
    admin_api: APIClient, fields: dict[str, Any], field: str
) -> None:
    # ASCII escapes, so that what UTF-8 cannot carry arrives too.
    raw = json.dumps(body(**fields))
    answer = admin_api.generic("POST", "/api/products", raw, "application/json")
    assert answer.status_code == 400, answer.content
    assert list(answer.json()) == [field]
    assert not Product.objects.exists()
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("raw", ["", "[]", "null", "5", '"x"', "{", "\xff"])
def test_a_body_that_is_no_object_is_400(admin_api: APIClient, raw: str) -> None:
    answer = admin_api.generic(
        "POST", "/api/products", raw.encode("latin-1"), "application/json"
    )
    assert answer.status_code == 400


def test_attributes_that_break_the_template_say_which_and_why(
    admin_api: APIClient,
) -> None:
    template = make_template(
        schema={"ram": "integer", "brand": {"type": "string", "required": True}}
    )
    answer = admin_api.post(
        "/api/products",
        body(template_id=str(template.pk), attributes={"ram": "8"}),
        headers={"accept-language": "en"},
    )
    assert answer.status_code == 400
    assert answer.json() == {
        "attributes": {
            "ram": ["A number is expected."],
            "brand": ["This attribute is required."],
        }
    }


def test_patch_changes_what_it_names_and_stock_through_the_ledger(
    admin_api: APIClient,
) -> None:
    product = make_product(name="Старое", stock=5, images=["https://example.com/1.jpg"])
    answer = admin_api.patch(
        f"/api/products/{product.pk}", {"price": "7.50", "stock": 2}
    )
    assert answer.status_code == 200, answer.json()
    assert (answer.json()["price"], answer.json()["stock"]) == ("7.50", 2)
    assert answer.json()["images"] == ["https://example.com/1.jpg"]
    assert answer.json()["name"] == "Старое"
    entries = StockEntry.objects.order_by("created_at", "id")
    assert [(e.delta, e.reason) for e in entries] == [
        (5, "opening"),
        (-3, "correction"),
    ]
    assert stock_errors() == []
    updated = OutboxMessage.objects.get(event_type="product_updated")
    assert (updated.payload["price"], updated.payload["stock"]) == ("7.50", 2)


def test_put_needs_the_whole_and_replaces_images(admin_api: APIClient) -> None:
    product = make_product(images=["https://example.com/1.jpg"])
    path = f"/api/products/{product.pk}"
    assert sorted(admin_api.put(path, {}).json()) == ["name", "price", "sku"]
    answer = admin_api.put(path, body(images=["https://example.com/9.jpg"]))
    assert answer.status_code == 200
    assert answer.json()["images"] == ["https://example.com/9.jpg"]


def test_delete_answers_204_and_tells(admin_api: APIClient) -> None:
    product = make_product(sku="GONE")
    assert admin_api.delete(f"/api/products/{product.pk}").status_code == 204
    assert not Product.objects.exists()
    assert (
        OutboxMessage.objects.get(event_type="product_deleted").payload["sku"] == "GONE"
    )
    assert admin_api.delete(f"/api/products/{product.pk}").status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_only_the_permission_lets_write(method: str) -> None:
    product = make_product()
    path = "/api/products" if method == "post" else f"/api/products/{product.pk}"
    staff = make_user(role="staff")
    for user, code in ((None, 401), (make_user(), 403), (staff, 403)):
        answer = getattr(client_of(user), method)(path, body())
        assert answer.status_code == code
        assert answer.json()["code"] in {"not_authenticated", "permission_denied"}
    staff.user_permissions.set(Permission.objects.filter(codename__endswith="_product"))
    answer = getattr(client_of(staff), method)(path, body(sku="BY-STAFF"))
    assert answer.status_code in {200, 201, 204}


def test_multipart_uploads_replace_the_images(
    admin_api: APIClient, tmp_path: Any, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    product = make_product(images=["https://example.com/1.jpg"])
    path = f"/api/products/{product.pk}"
    answer = admin_api.patch(
        path, {"images": [picture(), picture("b.webp", "WEBP")]}, format="multipart"
    )
    assert answer.status_code == 200, answer.json()
    first, second = answer.json()["images"]
    assert first.startswith("/media/products/") and first.endswith(".png")
    assert second.endswith(".webp")
    # What was read can be sent back, in another order and without one.
    kept = admin_api.patch(path, {"images": [second, "https://example.com/2.jpg"]})
    assert kept.json()["images"] == [second, "https://example.com/2.jpg"]
    assert admin_api.patch(path, {"price": "5"}, format="multipart").json()[
        "images"
    ] == [second, "https://example.com/2.jpg"]


def bomb() -> Any:
    buffer = io.BytesIO()
    Image.new("1", (30_000, 30_000)).save(buffer, "PNG")
    return SimpleUploadedFile("bomb.png", buffer.getvalue())


@pytest.mark.parametrize(
    "make",
    [
        lambda: SimpleUploadedFile("a.png", b"not a picture", "image/png"),
        lambda: SimpleUploadedFile("a.png", picture().read()[:60], "image/png"),
        lambda: SimpleUploadedFile(
            "a.svg", b"<svg onload='alert(1)'/>", "image/svg+xml"
        ),
        lambda: picture("a.gif", "GIF"),
        bomb,
        lambda: SimpleUploadedFile(
            "big.png", b"\x89PNG" + b"0" * (5 * 1024 * 1024 + 1)
        ),
    ],
)
def test_an_upload_that_is_no_bearable_picture_is_400(
    admin_api: APIClient, make: Any, tmp_path: Any, settings: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    answer = admin_api.post("/api/products", body(images=[make()]), format="multipart")
    assert answer.status_code == 400
    assert list(answer.json()) == ["images"]
    assert not Product.objects.exists()
    assert list(tmp_path.rglob("*.*")) == []


def test_first_page_is_cached_and_dropped_by_writes(
    admin_api: APIClient,
    django_assert_num_queries: Any,
    django_capture_on_commit_callbacks: Any,
) -> None:
    from django.core.cache import cache

    with django_capture_on_commit_callbacks(execute=True):
        product = make_product(name="Стол", name_kk="Үстел", stock=5)
    api = client_of()

    def first(language: str = "ru") -> Any:
        headers = {"accept-language": language}
        return api.get("/api/products", headers=headers).json()["results"][0]

    assert first()["name"] == "Стол"
    assert first("kk")["name"] == "Үстел"
    assert cache.get("catalog:products") and cache.get("catalog:products:kk")
    with django_assert_num_queries(0):
        assert first()["stock"] == 5
    with django_capture_on_commit_callbacks(execute=True):
        admin_api.patch(f"/api/products/{product.pk}", {"stock": 4})
    assert cache.get("catalog:products") is None
    assert first()["stock"] == 4
    assert first("kk")["stock"] == 4


def test_a_reader_overtaken_by_a_write_does_not_bring_back_the_old_page(
    django_capture_on_commit_callbacks: Any,
) -> None:
    from catalog.caching import read_first_page, store_first_page

    _page, version = read_first_page()
    with django_capture_on_commit_callbacks(execute=True):
        make_product()
    store_first_page({"count": 0, "results": []}, version)
    assert read_first_page()[0] is None


@pytest.mark.parametrize("rows", [1, 20])
def test_queries_do_not_grow_with_rows(
    rows: int, django_assert_num_queries: Any
) -> None:
    category, template = make_category(), make_template()
    for _ in range(rows):
        product = make_product(
            categories=[category],
            template=template,
            images=["https://example.com/1.jpg"],
        )
    api = client_of()
    with django_assert_num_queries(4):  # count, products, pictures, categories
        api.get("/api/products?page_size=50")
    with django_assert_num_queries(3):
        api.get(f"/api/products/{product.pk}")


def test_money_is_exact() -> None:
    product = make_product(price="0.01")
    product.refresh_from_db()
    assert product.price == Decimal("0.01")


def test_a_form_changes_only_what_it_names() -> None:
    staff = client_of(make_admin())
    created = staff.post(
        "/api/products",
        {"sku": "F-1", "name": "Чайник", "price": "1.00"},
        format="multipart",
    )
    assert (created.status_code, created.json()["is_active"]) == (201, True)
    category = make_category()
    address = f"/api/products/{created.json()['id']}"
    staff.patch(address, {"category_ids": [str(category.pk)]})
    sent = {"sku": "F-1", "name": "Чайник", "price": "2.00"}
    changed = staff.put(address, sent, format="multipart").json()
    assert (changed["price"], changed["is_active"]) == ("2.00", True)
    assert [one["id"] for one in changed["categories"]] == [str(category.pk)]
    hidden = staff.put(address, {**sent, "is_active": "false"}, format="multipart")
    assert hidden.json()["is_active"] is False
