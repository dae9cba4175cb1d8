"""Categories and spec templates in the back office."""

import json
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.urls import reverse
from playwright.sync_api import Page, expect

from catalog import services
from catalog.models import Category, SpecTemplate
from tests.backoffice import errors, filled, messages, office, queries, staff_with
from tests.factories import make_admin, make_category, make_product, make_template

pytestmark = pytest.mark.django_db

CATEGORIES = "/admin/catalog/category/"
TEMPLATES = "/admin/catalog/spectemplate/"


def change(category: Category) -> str:
    return reverse("admin:catalog_category_change", args=[category.pk])


def delete(category: Category) -> str:
    return reverse("admin:catalog_category_delete", args=[category.pk])


def tree() -> list[str]:
    """Each category behind as many dashes as it is deep."""
    return ["-" * node.level + node.name_ru for node in Category.objects.get_tree()]


# --- Categories -----------------------------------------------------------------------


def test_a_category_is_created_where_it_belongs() -> None:
    parent, client = make_category("Дом"), office()
    data = filled(
        client.get(f"{CATEGORIES}add/"),
        name_ru="Кухня", name_kk="Ас үй", name_en="Kitchen", parent=str(parent.pk),
    )  # fmt: skip
    answer = client.post(f"{CATEGORIES}add/", data)
    assert answer.status_code == 302, errors(answer)
    assert tree() == ["Дом", "-Кухня"]
    made = Category.objects.get(slug="kukhnia")
    assert (made.name_kk, made.name_en) == ("Ас үй", "Kitchen")
    assert LogEntry.objects.get().object_id == str(made.pk)


def test_an_address_of_ones_own_can_be_given_to_a_new_category_only() -> None:
    client = office()
    data = filled(client.get(f"{CATEGORIES}add/"), name_ru="Дом", slug="home")
    assert client.post(f"{CATEGORIES}add/", data).status_code == 302
    category = Category.objects.get()
    assert category.slug == "home"
    data = filled(client.get(change(category)), name_ru="Жильё", slug="other")
    assert client.post(change(category), data).status_code == 302
    category.refresh_from_db()
    assert (category.name_ru, category.slug) == ("Жильё", "home")


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        ({"name_ru": ""}, {"name_ru": ["This field is required."]}),
        (
            {"name_ru": "x" * 256},
            {"name_ru": ["Ensure this value has at most 255 characters (it has 256)."]},
        ),
        (
            {"name_ru": "ДОМ"},
            {"__all__": ["There is already a category ДОМ here."]},
        ),
        (
            {"parent": "nonsense"},
            {"parent": ["“nonsense” is not a valid UUID."]},
        ),
        (
            {"slug": "no spaces"},
            {
                "slug": [
                    "Enter a valid “slug” consisting of letters, numbers, "
                    "underscores or hyphens."
                ]
            },
        ),
    ],
    ids=["empty", "long", "taken", "parent", "slug"],
)
def test_a_category_that_cannot_be_is_refused(
    fields: dict[str, str], refused: dict[str, list[str]]
) -> None:
    make_category("Дом")
    client = office()
    data = filled(client.get(f"{CATEGORIES}add/")) | {"name_ru": "Сад"} | fields
    assert errors(client.post(f"{CATEGORIES}add/", data)) == refused
    assert tree() == ["Дом"]
    assert not LogEntry.objects.exists()


def test_the_form_moves_a_category_or_says_why_not() -> None:
    a, b = make_category("a"), make_category("b")
    a1 = make_category("a1", a)
    client = office()
    data = filled(client.get(change(a1)), parent=str(b.pk), name_ru="new")
    assert client.post(change(a1), data).status_code == 302
    assert tree() == ["a", "b", "-new"]
    data = filled(client.get(change(b)), parent=str(a1.pk), name_ru="changed")
    page = client.post(change(b), data)
    assert errors(page) == {"__all__": ["A category cannot be moved below itself."]}
    assert tree() == ["a", "b", "-new"]


def test_a_category_that_is_not_empty_stays() -> None:
    parent = make_category("parent")
    child = make_category("child", parent)
    make_product(categories=[child])
    client = office()
    said = "The category still has products or categories below it."
    for category in (parent, child):
        answer = client.post(delete(category), {"post": "yes"}, follow=True)
        assert messages(answer) == [said]
    assert tree() == ["parent", "-child"]
    assert not LogEntry.objects.exists()


def test_a_whole_branch_can_be_deleted_and_nothing_of_a_fuller_one() -> None:
    empty = make_category("empty")
    below = make_category("below", empty)
    full = make_category("full")
    make_product(categories=[full])
    client = office()

    def delete_selected(*categories: Category) -> Any:
        ids = [str(category.pk) for category in categories]
        data = {"action": "delete_selected", "_selected_action": ids, "post": "yes"}
        return client.post(CATEGORIES, data, follow=True)

    answer = delete_selected(empty, below, full)
    assert messages(answer) == [
        "full: The category still has products or categories below it."
    ]
    assert tree() == ["empty", "-below", "full"]
    assert not LogEntry.objects.exists()
    delete_selected(empty, below)
    assert tree() == ["full"]


def drop(client: Any, node: Category, target: Category, relation: str) -> Any:
    data = {"node": str(node.pk), "target": str(target.pk), "relation": relation}
    return client.post(f"{CATEGORIES}move/", data)


def test_rows_are_dropped_by_the_rules() -> None:
    a, b, c = make_category("a"), make_category("b"), make_category("c")
    client = office()
    assert drop(client, c, a, "sibling").status_code == 200
    assert tree() == ["c", "a", "b"]
    assert drop(client, b, a, "child").status_code == 200
    assert tree() == ["c", "a", "-b"]
    assert drop(client, a, b, "child").status_code == 400
    assert drop(client, a, b, "sibling").status_code == 400
    make_category("B")
    assert drop(client, b, c, "sibling").status_code == 400
    assert tree() == ["c", "a", "-b", "B"]
    assert messages(client.get(CATEGORIES)) == [
        "Moved: c",
        "Moved: b",
        "A category cannot be moved below itself.",
        "A category cannot be moved below itself.",
        "There is already a category b here.",
    ]
    assert LogEntry.objects.count() == 2


def test_what_is_dropped_must_exist() -> None:
    a, b = make_category("a"), make_category("b")
    services.delete_category(Category.objects.get(pk=b.pk))
    client = office()
    assert drop(client, a, b, "child").status_code == 400
    assert drop(client, a, a, "nonsense").status_code == 400
    assert client.get(f"{CATEGORIES}move/").status_code == 400
    assert tree() == ["a"]


def test_dropping_is_for_those_who_may_change_categories() -> None:
    a, b = make_category("a"), make_category("b")
    client = office(staff_with("catalog.view_category"))
    assert drop(client, a, b, "child").status_code == 403
    assert client.get(f"{CATEGORIES}children/{a.pk}/").status_code == 200
    assert tree() == ["a", "b"]


def test_the_list_shows_one_level_and_a_search_shows_where() -> None:
    home = make_category("Дом")
    kitchen = make_category("КУХНЯ", home)
    make_product(categories=[kitchen])
    client = office()
    page = client.get(CATEGORIES)
    assert [node.name for node in page.context["cl"].result_list] == ["Дом"]
    rows = client.get(f"{CATEGORIES}children/{home.pk}/").json()
    assert "КУХНЯ" in rows["result_html"]
    page = client.get(CATEGORIES, {"q": "кухня"})
    (found,) = page.context["cl"].result_list
    assert (found.pk, found.inside, found.products_n) == (kitchen.pk, "Дом", 1)


def test_whoever_may_only_view_sees_where_a_category_is() -> None:
    below = make_category("Ножи", make_category("Кухня", make_category("Дом")))
    client = office(staff_with("catalog.view_category"))
    html = client.get(change(below)).content.decode()
    assert "Дом &gt; Кухня" in html
    assert "_save" not in html
    data = {"name_ru": "Вилки"}
    assert client.post(change(below), data).status_code == 403
    assert client.post(delete(below), {"post": "yes"}).status_code == 403
    assert client.get(f"{CATEGORIES}add/").status_code == 403
    assert tree() == ["Дом", "-Кухня", "--Ножи"]


@pytest.mark.parametrize("query", ["e=1", "all=", "o=1", "p=x", "p=99", "x=y", "q=%00"])
def test_no_address_breaks_the_tree(query: str) -> None:
    make_category()
    assert office().get(f"{CATEGORIES}?{query}", follow=True).status_code == 200


@pytest.mark.parametrize("path", ["children/nonsense/", f"children/{'0' * 32}/"])
def test_children_of_nothing_are_not_found(path: str) -> None:
    assert office().get(CATEGORIES + path).status_code == 404


def test_no_method_breaks_the_tree() -> None:
    make_category()
    client = office()
    assert client.head(CATEGORIES).status_code == 200
    assert client.post(CATEGORIES, {"nonsense": "1"}).status_code == 200


def test_categories_are_chosen_by_their_full_names() -> None:
    home = make_category("Дом")
    kitchen = make_category("Кухня", home)
    make_category("Сад")
    asked = {
        "app_label": "catalog",
        "model_name": "product",
        "field_name": "categories",
    }
    url = f"{CATEGORIES}find/"
    answer = office().get(url, asked | {"term": "КУХ"})
    assert answer.json()["results"] == [{"id": str(kitchen.pk), "text": "Дом > Кухня"}]
    stranger = office(staff_with("orders.view_order"))
    assert stranger.get(url, asked).status_code == 403
    make_template()
    others = office().get(url, asked | {"field_name": "template"})
    assert others.status_code == 403
    product = make_product(categories=[kitchen])
    page = office().get(reverse("admin:catalog_product_change", args=[product.pk]))
    assert "Дом &gt; Кухня" in page.content.decode()


def test_a_form_names_its_categories_at_once() -> None:
    few = make_product(categories=[make_category()])
    many = make_product(categories=[make_category() for _ in range(10)])
    pages = [reverse("admin:catalog_product_change", args=[p.pk]) for p in (few, many)]
    client = office()
    assert queries(client, pages[0]) == queries(client, pages[1])


# --- Templates ------------------------------------------------------------------------


def template_url(template: SpecTemplate, page: str = "change") -> str:
    return reverse(f"admin:catalog_spectemplate_{page}", args=[template.pk])


def test_a_template_is_created_and_changed() -> None:
    client = office()
    schema = {"ram": "number"}
    data = {"name": "Laptops", "schema": json.dumps(schema)}
    assert client.post(f"{TEMPLATES}add/", data).status_code == 302
    template = SpecTemplate.objects.get()
    assert (template.name, template.schema) == ("Laptops", schema)
    page = client.get(template_url(template))
    assert '{\n  "ram": "number"\n}' in page.context["adminform"].form["schema"].value()
    data = filled(page, schema="")
    assert client.post(template_url(template), data).status_code == 302
    template.refresh_from_db()
    assert template.schema == {}


@pytest.mark.parametrize(
    ("name", "schema", "refused"),
    [
        ("", "{}", {"name": ["This field is required."]}),
        ("taken", "{}", {"name": ["Spec template with this Name already exists."]}),
        ("a", "{", {"schema": ["Enter a valid JSON."]}),
        ("a", "[" * 100_000, {"schema": ["Enter a valid JSON."]}),
        ("a", "1" * 10_000, {"schema": ["Enter a valid JSON."]}),
        ("a", "[]", {"schema": ["A schema is a map of attribute names."]}),
        (
            "a",
            '{"a": "strong", "b": "text", "\\ud800": 1}',
            {
                "schema": [
                    "a: unknown type strong",
                    "?: a name is up to 64 letters, digits, spaces, hyphens "
                    "or underscores",
                ]
            },
        ),
        ("a", '{"a": {"min": 1e999}}', {"schema": ["a: This is not a number."]}),
    ],
    ids=["empty", "taken", "cut-off", "deep", "long", "list", "keys", "infinite"],
)
def test_a_template_that_is_none_is_refused(
    name: str, schema: str, refused: dict[str, list[str]]
) -> None:
    make_template(name="taken")
    page = office().post(f"{TEMPLATES}add/", {"name": name, "schema": schema})
    assert errors(page) == refused
    assert page.context["adminform"].form["schema"].value() == schema
    assert SpecTemplate.objects.count() == 1


def test_a_template_name_taken_at_the_last_moment_is_a_form_error(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    make_template(name="taken")
    look = "catalog.admin.template_forms.SpecTemplateForm.validate_unique"
    monkeypatch.setattr(look, lambda _: None)
    page = office().post(f"{TEMPLATES}add/", {"name": "taken", "schema": "{}"})
    assert errors(page) == {"__all__": ["There is already a template named taken."]}
    assert not LogEntry.objects.exists()


def test_a_template_in_use_stays() -> None:
    template = make_template(name="used")
    make_product(template=template)
    client = office()
    said = "Products use this template, so it cannot be deleted."
    answer = client.post(template_url(template, "delete"), {"post": "yes"}, follow=True)
    assert messages(answer) == [said]
    data = {"action": "delete_selected", "_selected_action": [str(template.pk)]}
    answer = client.post(TEMPLATES, data | {"post": "yes"}, follow=True)
    assert messages(answer) == [f"used: {said}"]
    assert SpecTemplate.objects.count() == 1
    assert not LogEntry.objects.exists()


def test_a_template_that_nobody_uses_goes() -> None:
    template = make_template()
    office().post(template_url(template, "delete"), {"post": "yes"})
    assert not SpecTemplate.objects.exists()


def test_whoever_may_only_view_reads_the_schema() -> None:
    template = make_template(schema={"brand": "string"})
    client = office(staff_with("catalog.view_spectemplate"))
    html = client.get(template_url(template)).content.decode()
    assert "brand" in html
    assert "_save" not in html
    answer = client.post(template_url(template), {"name": "b", "schema": "{}"})
    assert answer.status_code == 403


def test_templates_are_listed_with_their_products_and_found_in_any_case() -> None:
    template = make_template(name="НОУТБУКИ")
    make_template(name="Чай")
    for _ in range(2):
        make_product(template=template)
    page = office().get(TEMPLATES, {"q": "ноутбуки"})
    (found,) = page.context["cl"].result_list
    assert (found.name, found.products_n) == ("НОУТБУКИ", 2)


# --- In a browser ---------------------------------------------------------------------


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_a_category_is_dragged_below_another(page: Page) -> None:
    make_admin(email="boss@example.com", password="of-the-shop")
    make_category("Дом")
    kitchen = make_category("Кухня")
    page.goto("/admin/catalog/category/")
    page.fill("#id_username", "boss@example.com")
    page.fill("#id_password", "of-the-shop")
    page.click("input[type=submit]")
    row = page.locator("#result_list tr", has_text="Кухня")
    target = page.locator("#result_list tr", has_text="Дом")
    row.locator(".drag-handler").hover()
    page.mouse.down()
    # Rows may grow while one is dragged over them: measure, move, measure again.
    for _ in range(3):
        box = target.bounding_box()
        assert box
        page.mouse.move(box["x"] + 200, box["y"] + box["height"] - 4, steps=5)
    with page.expect_navigation():
        page.mouse.up()
    expect(page.locator(".messagelist .success")).to_have_count(1)
    kitchen.refresh_from_db()
    assert Category.objects.get_parent(kitchen).name == "Дом"
