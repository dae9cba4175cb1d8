"""What is in the history, and what never is."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.auth.models import Group, Permission
from django.core.exceptions import ValidationError
from django.test import Client

from accounts.models import User
from accounts.services import delete_user, issue_tokens
from catalog import services
from catalog.models import Category, Product, SpecTemplate
from orders.models import DeliveryMethod
from shop.exceptions import DomainError
from tests.accounts.conftest import PASSWORD, bearer
from tests.audit.books import Statements, entries, newest
from tests.backoffice import filled, office
from tests.catalog.imports import picture
from tests.factories import (
    make_admin,
    make_category,
    make_product,
    make_template,
    make_user,
)

pytestmark = pytest.mark.django_db

# Fields of the tracked models that are left out, each for a reason: kept by the row
# itself, moved with a book of its own, derived from others, or secret.
LEFT_OUT = {
    "catalog.Product": {
        "id", "number", "name", "description", "stock", "sold", "is_hidden",
        "created_at", "updated_at",
    },
    "catalog.Category": {
        "id", "path", "depth", "numchild", "name", "is_visible", "created_at",
    },
    "catalog.SpecTemplate": {"id", "created_at"},
    "orders.DeliveryMethod": {"id", "name"},
    "accounts.User": {"id", "password", "last_login", "created_at"},
    "auth.Group": {"id"},
}  # fmt: skip


def test_every_field_of_a_tracked_model_was_thought_of() -> None:
    """Whoever adds a field says whether its changes are told."""
    assert {model._meta.label for model in auditlog.get_models()} == LEFT_OUT.keys()
    for model in auditlog.get_models():
        told = set(auditlog.get_model_fields(model)["include_fields"])
        fields = {field.name for field in model._meta.concrete_fields}
        assert fields - told == LEFT_OUT[model._meta.label], model
        assert told <= fields


# --- Products -------------------------------------------------------------------------


def test_a_new_product_is_one_entry() -> None:
    template = make_template(schema={"brand": "string"})
    tea = make_category("Чай")
    boss = make_admin()
    product = services.create_product(
        actor=boss, sku="T-1", name="Чай", price=5, stock=3, template=template,
        attributes={"brand": "Zhuldyz"}, categories=[tea],
        images=["https://x.example/a.jpg"],
    )  # fmt: skip
    assert entries(product) == [
        (
            "create",
            boss.email,
            {
                "sku": [None, "T-1"],
                "slug": [None, product.slug],
                "name_ru": [None, "Чай"],
                "price": [None, "5.00"],
                "is_active": [None, True],
                "template": [None, str(template.pk)],
                "attributes.brand": [None, "Zhuldyz"],
                "categories": [[], ["Чай"]],
                "images": [[], ["https://x.example/a.jpg"]],
            },
        )
    ]
    assert LogEntry.objects.get(action=0, object_pk=product.pk).object_repr == "T-1 Чай"


def test_a_change_is_one_entry_with_all_that_changed() -> None:
    tea, coffee = make_category("Чай"), make_category("Кофе")
    schema = {"brand": "string", "weight": "number"}
    product = make_product(
        name="Чай", price="5.00", categories=[tea],
        template=make_template(schema=schema),
        attributes={"brand": "A", "own": [1]}, images=["https://x.example/a.jpg"],
    )  # fmt: skip
    services.update_product(
        product.pk, price=6, name_kk="Шай", is_active=False, categories=[coffee],
        attributes={"brand": "B", "weight": 2.5, "own": [1]},
        images=["https://x.example/b.jpg", "https://x.example/a.jpg"],
    )  # fmt: skip
    assert newest(product)[2] == {
        "price": ["5.00", "6.00"],
        "name_kk": [None, "Шай"],
        "is_active": [True, False],
        "attributes.brand": ["A", "B"],
        "attributes.weight": [None, 2.5],
        "categories": [["Чай"], ["Кофе"]],
        "images": [
            ["https://x.example/a.jpg"],
            ["https://x.example/b.jpg", "https://x.example/a.jpg"],
        ],
    }
    assert len(entries(product)) == 2


def test_what_changes_nothing_and_what_has_its_ledger_is_no_entry() -> None:
    tea = make_category()
    product = make_product(
        price="5.00", categories=[tea], images=["https://x.kz/1.jpg"]
    )
    services.update_product(
        product.pk, price="5", name_kk="", stock=7, categories=[tea],
        images=["https://x.kz/1.jpg"],
    )  # fmt: skip
    services.adjust_stock(product, 2, "receipt")
    assert len(entries(product)) == 1


def test_pictures_alone(tmp_path: Any, settings: Any) -> None:
    settings.MEDIA_ROOT = tmp_path
    product = make_product()
    services.set_images(product, [picture()])
    (address,) = Product.objects.get().image_urls
    assert newest(product)[2] == {"images": [[], [address]]}


def test_what_is_refused_leaves_no_entry() -> None:
    taken, product = make_product(sku="A"), make_product(sku="B")
    before = LogEntry.objects.count()
    for changes in ({"sku": "A"}, {"price": 2, "images": ["no address"]}):
        with pytest.raises((DomainError, ValidationError)):
            services.update_product(product.pk, **changes)
    with pytest.raises(DomainError):
        services.create_product(sku=taken.sku, name="A", price=1)
    assert LogEntry.objects.count() == before


def test_a_deleted_product_keeps_its_history() -> None:
    boss, product = make_admin(), make_product(sku="GONE", name="Чай", price="5.00")
    pk = product.pk
    office(boss).post(f"/admin/catalog/product/{pk}/delete/", {"post": "yes"})
    assert not Product.objects.exists()
    product.pk = pk
    action, who, changes = newest(product)
    assert (action, who) == ("delete", boss.email)
    assert changes["price"] == ["5.00", None]
    assert changes["sku"] == ["GONE", None]
    assert "name_kk" not in changes
    assert [entry[0] for entry in entries(product)] == ["create", "delete"]


def test_what_is_saved_past_the_services_is_told_too() -> None:
    product = make_product(price="5.00")
    product.price = "7.00"
    product.save()
    assert newest(product)[2] == {"price": ["5.00", "7.00"]}
    product.delete()
    assert LogEntry.objects.filter(action=2).count() == 1


def costs(
    monkeypatch: pytest.MonkeyPatch, work: Callable[[int], Any]
) -> tuple[int, int]:
    """Statements with the history and without it; the first time warms up."""
    work(0)
    with Statements() as told:
        work(1)
    assert len(told.of_the_history) == 1
    with monkeypatch.context() as patch, Statements() as untold:
        patch.setattr("shop.audit.record", lambda *args, **kwargs: None)
        work(2)
    assert not untold.of_the_history
    return len(told), len(untold)


def test_a_change_costs_one_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    product = make_product()

    def change(n: int) -> None:
        services.update_product(product.pk, price=n, name=f"N{n}", sku=f"S{n}")

    told, untold = costs(monkeypatch, change)
    assert told == untold + 1


def test_a_new_product_costs_one_statement(monkeypatch: pytest.MonkeyPatch) -> None:
    tea = make_category()

    def create(n: int) -> None:
        images = ["https://x.kz/1.jpg"]
        make_product(sku=f"S{n}", categories=[tea], images=images)

    told, untold = costs(monkeypatch, create)
    assert told == untold + 1


def test_categories_of_a_product_cost_one_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Their names before; pictures were read anyway."""
    shelves = [make_category() for _ in range(4)]
    product = make_product(categories=shelves[3:])

    def change(n: int) -> None:
        images = [f"https://x.kz/{n}.jpg"]
        services.update_product(product.pk, categories=[shelves[n]], images=images)

    told, untold = costs(monkeypatch, change)
    assert told == untold + 1
    with Statements() as asked:
        services.update_product(product.pk, categories=[shelves[3]])
    names = [
        query["sql"]
        for query in asked.captured_queries
        if query["sql"].startswith("SELECT")
        and '"name_ru"' in query["sql"]
        and 'FROM "catalog_category"' in query["sql"]
    ]
    assert len(names) == 1


def test_a_save_by_hand_costs_two_statements() -> None:
    """The row as it was, and the entry."""
    product = make_product()
    with Statements() as told:
        product.price = 7
        product.save()
    selects = [q for q in told.captured_queries if q["sql"].startswith("SELECT")]
    assert len(told.of_the_history) == 1
    assert len([q for q in selects if '"catalog_product"' in q["sql"]]) == 1


# --- The catalog around them ----------------------------------------------------------


def test_categories() -> None:
    drinks = services.create_category(name="Напитки")
    tea = services.create_category(name="Чай", parent=drinks)
    assert entries(tea) == [
        (
            "create",
            None,
            {
                "name_ru": [None, "Чай"],
                "slug": [None, tea.slug],
                "is_active": [None, True],
                "parent": [None, "Напитки"],
            },
        )
    ]
    services.update_category(tea, name="Чаи", name_kk="", moves=True, parent=None)
    assert newest(tea)[2] == {"name_ru": ["Чай", "Чаи"], "parent": ["Напитки", None]}
    services.move_category_before(tea, drinks)
    assert newest(tea)[2] == {"before": [None, "Напитки"]}
    services.update_category(tea, name="Чаи")
    assert len(entries(tea)) == 3
    services.delete_category(Category.objects.get(pk=tea.pk))
    assert newest(tea)[0] == "delete"
    assert LogEntry.objects.filter(action=2).count() == 1


def test_spec_templates() -> None:
    template = services.create_template(name="Tea", schema={"a": "string", "b": "text"})
    assert newest(template)[2] == {
        "name": [None, "Tea"],
        "schema.a": [None, "string"],
        "schema.b": [None, "text"],
    }
    schema = {"a": {"type": "string", "label": "Сорт"}, "b": "text"}
    services.update_template(template, schema=schema)
    assert newest(template)[2] == {"schema.a": ["string", schema["a"]]}
    services.update_template(template, schema=dict(reversed(schema.items())))
    assert newest(template)[2] == {"schema": [["a", "b"], ["b", "a"]]}
    services.update_template(template, name="Tea")
    services.delete_template(template)
    assert [entry[0] for entry in entries(template)] == [
        "create", "update", "update", "delete",
    ]  # fmt: skip


def test_a_template_in_use_leaves_no_entry() -> None:
    template = make_template()
    make_product(template=template)
    with pytest.raises(DomainError):
        services.delete_template(template)
    assert [entry[0] for entry in entries(template)] == ["create"]
    assert SpecTemplate.objects.count() == 1


def test_delivery_methods() -> None:
    client = office()
    method = DeliveryMethod.objects.get(code="post")
    rows = list(DeliveryMethod.objects.order_by("position"))
    page = f"/admin/orders/deliverymethod/{method.pk}/change/"
    data = filled(client.get(page))
    del data["is_active"]
    assert client.post(page, data).status_code == 302
    assert newest(method)[2] == {"is_active": [True, False]}
    assert LogEntry.objects.filter(content_type__model="deliverymethod").count() == 1
    pk = rows[0].pk
    rows[0].delete()
    rows[0].pk = pk
    assert newest(rows[0])[2]["code"] == [rows[0].code, None]


# --- People ---------------------------------------------------------------------------


def test_people_and_their_rights() -> None:
    boss, user = make_admin(), make_user(full_name="Aliya")
    group = Group.objects.get(role_group__code="content")
    client = office(boss)
    page = f"/admin/accounts/user/{user.pk}/change/"
    data = {
        "email": user.email, "full_name": "Aliya S.", "is_active": "on",
        "role": "staff",
        "groups": [str(group.pk)], "language": "kk",
        "user_permissions": [str(Permission.objects.get(codename="view_order").pk)],
        "addresses-TOTAL_FORMS": 0, "addresses-INITIAL_FORMS": 0,
    }  # fmt: skip
    assert client.post(page, data).status_code == 302
    told = [changes for _action, who, changes in entries(user) if who == boss.email]
    assert told == [
        {
            "full_name": ["Aliya", "Aliya S."], "is_staff": [False, True],
            "language": ["", "kk"],
        },
        {"groups": {"type": "m2m", "operation": "add", "objects": ["Content"]}},
        {
            "user_permissions": {
                "type": "m2m", "operation": "add",
                "objects": ["Orders | order | Can view order"],
            }
        },
    ]  # fmt: skip


def test_groups_and_their_permissions() -> None:
    group = Group.objects.get(role_group__code="manager")
    refunds = Permission.objects.get(codename="add_refund")
    assert entries(group) == []
    group.permissions.remove(refunds)
    assert newest(group)[2]["permissions"]["operation"] == "delete"
    group.name = "Chiefs"
    group.save()
    assert newest(group)[2] == {"name": ["Manager", "Chiefs"]}


def test_passwords_and_tokens_are_in_no_entry() -> None:
    boss = make_admin()
    user = User.objects.create_user("aliya@example.com", PASSWORD)
    client = Client()
    old, new = PASSWORD, "another correct horse"
    data = {"old_password": old, "new_password": new}
    answer = client.post(
        "/api/users/me/password", data, content_type="application/json",
        headers=bearer(user),
    )  # fmt: skip
    assert answer.status_code == 204
    hidden = {"password": ["•••", "•••"]}
    assert newest(user) == ("update", user.email, hidden)
    page = f"/admin/accounts/user/{user.pk}/password/"
    third = {"usable_password": "true", "password1": "yet another one"}
    form = {**third, "password2": "yet another one"}
    assert office(boss).post(page, form).status_code == 302
    assert newest(user) == ("update", boss.email, hidden)
    tokens = issue_tokens(user)
    user.refresh_from_db()
    secrets = [old, new, "yet another one", user.password, *tokens.values()]
    books = json.dumps(list(LogEntry.objects.values()), default=str)
    assert not [secret for secret in secrets if secret in books]


def test_coming_and_going_is_no_change() -> None:
    user = User.objects.create_user("aliya@example.com", PASSWORD)
    before = LogEntry.objects.count()
    client = Client()
    client.post("/login/", {"username": user.email, "password": PASSWORD})
    client.post("/logout/")
    assert User.objects.get().last_login is not None
    assert LogEntry.objects.count() == before


def test_a_deleted_account_is_in_the_history_of_whoever_deleted_it() -> None:
    boss, user = make_admin(), make_user(full_name="Aliya")
    pk = user.pk
    assert office(boss).post(f"/admin/accounts/user/{pk}/delete/", {"post": "yes"})
    user.pk = pk
    assert newest(user)[:2] == ("delete", boss.email)
    another = make_user()
    delete_user(another, by=boss)
    assert not User.objects.filter(pk=another.pk).exists()
