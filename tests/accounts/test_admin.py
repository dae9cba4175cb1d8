"""The back office: people, and who may touch whom."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts.models import User
from accounts.services import issue_tokens
from tests.accounts.conftest import PASSWORD, events

pytestmark = pytest.mark.django_db
LIST = "/admin/accounts/user/"


@pytest.fixture
def boss(client: Client, admin_user: User) -> Client:
    client.force_login(admin_user)
    return client


@pytest.fixture
def staff(make_user: Callable[..., User]) -> User:
    user = make_user("staff@example.com", role=User.Role.STAFF)
    user.user_permissions.set(
        Permission.objects.filter(content_type__app_label="accounts")
    )
    return user


def form_of(client: Client, user: User) -> dict[str, object]:
    form = client.get(f"{LIST}{user.pk}/change/").context["adminform"].form
    own = {name: value for name, value in form.initial.items() if value is not None}
    return {**own, "addresses-TOTAL_FORMS": 0, "addresses-INITIAL_FORMS": 0}


def test_login_in_any_letter_case(client: Client, admin_user: User) -> None:
    data = {"username": "BOSS@example.com", "password": PASSWORD, "next": "/admin/"}

    response = client.post("/admin/login/", data)

    assert (response.status_code, response["Location"]) == (302, "/admin/")


@pytest.mark.parametrize("password", [PASSWORD, "wrong"])
def test_login_is_for_those_who_work_here(
    client: Client, user: User, password: str
) -> None:
    data = {"username": user.email, "password": password}

    assert client.post("/admin/login/", data).status_code == 200
    assert "_auth_user_id" not in client.session


def test_the_list_finds_people(boss: Client, user: User) -> None:
    response = boss.get(LIST, {"q": "aliya"})

    assert response.status_code == 200
    assert "aliya@example.com" in response.text
    assert "boss@example.com</a>" not in response.text


def test_a_user_is_added_by_email(boss: Client) -> None:
    data = {
        "email": "New@Example.com",
        "full_name": "Aliya",
        "usable_password": "true",
        "password1": PASSWORD,
        "password2": PASSWORD,
    }

    assert boss.get(f"{LIST}add/").status_code == 200
    assert boss.post(f"{LIST}add/", data).status_code == 302

    user = User.objects.get(email="new@example.com")
    assert user.check_password(PASSWORD)
    assert events() == [
        ("user_created", {"id": str(user.pk), "email": user.email, "role": "user"})
    ]
    again = boss.post(f"{LIST}add/", data)
    assert list(again.context["adminform"].form.errors) == ["email"]


def test_a_role_is_changed(boss: Client, user: User) -> None:
    data = {**form_of(boss, user), "role": "staff"}

    response = boss.post(f"{LIST}{user.pk}/change/", data)

    assert response.status_code == 302
    user.refresh_from_db()
    assert (user.role, user.is_active) == ("staff", True)
    assert [kind for kind, _ in events()] == ["user_updated"]


def test_a_phone_is_kept_in_one_form(boss: Client, user: User) -> None:
    data = {**form_of(boss, user), "role": "user", "phone": "8 701 123-45-67"}
    path = f"{LIST}{user.pk}/change/"

    assert boss.post(path, data).status_code == 302
    refused = boss.post(path, {**data, "phone": "call her"})

    assert list(refused.context["adminform"].form.errors) == ["phone"]
    assert User.objects.get(pk=user.pk).phone == "+77011234567"
    assert [kind for kind, _ in events()] == ["user_updated"]
    # The same number in another writing is nothing new.
    assert boss.post(path, {**data, "phone": "+7 701 123 4567"}).status_code == 302
    assert len(events()) == 1


def test_a_new_password_revokes_tokens(boss: Client, user: User) -> None:
    issue_tokens(user)
    data = {
        "usable_password": "true",
        "password1": "another good one",
        "password2": "another good one",
    }

    assert boss.post(f"{LIST}{user.pk}/password/", data).status_code == 302

    assert not OutstandingToken.objects.filter(blacklistedtoken=None).exists()


def test_a_user_is_deleted_with_an_event(boss: Client, user: User) -> None:
    response = boss.post(f"{LIST}{user.pk}/delete/", {"post": "yes"})

    assert response.status_code == 302
    assert not User.objects.filter(pk=user.pk).exists()
    assert [kind for kind, _ in events()] == ["user_deleted"]


def test_oneself_is_not_deleted(boss: Client, user: User, admin_user: User) -> None:
    alone = boss.post(f"{LIST}{admin_user.pk}/delete/", {"post": "yes"})
    together = boss.post(
        LIST,
        {
            "action": "delete_selected",
            "_selected_action": [str(user.pk), str(admin_user.pk)],
            "post": "yes",
        },
    )

    assert alone.status_code == 403
    assert together.status_code == 200
    assert User.objects.count() == 2
    assert events() == []


def test_several_are_deleted_each_with_its_event(
    boss: Client, user: User, make_user: Callable[..., User]
) -> None:
    other = make_user("other@example.com")
    data = {
        "action": "delete_selected",
        "_selected_action": [str(user.pk), str(other.pk)],
        "post": "yes",
    }

    assert boss.post(LIST, data).status_code == 302

    assert User.objects.count() == 1
    assert [kind for kind, _ in events()] == ["user_deleted", "user_deleted"]


def test_staff_change_customers_but_no_rights(
    client: Client, staff: User, user: User
) -> None:
    client.force_login(staff)
    data = {**form_of(client, user), "full_name": "Aliya", "phone": ""}
    data.update(role="admin", is_superuser="on", groups=[], user_permissions=[])

    response = client.post(f"{LIST}{user.pk}/change/", data)

    assert response.status_code == 302
    user.refresh_from_db()
    assert (user.full_name, user.role) == ("Aliya", "user")


@pytest.mark.parametrize("path", ["change", "password", "delete"])
def test_staff_touch_no_colleague(
    client: Client, staff: User, admin_user: User, path: str
) -> None:
    client.force_login(staff)
    data = {
        "post": "yes",
        "usable_password": "true",
        "password1": "another good one",
        "password2": "another good one",
        "email": "taken@example.com",
    }

    response = client.post(f"{LIST}{admin_user.pk}/{path}/", data)

    assert response.status_code == 403
    admin_user.refresh_from_db()
    assert admin_user.check_password(PASSWORD)
    assert admin_user.email == "boss@example.com"


def test_nobody_reads_tokens_in_the_back_office(boss: Client, user: User) -> None:
    issue_tokens(user)

    assert boss.get("/admin/token_blacklist/outstandingtoken/").status_code == 404
    assert "outstandingtoken" not in boss.get("/admin/").text
