"""The groups of the roles: made by `migrate`, and then the administrators' own."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext
from django.utils.translation import override

from accounts import roles
from accounts.models import RoleGroup, User
from accounts.services import make_role_groups
from dashboard.roles import ROLES
from tests.backoffice import office, queries, staff_in, staff_with
from tests.factories import make_admin, make_user

pytestmark = pytest.mark.django_db

CODES = ["analyst", "content", "manager", "warehouse"]


def permissions(group: Group) -> set[str]:
    found = group.permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in found}


def as_declared() -> None:
    """Each role has its group, with exactly what the code gives it."""
    groups = Group.objects.filter(role_group__isnull=False)
    found = {group.role_group.code: permissions(group) for group in groups}
    assert found == {role.code: set(role.permissions) for role in ROLES}
    names = groups.order_by("name").values_list("name", flat=True)
    assert list(names) == ["Analyst", "Content", "Manager", "Warehouse"]


def test_a_new_shop_has_the_roles() -> None:
    as_declared()


def test_migrating_again_changes_nothing_and_asks_little() -> None:
    before = list(RoleGroup.objects.values().order_by("code"))
    with CaptureQueriesContext(connection) as asked:
        make_role_groups()
    assert len([query for query in asked if "SELECT" in query["sql"]]) == 2
    assert list(RoleGroup.objects.values().order_by("code")) == before
    as_declared()


def test_what_an_administrator_took_or_gave_stays_so() -> None:
    group = Group.objects.get(role_group__code="manager")
    refunds = Permission.objects.get(codename="add_refund")
    outbox = Permission.objects.get(codename="view_outboxmessage")
    group.permissions.remove(refunds)
    group.permissions.add(outbox)
    group.name = "Менеджеры"
    group.save()
    Group.objects.get(role_group__code="content").delete()
    make_role_groups()
    group.refresh_from_db()
    assert "payments.add_refund" not in permissions(group)
    assert "events.view_outboxmessage" in permissions(group)
    assert group.name == "Менеджеры"
    assert RoleGroup.objects.get(code="content").group is None
    assert Group.objects.count() == 3


def test_a_permission_that_is_new_in_the_code_is_given_once() -> None:
    row = RoleGroup.objects.get(code="manager")
    refunds = Permission.objects.get(codename="add_refund")
    row.group.permissions.remove(refunds)
    # As if the role had come without it.
    row.granted.remove("payments.add_refund")
    row.save()
    make_role_groups()
    as_declared()
    row.group.permissions.remove(refunds)
    make_role_groups()
    assert "payments.add_refund" not in permissions(row.group)


def test_a_group_of_that_name_is_somebody_elses() -> None:
    RoleGroup.objects.all().delete()
    Group.objects.all().delete()
    theirs = Group.objects.create(name="Manager")
    Group.objects.create(name="Manager 2")
    make_role_groups()
    assert permissions(theirs) == set()
    assert RoleGroup.objects.get(code="manager").group.name == "Manager 3"


@pytest.mark.django_db(transaction=True)
def test_an_emptied_database_has_them_again() -> None:
    call_command("flush", interactive=False, verbosity=0)
    as_declared()


def test_every_permission_exists() -> None:
    """A misspelt one would never be given, and never missed."""
    found = Permission.objects.values_list("content_type__app_label", "codename")
    existing = {f"{app}.{codename}" for app, codename in found}
    for role in ROLES:
        assert set(role.permissions) <= existing
        assert len(set(role.permissions)) == len(role.permissions)


# --- Who had the figures keeps them ---------------------------------------------------


@pytest.fixture
def before_the_parts() -> Iterator[None]:
    def migrate(*targets: tuple[str, str]) -> None:
        executor = MigrationExecutor(connection)
        executor.migrate(list(targets) or executor.loader.graph.leaf_nodes())

    migrate(("orders", "0003_order_language"))
    yield
    migrate()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_made", [True, False])
@pytest.mark.usefixtures("before_the_parts")
def test_who_saw_orders_goes_on_seeing_the_figures(is_made: bool) -> None:
    clerk = staff_with("orders.view_order", "orders.change_order")
    other = staff_with("catalog.view_product")
    member = make_user(role=User.Role.STAFF)
    group = Group.objects.create(name="Clerks")
    group.permissions.add(Permission.objects.get(codename="view_order"))
    member.groups.add(group)
    if not is_made:
        # Django makes it after the migrations only.
        Permission.objects.filter(codename="view_stats").delete()
    executor = MigrationExecutor(connection)
    executor.migrate(executor.loader.graph.leaf_nodes())
    for user, sees in ((clerk, True), (member, True), (other, False)):
        assert User.objects.get(pk=user.pk).has_perm("orders.view_stats") == sees
    assert Permission.objects.filter(codename="view_stats").count() == 1
    assert User.objects.get(pk=clerk.pk).user_permissions.count() == 3


# --- The pages ------------------------------------------------------------------------


def test_whoever_gives_a_role_reads_what_it_may() -> None:
    client, user = office(), make_user(role=User.Role.STAFF)
    html = client.get(f"/admin/accounts/user/{user.pk}/change/").content.decode()
    with override("en"):
        for role in ROLES:
            assert f"<b>{role.label}</b>: {role.may}" in html
            assert f">{role.label}</option>" in html


def test_groups_are_named_in_the_readers_language(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    renamed = roles.Role("manager", "Manager", "Менеджер", "Всё.", ())
    monkeypatch.setitem(roles._declared, "manager", renamed)
    client, colleague = office(), staff_in("manager")
    colleague.groups.add(Group.objects.create(name="Night shift"))
    for page in (
        "/admin/auth/group/",
        "/admin/accounts/user/",
        f"/admin/accounts/user/{colleague.pk}/change/",
    ):
        html = client.get(page).content.decode()
        assert "Менеджер" in html
        assert "Night shift" in html
    group = Group.objects.get(role_group__code="manager")
    html = client.get(f"/admin/auth/group/{group.pk}/change/").content.decode()
    assert "Всё." in html
    group.name = "Chiefs"
    group.save()
    html = client.get("/admin/auth/group/").content.decode()
    assert "Chiefs" in html
    assert "Менеджер" not in html


def test_the_lists_take_the_same_queries_for_more_groups_and_people() -> None:
    client, _colleague = office(make_admin()), staff_in("manager")
    before = {page: queries(client, page) for page in
              ("/admin/auth/group/", "/admin/accounts/user/")}  # fmt: skip
    for n in range(10):
        Group.objects.create(name=f"Group {n}")
        staff_in("content")
    for page, count in before.items():
        assert queries(client, page) == count


def test_nobody_gives_themselves_a_role() -> None:
    """A manager may change customers, and neither rights nor colleagues."""
    boss, customer, colleague = staff_in("manager"), make_user(), staff_in("content")
    client = office(boss)
    page = client.get(f"/admin/accounts/user/{customer.pk}/change/")
    fields = page.context["adminform"].form.fields
    assert not {"role", "groups", "user_permissions"} & fields.keys()
    data: dict[str, Any] = {
        "email": customer.email, "full_name": "New", "is_active": "on",
        "role": "admin", "groups": [str(Group.objects.all()[0].pk)],
        "addresses-TOTAL_FORMS": 0, "addresses-INITIAL_FORMS": 0,
    }  # fmt: skip
    client.post(f"/admin/accounts/user/{customer.pk}/change/", data)
    customer.refresh_from_db()
    assert (customer.full_name, customer.role) == ("New", "user")
    assert not customer.groups.exists()
    # As a shell or another program may leave one.
    hidden_admin = make_user(is_superuser=True)
    for user in (boss, colleague, make_admin(), hidden_admin):
        form = f"/admin/accounts/user/{user.pk}"
        assert client.post(f"{form}/change/", data).status_code == 403
        assert client.get(f"{form}/password/").status_code == 403
