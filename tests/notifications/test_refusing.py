"""Saying no to letters: by the link in them, by a mail program, in the account."""

import re
from typing import Any

import pytest
from django.core.signing import Signer
from django.test import Client

from accounts.models import User
from accounts.services import delete_user
from notifications import services
from notifications.models import Letter, OptOut
from notifications.services.choosing import SALT, unsubscribe_url
from orders.models import Order
from tests.backoffice import staff_with
from tests.factories import make_admin, make_order, make_user
from tests.notifications.helpers import html_of, make_letter, of, sent

pytestmark = pytest.mark.django_db
PAGE = "/account/letters/"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def staff() -> User:
    return staff_with("orders.view_order")


def address_in(letter: Any) -> str:
    """The way out that the letter names, without the shop's own address."""
    header = letter.extra_headers["List-Unsubscribe"]
    found = re.fullmatch(r"<http://testserver(/letters/unsubscribe/[^>]+)>", header)
    assert found
    return found[1]


def staff_address(staff: User) -> str:
    make_order()
    [letter] = [letter for letter in sent() if letter.to == [staff.email]]
    return address_in(letter)


def english(**headers: str) -> Client:
    return Client(
        headers={"accept-language": "en", **headers}, enforce_csrf_checks=True
    )


def test_the_letter_names_the_way_out_three_times(staff: User) -> None:
    make_order()
    customers, told = sorted(sent(), key=lambda letter: letter.to == [staff.email])

    address = address_in(told)
    assert f"http://testserver{address}" in told.body
    assert f'href="http://testserver{address}"' in html_of(told)
    headers = told.extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    # What belongs to a purchase cannot be refused.
    assert "List-Unsubscribe" not in customers.extra_headers


def test_a_look_changes_nothing_and_the_button_does(staff: User) -> None:
    address = staff_address(staff)
    client = english()

    page = client.get(address)
    assert page.status_code == 200
    assert "Do you want no more letters of this kind: new order, to staff?" in page.text
    assert OptOut.objects.count() == 0

    done = client.post(address)
    assert done.status_code == 200
    assert "You get no more letters of this kind: new order, to staff." in done.text
    assert list(OptOut.objects.values_list("user", "kind")) == [
        (staff.pk, "staff_order")
    ]
    make_order()
    assert staff.email not in {to for to, _ in of(sent())}

    # As often as one likes.
    assert client.post(address).status_code == 200
    assert client.get(address).status_code == 200
    assert OptOut.objects.count() == 1


def test_a_mail_program_does_it_in_one_click(staff: User) -> None:
    """RFC 8058: a POST without cookies, and an answer that leads nowhere else."""
    address = staff_address(staff)

    response = english().post(address, ONE_CLICK)

    assert response.status_code == 200
    assert services.refused_kinds(staff) == {"staff_order"}


def test_only_that_kind_is_refused(staff: User) -> None:
    boss = make_admin()
    english().post(unsubscribe_path(boss, "staff_order"))

    make_order()
    letters = {to for to, _ in of(sent())}
    assert staff.email in letters and boss.email not in letters
    assert services.refused_kinds(boss) == {"staff_order"}
    assert services.refused_kinds(staff) == set()


def unsubscribe_path(user: User, kind: str) -> str:
    return unsubscribe_url(user, kind).removeprefix("http://testserver")


def test_it_holds_for_what_is_on_its_way(staff: User) -> None:
    letter = make_letter()
    user = User.objects.get(email=letter.recipient)

    english().post(unsubscribe_path(user, "welcome"))

    assert sent() == []
    letter.refresh_from_db()
    assert letter.status == "canceled"
    assert letter.last_error == "the reader wants no such letters"


def forged(user: User) -> list[str]:
    name = f"{user.pk.hex}-staff_order"
    good = Signer(salt=SALT, sep=".").sign(name)
    signature = good.rpartition(".")[2]
    return [
        "x",
        ".",
        name,
        f"{name}.",
        f"{name}.{signature[:-1]}",
        f"{user.pk.hex}-welcome.{signature}",
        Signer(salt="orders.access", sep=".").sign(name),
        Signer(salt=SALT, sep=".").sign(f"{user.pk.hex}-order_paid"),
        Signer(salt=SALT, sep=".").sign(f"{user.pk.hex}-"),
        f"{good}\x00",
    ]


@pytest.mark.parametrize("n", range(10))
def test_an_address_that_we_did_not_make_is_not_there(staff: User, n: int) -> None:
    address = f"/letters/unsubscribe/{forged(staff)[n]}/"

    for response in (english().get(address), english().post(address, ONE_CLICK)):
        assert response.status_code == 404
    assert OptOut.objects.count() == 0


def test_whoever_is_gone_refuses_nothing(staff: User) -> None:
    address = staff_address(staff)
    delete_user(staff, by=make_admin())

    assert english().post(address, ONE_CLICK).status_code == 404


@pytest.mark.django_db(transaction=True)
def test_who_is_deleted_at_that_moment_leaves_no_error(staff: User) -> None:
    gone = User(pk=User().pk)

    services.refuse(gone, "staff_order")

    assert OptOut.objects.count() == 0


def test_other_methods_are_not_answered(staff: User) -> None:
    address = unsubscribe_path(staff, "staff_order")

    assert english().put(address).status_code == 405
    assert english().delete(address).status_code == 405
    assert english().head(address).status_code == 200


# --- In the account ---------------------------------------------------------------


def test_a_visitor_is_asked_to_sign_in() -> None:
    response = english().get(PAGE)
    assert (response.status_code, response["Location"]) == (302, f"/login/?next={PAGE}")


def test_staff_switch_their_letters_off_and_on(staff: User) -> None:
    client = Client(headers={"accept-language": "en"})
    client.force_login(staff)

    page = client.get(PAGE)
    assert 'name="kind" value="staff_order"' in page.text
    assert "New order, to staff" in page.text
    assert "Low stock" not in page.text

    off = client.post(PAGE, {"kind": "staff_order", "refuse": ""}, follow=True)
    assert "Your choice is saved." in off.text and "Switch on" in off.text
    assert services.refused_kinds(staff) == {"staff_order"}

    on = client.post(PAGE, {"kind": "staff_order", "want": ""}, follow=True)
    assert "Switch off" in on.text
    assert services.refused_kinds(staff) == set()
    make_order()
    assert staff.email in {to for to, _ in of(sent())}


def test_a_customer_has_nothing_to_choose_until_something_was_refused() -> None:
    user = make_user()
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)

    assert 'name="kind"' not in client.get(PAGE).text
    assert client.post(PAGE, {"kind": "welcome", "refuse": ""}).status_code == 404

    client.post(unsubscribe_path(user, "welcome"))
    page = client.get(unsubscribe_path(user, "welcome"))
    assert f'href="{PAGE}"' in page.text
    assert "Welcome" in client.get(PAGE).text
    client.post(PAGE, {"kind": "welcome", "want": ""})
    assert services.refused_kinds(user) == set()


@pytest.mark.parametrize("kind", ["", "order_paid", "staff_low_stock", "x" * 100])
def test_what_one_does_not_get_cannot_be_chosen(staff: User, kind: str) -> None:
    client = Client()
    client.force_login(staff)

    assert client.post(PAGE, {"kind": kind, "refuse": ""}).status_code == 404
    assert OptOut.objects.count() == 0


def test_the_account_is_guarded_against_other_sites(staff: User) -> None:
    client = english()
    client.force_login(staff)

    response = client.post(PAGE, {"kind": "staff_order", "refuse": ""})

    assert response.status_code == 403
    assert OptOut.objects.count() == 0


def test_the_account_page_leads_there(staff: User) -> None:
    client = Client()
    client.force_login(staff)

    assert f'href="{PAGE}"' in client.get("/account/").text


def test_each_kind_is_either_optional_or_part_of_a_purchase() -> None:
    events = {"order_placed", "order_paid", "order_shipped", "order_canceled"}
    required = {*Letter.Kind.values} - {*Letter.OPTIONAL}
    assert required == events | {"order_refunded"}
    assert Order.objects.count() == 0
