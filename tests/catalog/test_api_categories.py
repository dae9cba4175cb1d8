"""Every row of the contract's §3 about categories."""

from typing import Any
from uuid import uuid4

import pytest
from rest_framework.test import APIClient

from catalog.models import Category
from tests.api import client_of
from tests.factories import make_admin, make_category, make_product, make_user

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin_api() -> APIClient:
    return client_of(make_admin())


def test_the_list_is_flat_and_the_tree_nests() -> None:
    root = make_category("Электроника")
    child = make_category("Смартфоны", root)
    leaf = make_category("Android", child)
    api = client_of()
    assert api.get("/api/categories").json() == [
        {
            "id": str(root.pk),
            "name": "Электроника",
            "slug": "elektronika",
            "parent_id": None,
            "level": 0,
            "path": "Электроника",
        },
        {
            "id": str(child.pk),
            "name": "Смартфоны",
            "slug": "smartfony",
            "parent_id": str(root.pk),
            "level": 1,
            "path": "Электроника > Смартфоны",
        },
        {
            "id": str(leaf.pk),
            "name": "Android",
            "slug": "android",
            "parent_id": str(child.pk),
            "level": 2,
            "path": "Электроника > Смартфоны > Android",
        },
    ]
    tree = api.get("/api/categories/?tree=true").json()
    assert [node["name"] for node in tree] == ["Электроника"]
    assert tree[0]["children"][0]["children"][0]["name"] == "Android"
    one = api.get(f"/api/v1/categories/{leaf.pk}")
    assert one.json()["path"] == "Электроника > Смартфоны > Android"
    assert api.get(f"/api/categories/{uuid4()}").status_code == 404
    assert api.get("/api/categories/x").status_code == 404


@pytest.mark.parametrize("path", ["/api/categories", "/api/v1/category"])
def test_create_below_a_parent(admin_api: APIClient, path: str) -> None:
    root = make_category("Корень")
    answer = admin_api.post(
        path, {"name": "Лист", "name_en": "Leaf", "parent_id": str(root.pk)}
    )
    assert answer.status_code == 201, answer.json()
    made = answer.json()
    assert (made["name"], made["level"], made["path"]) == ("Лист", 1, "Корень > Лист")
    assert made["parent_id"] == str(root.pk)
    assert admin_api.post(path, {"name": "Второй корень"}).json()["level"] == 0


def test_depth_has_no_practical_limit(admin_api: APIClient) -> None:
    parent = None
    for level in range(40):
        answer = admin_api.post(
            "/api/categories", {"name": "Уровень", "parent_id": parent}
        )
        assert answer.json()["level"] == level
        parent = answer.json()["id"]


def test_refusals_leave_the_tree_as_it_was(admin_api: APIClient) -> None:
    root = make_category("Корень")
    child = make_category("Ветка", root)
    leaf = make_category("Лист", child)
    make_product(categories=[leaf])
    before = list(Category.objects.values_list("path", "name_ru"))

    def refusal(method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = getattr(admin_api, method)(f"/api/categories{path}", body)
        return answer.status_code, answer.json().get("code")

    assert refusal("post", "", {"name": "корень"}) == (409, "category_exists")
    twin = {"name": "ВЕТКА", "parent_id": str(root.pk)}
    assert refusal("post", "", twin) == (409, "category_exists")
    assert refusal("post", "", {"name": "Х", "parent_id": str(uuid4())}) == (400, None)
    assert refusal("post", "", {"name": "Х", "parent_id": "x"}) == (400, None)
    assert refusal("post", "", {"name": ""}) == (400, None)
    assert refusal("post", "", {"name": "x" * 256}) == (400, None)
    for target in (root, leaf):
        body = {"parent_id": str(target.pk)}
        assert refusal("patch", f"/{root.pk}", body) == (409, "category_cycle")
    assert refusal("patch", f"/{child.pk}", {"name": "  "}) == (400, None)
    assert refusal("delete", f"/{child.pk}") == (409, "category_not_empty")
    assert refusal("delete", f"/{leaf.pk}") == (409, "category_not_empty")
    assert list(Category.objects.values_list("path", "name_ru")) == before


def test_moving_a_node_moves_its_subtree(admin_api: APIClient) -> None:
    first, second = make_category("Один"), make_category("Два")
    child = make_category("Ветка", first)
    leaf = make_category("Лист", child)
    make_product(categories=[leaf])
    moved = admin_api.patch(
        f"/api/categories/{child.pk}", {"parent_id": str(second.pk)}
    )
    assert moved.status_code == 200
    assert moved.json()["path"] == "Два > Ветка"
    path = admin_api.get(f"/api/categories/{leaf.pk}").json()["path"]
    assert path == "Два > Ветка > Лист"
    api = client_of()
    assert api.get("/api/products?category=dva").json()["count"] == 1
    assert api.get("/api/products?category=odin").json()["count"] == 0
    to_root = admin_api.patch(f"/api/categories/{child.pk}", {"parent_id": None})
    assert (to_root.json()["level"], to_root.json()["parent_id"]) == (0, None)
    assert Category.objects.find_problems() == ([], [], [], [], [])


def test_rename_and_move_at_once_looks_at_the_new_siblings(
    admin_api: APIClient,
) -> None:
    first, second = make_category("Один"), make_category("Два")
    make_category("Занято", second)
    child = make_category("Ветка", first)
    path = f"/api/categories/{child.pk}"
    body = {"parent_id": str(second.pk), "name": "Занято"}
    assert admin_api.patch(path, body).json()["code"] == "category_exists"
    body["name"] = "Свободно"
    assert admin_api.patch(path, body).json()["path"] == "Два > Свободно"


def test_delete_an_empty_one(admin_api: APIClient) -> None:
    category = make_category()
    assert admin_api.delete(f"/api/categories/{category.pk}").status_code == 204
    assert not Category.objects.exists()


def test_equal_names_get_different_addresses() -> None:
    first, second = make_category("Один"), make_category("Два")
    slugs = [make_category("Прочее", parent).slug for parent in (first, second, None)]
    assert slugs == ["prochee", "prochee-2", "prochee-3"]


@pytest.mark.parametrize("method", ["post", "patch", "delete"])
def test_only_the_permission_lets_write(method: str) -> None:
    category = make_category()
    path = "/api/categories" + ("" if method == "post" else f"/{category.pk}")
    for user, code in ((None, 401), (make_user(), 403), (make_user(role="staff"), 403)):
        answer = getattr(client_of(user), method)(path, {"name": "Х"})
        assert answer.status_code == code


@pytest.mark.parametrize("rows", [1, 20])
def test_queries_do_not_grow_with_rows(
    rows: int, django_assert_num_queries: Any
) -> None:
    root = make_category()
    for _ in range(rows):
        make_category("", root)
    with django_assert_num_queries(1):
        client_of().get("/api/categories?tree=true")
