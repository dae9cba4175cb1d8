"""The same person's addresses from several windows at once, on real threads."""

from typing import Any
from unittest.mock import patch

import pytest
from django.test import Client

from accounts import services
from accounts.models import Address, User
from accounts.services import addresses
from tests.accounts.conftest import bearer
from tests.concurrency.helpers import Meeting, run_together

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def kinds(results: list[Any]) -> dict[str, int]:
    names = [type(result).__name__ for result in results]
    return {name: names.count(name) for name in set(names)}


def add(user: User, address: str) -> Address:
    return services.add_address(user, address=address)


def without_the_queue(user_id: Any) -> None:
    """The twin: nobody waits for anybody."""


def test_one_of_the_first_is_the_default(user: User) -> None:
    results = run_together(add, [(user, f"{n}") for n in range(6)])

    assert kinds(results) == {"Address": 6}
    assert Address.objects.filter(is_default=True).count() == 1


def test_without_the_queue_two_want_to_be_the_default(user: User) -> None:
    meeting, save = Meeting(2), Address.save

    def meet_and_save(address: Address, **kwargs: Any) -> None:
        meeting.wait()
        save(address, **kwargs)

    with (
        patch.object(addresses, "_queue_up", without_the_queue),
        patch.object(Address, "save", meet_and_save),
    ):
        results = run_together(add, [(user, "A"), (user, "B")])

    # The constraint still holds: one of them failed.
    assert kinds(results) == {"Address": 1, "IntegrityError": 1}
    assert Address.objects.filter(is_default=True).count() == 1


def test_the_last_place_is_given_once(user: User) -> None:
    for n in range(19):
        add(user, f"{n}")

    results = run_together(add, [(user, f"new {n}") for n in range(6)])

    assert kinds(results) == {"Address": 1, "TooManyAddresses": 5}
    assert user.addresses.count() == 20


def test_the_same_address_is_remembered_once(user: User) -> None:
    def remember(_: int) -> None:
        services.remember_address(user, full_name="A", phone="", address="Абая 1")

    assert run_together(remember, list(range(6))) == [None] * 6
    assert user.addresses.count() == 1


def test_there_is_always_one_default(user: User) -> None:
    """Made default, deleted and added at once, whoever comes first."""
    mine = [add(user, f"{n}") for n in range(6)]
    acts: list[Any] = [
        *((services.make_default, address) for address in mine[1:4]),
        (services.delete_address, mine[0]),
        (services.delete_address, mine[4]),
        (lambda who: services.add_address(who, address="x", is_default=True), user),
    ]

    results = run_together(lambda act, thing: act(thing), acts)

    assert kinds(results) == {"NoneType": 5, "Address": 1}
    assert user.addresses.filter(is_default=True).count() == 1
    assert user.addresses.count() == 5


@pytest.mark.parametrize("face", ["api", "page"])
def test_who_is_being_deleted_keeps_no_address(
    client: Client, user: User, admin_user: User, face: str
) -> None:
    queue_up, head = addresses._queue_up, bearer(user)
    client.force_login(user)

    def first_delete(user_id: Any) -> None:
        delete = services.delete_user
        [result] = run_together(lambda who: delete(who, by=admin_user), [user])
        assert result is None
        queue_up(user_id)

    with patch.object(addresses, "_queue_up", first_delete):
        if face == "api":
            answer = client.post(
                "/api/users/me/addresses", {"address": "x"}, headers=head
            )
            assert answer.status_code == 401
        else:
            answer = client.post("/account/addresses/add/", {"address": "x"})
            assert (answer.status_code, answer["Location"]) == (302, "/login/")

    assert not Address.objects.exists()
