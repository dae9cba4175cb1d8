"""Saved addresses: exactly one is the default for as long as there are any."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import Http404
from django.test import Client

from accounts import services
from accounts.exceptions import TooManyAddresses
from accounts.models import Address, User
from accounts.services.addresses import MAX_ADDRESSES
from tests.accounts.conftest import events

pytestmark = pytest.mark.django_db


def add(user: User, address: str = "Абая 1", **fields: Any) -> Address:
    return services.add_address(user, address=address, **fields)


def kept(user: User) -> list[str]:
    """Their addresses in their order, the default with a star."""
    return [f"{a.address}{'*' if a.is_default else ''}" for a in user.addresses.all()]


def test_the_first_is_the_default_and_the_newest_comes_next(user: User) -> None:
    for address in ("A", "B", "C"):
        add(user, address)

    assert kept(user) == ["A*", "C", "B"]


def test_a_new_one_may_be_the_default(user: User) -> None:
    add(user, "A")
    add(user, "B", is_default=True)

    assert kept(user) == ["B*", "A"]


def test_another_is_made_the_default(user: User) -> None:
    first, second = add(user, "A"), add(user, "B")

    services.make_default(second)
    assert kept(user) == ["B*", "A"]
    services.update_address(first, title="Home", is_default=True)
    assert kept(user) == ["A*", "B"]
    # It cannot be given up, only taken.
    services.update_address(first, is_default=False)
    assert kept(user) == ["A*", "B"]


def test_deleting_the_default_promotes_the_newest(user: User) -> None:
    first, second, third = (add(user, address) for address in "ABC")

    services.delete_address(first)
    assert kept(user) == ["C*", "B"]
    services.delete_address(second)
    assert kept(user) == ["C*"]
    services.delete_address(third)
    assert kept(user) == []


def test_other_peoples_defaults_are_theirs(
    user: User, make_user: Callable[..., User]
) -> None:
    other = make_user("other@example.com")
    add(user, "A")
    theirs = add(other, "B")
    add(user, "C", is_default=True)

    services.delete_address(theirs)

    assert (kept(user), kept(other)) == (["C*", "A"], [])


def test_the_database_has_no_two_defaults(user: User) -> None:
    add(user, "A")
    other = add(user, "B")
    with pytest.raises(IntegrityError), transaction.atomic():
        Address.objects.filter(pk=other.pk).update(is_default=True)


def test_a_phone_is_kept_in_one_form_and_an_address_in_one_line(user: User) -> None:
    new = add(user, " Абая\n 1,  кв. 2 ", phone="8 701 123 45 67")
    new.refresh_from_db()
    assert (new.address, new.phone) == ("Абая 1, кв. 2", "+77011234567")

    for change in (add, services.update_address):
        with pytest.raises(ValidationError) as error:
            change(user if change is add else new, phone="1")
        assert list(error.value.message_dict) == ["phone"]
    assert kept(user) == ["Абая 1, кв. 2*"]


def test_there_is_a_limit(user: User) -> None:
    for n in range(MAX_ADDRESSES):
        add(user, f"{n}")

    with pytest.raises(TooManyAddresses):
        add(user, "one more", is_default=True)

    assert user.addresses.count() == MAX_ADDRESSES == 20
    assert kept(user)[0] == "0*"


def test_what_was_deleted_meanwhile_is_not_there(user: User) -> None:
    add(user, "A")
    gone = add(user, "B")
    services.delete_address(gone)
    gone = Address(pk=gone.pk or "0" * 32, user=user, address="B")

    for act in (
        services.make_default,
        services.update_address,
        services.delete_address,
    ):
        with pytest.raises(Http404):
            act(gone)
    assert kept(user) == ["A*"]


@pytest.mark.parametrize(
    ("again", "is_new"),
    [
        ({}, False),
        ({"address": " АБАЯ  1\n"}, False),
        ({"phone": "8 701 123 45 67"}, False),
        ({"address": "Абая 2"}, True),
        ({"full_name": "Тимур"}, True),
        ({"phone": "+77010000000"}, True),
    ],
    ids=str,
)
def test_an_address_is_remembered_once(
    user: User, again: dict[str, str], is_new: bool
) -> None:
    ordered = {"full_name": "Алия", "phone": "+77011234567", "address": "Абая 1"}
    for _ in range(2):
        services.remember_address(user, **ordered)

    services.remember_address(user, **ordered | again)

    assert user.addresses.count() == 1 + is_new


def test_what_was_left_open_says_the_same(user: User) -> None:
    add(user, "Абая 1", title="Home")

    services.remember_address(
        user, full_name="Алия", phone="+77011234567", address="Абая 1"
    )

    assert kept(user) == ["Абая 1*"]


def test_the_user_takes_their_addresses_along(user: User, admin_user: User) -> None:
    add(user, "A")
    add(admin_user, "B")

    services.delete_user(user, by=admin_user)

    assert [a.address for a in Address.objects.all()] == ["B"]
    assert [kind for kind, _ in events()] == ["user_deleted"]


def test_the_back_office_shows_them_to_read(
    client: Client, user: User, admin_user: User
) -> None:
    add(user, "Абая 1", title="Home", phone="+77011234567")
    client.force_login(admin_user)

    page = client.get(f"/admin/accounts/user/{user.pk}/change/")

    assert page.status_code == 200
    assert "Абая 1" in page.text
    assert "+7 701 123 4567" in page.text
    assert 'name="addresses-0-address"' not in page.text
    assert "addresses" not in client.get("/admin/accounts/user/add/").text
