"""Every page of the back office and every call of the API, asked by every role."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import URLResolver, reverse

from accounts.models import User
from dashboard.urls import urlpatterns as dashboard_urls
from orders.models import Order
from tests.api import client_of
from tests.backoffice import office, staff_in
from tests.factories import make_admin, make_user
from tests.roles.table import CALLS, ELSEWHERE, FOR_ALL, LETTERS, MODELS, PAGES, STEPS
from tests.roles.things import make_things

pytestmark = pytest.mark.django_db

Asked = tuple[str, str, bool]
EACH_ROLE = pytest.mark.parametrize("letter", LETTERS)
# A step needs the order to be where it begins, and cash needs no payment for some.
BEFORE = {
    "paid": "pending", "processing": "paid", "shipped": "processing",
    "completed": "shipped", "canceled": "paid", "refunded": "paid",
}  # fmt: skip


@pytest.fixture
def things(settings: Any, tmp_path: Any) -> dict[str, Any]:
    settings.IMPORT_DIR = tmp_path
    return make_things()


def address(name: str, thing: Any) -> str:
    if name == "category move":
        return "/admin/catalog/category/move/"
    if name == "category children":
        return f"/admin/catalog/category/children/{thing.pk}/"
    if name.startswith("table "):
        return reverse("dashboard:table", args=[name.removeprefix("table ")])
    page = reverse(name, args=[thing.pk] if thing else [])
    if name == "admin:catalog_category_find":
        page += "?app_label=catalog&model_name=product&field_name=categories"
    return page


def asked_pages(letter: str, things: dict[str, Any]) -> Iterator[Asked]:
    """(method, address, whether the role gets in) of every page there is."""
    # Any row will do: Django asks for the right before it looks for the row.
    for model, (see, add, change, delete) in MODELS.items():
        base = "admin:{}_{}_".format(*model.split("."))
        row = things.get(model) or apps.get_model(model).objects.first()
        pk = row.pk if row else 1
        page = reverse(f"{base}change", args=[pk])
        yield "GET", reverse(f"{base}changelist"), letter in see
        yield "GET", reverse(f"{base}add"), letter in add
        yield "POST", reverse(f"{base}add"), letter in add
        yield "POST", page, letter in change
        yield "GET", reverse(f"{base}delete", args=[pk]), letter in delete
        yield "POST", reverse(f"{base}delete", args=[pk]), letter in delete
        if row:
            yield "GET", page, letter in see
            yield "GET", reverse(f"{base}history", args=[pk]), letter in see
    for name, what, method, roles in PAGES:
        thing = things[what or "category"] if what or "children" in name else None
        yield method, address(name, thing), letter in roles


def answers(client: Client, asked: Iterator[Asked]) -> dict[str, tuple[int, bool]]:
    """The status of each page, each asked as if it was the only one."""
    found = {}
    for method, page, allowed in asked:
        with transaction.atomic():
            answer = client.generic(
                method, page, b"", content_type="application/x-www-form-urlencoded"
            )
            if answer.streaming:
                b"".join(answer.streaming_content)
            transaction.set_rollback(True)
        found[f"{method} {page}"] = answer.status_code, allowed
    return found


def rows(things: dict[str, Any]) -> dict[str, Any]:
    """The rows whose pages are asked for; of other models, the first there is."""
    return things | {
        "accounts.user": things["customer"],
        "catalog.category": things["category"],
        "catalog.product": things["product"],
        "catalog.spectemplate": things["template"],
        "catalog.importrun": things["run"],
        "orders.order": things["order"],
    }


@EACH_ROLE
def test_a_role_reaches_its_pages_and_no_others(
    letter: str, things: dict[str, Any]
) -> None:
    client = office(staff_in(LETTERS[letter]))
    hidden = "/orders/" if letter == "C" else "/importrun/"
    wrong = {}
    for page, (status, allowed) in answers(
        client, asked_pages(letter, rows(things))
    ).items():
        # To whom it is none of their business, orders and imports do not exist; nor
        # do changes of prices that nobody has made.
        unknown = hidden in page or "/pricechange/" in page
        refused = {403, 404} if unknown else {403}
        # 400: whoever gets in is told that nothing was sent.
        if status not in ({200, 302, 400} if allowed else refused):
            wrong[page] = status
    assert wrong == {}


def test_customers_and_visitors_reach_no_page(things: dict[str, Any]) -> None:
    for client in (Client(), office(make_user())):
        pages = {
            page: status
            for page, (status, _) in answers(
                client, asked_pages("", rows(things))
            ).items()
            if "/admin/" in page
        }
        assert set(pages.values()) == {302}


def test_administrators_reach_everything(things: dict[str, Any]) -> None:
    for page, (status, allowed) in answers(
        office(make_admin()), asked_pages("M", rows(things))
    ).items():
        assert status in {200, 302, 400} or not allowed, page


def test_the_table_has_every_page() -> None:
    """Whoever adds a page says in the table who reaches it."""
    models = {model._meta.label_lower for model in admin.site._registry}
    assert models == MODELS.keys()
    standard = {
        "admin:{}_{}_{}".format(*model.split("."), page)
        for model in models
        for page in ("changelist", "add", "history", "delete", "change")
    }
    named = {f"admin:{name}" for name in names(admin.site.urls[0])}
    named |= {f"dashboard:{name}" for name in names(dashboard_urls)}
    in_table = {name for name, *_ in PAGES if ":" in name and "orders:" not in name}
    assert named == standard | FOR_ALL | ELSEWHERE | in_table


def names(patterns: Any) -> Iterator[str]:
    for pattern in patterns:
        if isinstance(pattern, URLResolver):
            yield from names(pattern.url_patterns)
        elif pattern.name:
            yield pattern.name


# --- The API --------------------------------------------------------------------------


def filled(value: Any, ids: dict[str, str]) -> Any:
    """With the names in braces replaced by the ids of the things they mean."""
    if isinstance(value, str):
        return value.format_map(ids)
    if isinstance(value, dict):
        return {key: filled(part, ids) for key, part in value.items()}
    return [filled(part, ids) for part in value] if isinstance(value, list) else value


def api_answers(
    user: User | None, things: dict[str, Any]
) -> Iterator[tuple[str, Any, str]]:
    client = client_of(user)
    ids = {name: str(thing.pk) for name, thing in things.items()}
    for method, path, data, roles in CALLS:
        with transaction.atomic():
            call = getattr(client, method.lower())
            answer = call(filled(path, ids), filled(data, ids))
            transaction.set_rollback(True)
        yield f"{method} {path} {data}", answer, roles


@EACH_ROLE
def test_a_role_calls_its_part_of_the_api_and_no_other(
    letter: str, things: dict[str, Any]
) -> None:
    staff = staff_in(LETTERS[letter])
    wrong = {}
    for call, answer, roles in api_answers(staff, things):
        status = answer.status_code
        unseen = letter == "C" and "/admin/" not in call and "order" in call
        refused = 404 if unseen else 403
        if letter in roles and status not in {200, 201, 204}:
            wrong[call] = status, answer.content
        elif letter not in roles:
            if status != refused:
                wrong[call] = status, answer.content
            elif status == 403:
                assert answer.json()["code"] == "permission_denied"
                assert answer.json()["detail"].endswith(".")
    assert wrong == {}


@pytest.mark.parametrize("is_customer", [True, False])
def test_nobody_else_calls_it(is_customer: bool, things: dict[str, Any]) -> None:
    user = make_user() if is_customer else None
    for call, answer, _roles in api_answers(user, things):
        assert answer.status_code in {401, 403, 404}, call


# --- The steps of an order ------------------------------------------------------------


@EACH_ROLE
@pytest.mark.parametrize("step", STEPS)
def test_each_step_of_an_order_is_for_its_roles(
    step: str, letter: str, things: dict[str, Any]
) -> None:
    allowed = letter in STEPS[step]
    user, order = staff_in(LETTERS[letter]), things["order"]
    Order.objects.update(status=BEFORE[step])
    for face in (by_button, by_action, by_api):
        with transaction.atomic():
            face(user, order, step)
            order.refresh_from_db()
            assert order.status == (step if allowed else BEFORE[step]), face.__name__
            transaction.set_rollback(True)
    Order.objects.update(status=BEFORE[step])
    client = office(user)
    page = client.get(reverse("admin:orders_order_change", args=[order.pk]))
    listed = client.get(reverse("admin:orders_order_changelist"))
    assert (f'value="{step}"' in page.content.decode()) == allowed
    assert (f"move_to_{step}" in listed.content.decode()) == allowed


def by_button(user: User, order: Order, step: str) -> None:
    page = reverse("admin:orders_order_move", args=[order.pk])
    answer = office(user).post(page, {"status": step})
    assert answer.status_code in {302, 403}


def by_action(user: User, order: Order, step: str) -> None:
    data = {
        "action": f"move_to_{step}",
        "_selected_action": [str(order.pk)],
        # What canceling asks for.
        "reason": "customer",
    }
    office(user).post(reverse("admin:orders_order_changelist"), data)


def by_api(user: User, order: Order, step: str) -> None:
    path = f"/api/admin/orders/{order.pk}/status"
    assert client_of(user).patch(path, {"status": step}).status_code in {200, 403}
