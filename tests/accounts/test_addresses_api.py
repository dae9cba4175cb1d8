"""One's own addresses in the API."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts import services
from accounts.models import Address, User
from tests.accounts.conftest import bearer, post

pytestmark = pytest.mark.django_db
JSON = "application/json"
LIST = "/api/users/me/addresses"
HOME = {
    "title": "Home",
    "full_name": "Алия",
    "phone": "+77011234567",
    "address": "Алматы, Абая 1",
}


@pytest.fixture
def home(user: User) -> Address:
    return services.add_address(user, **HOME)


@pytest.fixture
def theirs(make_user: Callable[..., User]) -> Address:
    return services.add_address(make_user("other@example.com"), address="Чужой дом")


def test_addresses_are_saved_and_listed(client: Client, user: User) -> None:
    sent = {**HOME, "phone": "8 701 123 45 67", "id": str(uuid4()), "user": "x"}
    first = post(client, LIST, sent, headers=bearer(user))
    second = post(client, f"{LIST}/", {"address": "Астана"}, headers=bearer(user))

    assert (first.status_code, second.status_code) == (201, 201)
    body = dict(first.json())
    saved = Address.objects.get(address=HOME["address"])
    assert body.pop("created_at")
    assert body == {"id": str(saved.pk), **HOME, "is_default": True}
    assert saved.user == user
    listed = client.get(LIST, headers=bearer(user))
    assert listed.status_code == 200
    assert listed.json() == [first.json(), second.json()]
    assert (second.json()["is_default"], second.json()["phone"]) == (False, "")


def test_one_address_is_read_changed_and_deleted(
    client: Client, user: User, home: Address
) -> None:
    path, head = f"/api/v1/users/me/addresses/{home.pk}", bearer(user)
    json: dict[str, Any] = {"content_type": JSON, "headers": head}

    assert client.get(path, headers=head).json()["title"] == "Home"
    patched = client.patch(path, {"title": "Office"}, **json)
    assert (patched.status_code, patched.json()["title"]) == (200, "Office")
    put = client.put(f"{path}/", {"address": "Астана", "phone": ""}, **json)
    assert (put.status_code, put.json()["phone"]) == (200, "")
    home.refresh_from_db()
    assert (home.title, home.address, home.is_default) == ("Office", "Астана", True)
    gone = client.delete(path, headers=head)
    assert (gone.status_code, gone.content) == (204, b"")
    assert client.get(path, headers=head).status_code == 404
    assert not Address.objects.exists()


def test_the_default_is_taken_and_not_given_up(
    client: Client, user: User, home: Address
) -> None:
    other = services.add_address(user, address="Астана")
    json: dict[str, Any] = {"content_type": JSON, "headers": bearer(user)}

    refused = client.patch(f"{LIST}/{home.pk}", {"is_default": False}, **json)
    assert (refused.status_code, list(refused.json())) == (400, ["is_default"])
    same = client.patch(f"{LIST}/{other.pk}", {"is_default": False}, **json)
    assert (same.status_code, same.json()["is_default"]) == (200, False)
    taken = client.patch(f"{LIST}/{other.pk}", {"is_default": True}, **json)
    assert taken.json()["is_default"] is True
    assert [a["id"] for a in client.get(LIST, headers=bearer(user)).json()] == [
        str(other.pk),
        str(home.pk),
    ]


def test_somebody_elses_is_not_there(
    client: Client, user: User, theirs: Address
) -> None:
    path = f"{LIST}/{theirs.pk}"
    for answer in (
        client.get(path, headers=bearer(user)),
        client.patch(path, {"title": "x"}, content_type=JSON, headers=bearer(user)),
        client.put(path, HOME, content_type=JSON, headers=bearer(user)),
        client.delete(path, headers=bearer(user)),
    ):
        assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
    assert client.get(LIST, headers=bearer(user)).json() == []
    theirs.refresh_from_db()
    assert theirs.address == "Чужой дом"


@pytest.mark.parametrize("key", [str(uuid4()), "7", "%00", "x" * 500, "Ә", "%ED%A0%80"])
def test_an_unknown_id_is_not_found(client: Client, user: User, key: str) -> None:
    for method in (client.get, client.delete):
        assert method(f"{LIST}/{key}", headers=bearer(user)).status_code == 404


def test_a_visitor_has_none(client: Client, theirs: Address) -> None:
    for answer in (
        client.get(LIST),
        post(client, LIST, HOME),
        client.get(f"{LIST}/{theirs.pk}"),
        client.delete(f"{LIST}/{theirs.pk}"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (401, "not_authenticated")
    assert Address.objects.count() == 1


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"address": ""}, "address"),
        ({"address": "  "}, "address"),
        ({"address": "x" * 501}, "address"),
        ({"address": "\x00"}, "address"),
        ({"address": "\ud800"}, "address"),
        ({"address": None}, "address"),
        ({"title": "x" * 61}, "title"),
        ({"full_name": "x" * 151}, "full_name"),
        ({"full_name": []}, "full_name"),
        ({"phone": "1"}, "phone"),
        ({"phone": "7" * 10_000}, "phone"),
        ({"phone": "+7701\x001234567"}, "phone"),
        ({"phone": {}}, "phone"),
        ({"is_default": "maybe"}, "is_default"),
    ],
)
def test_what_is_wrong_is_said_by_field(
    client: Client, user: User, home: Address, data: dict[str, Any], field: str
) -> None:
    json: dict[str, Any] = {"content_type": JSON, "headers": bearer(user)}
    before = Address.objects.values().get()

    for answer in (
        client.post(LIST, {**HOME, **data}, **json),
        client.patch(f"{LIST}/{home.pk}", data, **json),
        client.put(f"{LIST}/{home.pk}", {**HOME, **data}, **json),
    ):
        assert (answer.status_code, list(answer.json())) == (400, [field])
    assert Address.objects.values().get() == before


def test_more_than_twenty_are_refused(client: Client, user: User) -> None:
    for n in range(20):
        services.add_address(user, address=f"{n}")

    refused = post(client, LIST, HOME, headers=bearer(user))

    assert (refused.status_code, refused.json()["code"]) == (409, "too_many_addresses")
    assert user.addresses.count() == 20


def test_the_list_costs_the_same_for_any_number(
    client: Client, user: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    head = bearer(user)
    for n in range(20):
        services.add_address(user, address=f"{n}")
        if n in {0, 19}:
            # Who asks, and what they have.
            with django_assert_num_queries(2):
                client.get(LIST, headers=head)


def test_the_documentation_has_them(client: Client) -> None:
    paths = client.get("/api/schema?format=json").json()["paths"]
    assert set(paths["/api/users/me/addresses"]) == {"get", "post"}
    answer = paths["/api/users/me/addresses"]["get"]["responses"]["200"]
    assert answer["content"][JSON]["schema"]["type"] == "array"
    one = paths["/api/users/me/addresses/{id}"]
    assert set(one) == {"get", "put", "patch", "delete"}
