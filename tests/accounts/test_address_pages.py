"""One's own addresses on pages; without JavaScript, as every page."""

from collections.abc import Callable
from uuid import uuid4

import pytest
from django.test import Client

from accounts import services
from accounts.models import Address, User
from tests.pages import html, queries, text

pytestmark = pytest.mark.django_db
LIST = "/account/addresses/"


@pytest.fixture
def shopper(user: User) -> Client:
    client = Client(headers={"Accept-Language": "en"})
    client.force_login(user)
    return client


@pytest.fixture
def home(user: User) -> Address:
    return services.add_address(
        user, title="Home", phone="+77011234567", address="Алматы, Абая 1"
    )


def test_the_account_leads_to_them(shopper: Client) -> None:
    assert f'href="{LIST}"' in html(shopper.get("/account/"))
    page = shopper.get(LIST)
    assert html(page).count("<h1") == 1
    assert "No address is saved yet." in text(page)


def test_an_address_is_added(shopper: Client, user: User) -> None:
    services.update_user(user, full_name="Алия", phone="+77011234567")
    page = html(shopper.get(f"{LIST}add/"))
    assert page.count("<h1") == 1
    assert 'value="Алия"' in page
    assert 'value="+7 701 123 4567"' in page

    data = {"title": "Home", "full_name": "Алия", "phone": "", "address": " Абая 1 "}
    answer = shopper.post(f"{LIST}add/", data, follow=True)

    assert answer.redirect_chain == [(LIST, 302)]
    assert "The address is saved." in html(answer)
    assert "Home default Абая 1 Алия" in text(answer)
    saved = Address.objects.get()
    assert (saved.user, saved.address, saved.is_default) == (user, "Абая 1", True)


def test_an_address_is_changed(shopper: Client, home: Address) -> None:
    page = shopper.get(f"{LIST}{home.pk}/")
    assert "Change the address" in text(page)
    assert 'value="Алматы, Абая 1"' in html(page)

    data = {"title": "Office", "phone": "8 701 123 45 67", "address": "Астана"}
    assert shopper.post(f"{LIST}{home.pk}/", data)["Location"] == LIST

    home.refresh_from_db()
    told = (home.title, home.address, home.phone, home.is_default)
    assert told == ("Office", "Астана", "+77011234567", True)


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"address": ""}, "address"),
        ({"address": "x" * 501}, "address"),
        ({"address": "\x00"}, "address"),
        ({"title": "x" * 61}, "title"),
        ({"full_name": "x" * 151}, "full_name"),
        ({"phone": "1"}, "phone"),
        ({"phone": "7" * 10_000}, "phone"),
        ({"phone": "+7701\x001234567"}, "phone"),
    ],
)
@pytest.mark.parametrize("heading", ["Add an address", "Change the address"])
def test_what_is_wrong_is_told_beside_its_field(
    shopper: Client, home: Address, data: dict[str, str], field: str, heading: str
) -> None:
    before = Address.objects.values().get()
    path = f"{LIST}add/" if heading.startswith("Add") else f"{LIST}{home.pk}/"

    page = shopper.post(path, {"address": "Астана", **data})

    assert page.status_code == 200
    assert heading in text(page)
    assert list(page.context["form"].errors) == [field]
    assert f'id="id_{field}_error"' in html(page)
    assert Address.objects.values().get() == before


def test_another_is_made_the_default_and_deleted(
    shopper: Client, user: User, home: Address
) -> None:
    other = services.add_address(user, title="Office", address="Астана")

    answer = shopper.post(f"{LIST}{other.pk}/default/", follow=True)
    assert "Office default Астана" in text(answer)
    assert user.addresses.get(is_default=True) == other

    answer = shopper.post(f"{LIST}{other.pk}/delete/", follow=True)
    assert "Office" not in text(answer)
    assert user.addresses.get(is_default=True) == home


def test_the_twentieth_is_the_last(shopper: Client, user: User) -> None:
    for n in range(20):
        services.add_address(user, address=f"Абая {n}")
    assert f"{LIST}add/" not in html(shopper.get(LIST))

    page = shopper.post(f"{LIST}add/", {"address": "Астана"})

    assert page.status_code == 200
    assert "You have 20 saved addresses, and no more fit." in text(page)
    assert user.addresses.count() == 20


def test_somebody_elses_is_not_there(
    shopper: Client, make_user: Callable[..., User]
) -> None:
    theirs = services.add_address(make_user("other@example.com"), address="Чужой дом")
    for pk in (theirs.pk, uuid4()):
        path = f"{LIST}{pk}/"
        assert shopper.get(path).status_code == 404
        assert shopper.post(path, {"address": "x"}).status_code == 404
        assert shopper.post(f"{path}default/").status_code == 404
        assert shopper.post(f"{path}delete/").status_code == 404
    assert "Чужой дом" not in text(shopper.get(LIST))
    theirs.refresh_from_db()
    assert theirs.address == "Чужой дом"


def test_changes_are_posts_with_the_token(user: User, home: Address) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(user)
    for path in (f"{LIST}{home.pk}/delete/", f"{LIST}{home.pk}/default/"):
        assert client.get(path).status_code == 405
        assert client.post(path).status_code == 403
    assert client.post(f"{LIST}add/", {"address": "x"}).status_code == 403
    assert Address.objects.get() == home


@pytest.mark.parametrize("path", ["", "add/", f"{uuid4()}/"])
def test_visitors_are_asked_to_sign_in(client: Client, path: str) -> None:
    answer = client.get(f"{LIST}{path}")
    assert (answer.status_code, answer["Location"]) == (
        302,
        f"/login/?next={LIST}{path}",
    )


def test_the_list_takes_the_same_queries_for_each_length(
    shopper: Client, user: User
) -> None:
    services.add_address(user, address="Абая 1")
    few = queries(shopper, LIST)
    for n in range(9):
        services.add_address(user, address=f"Абая {n}")
    assert queries(shopper, LIST) == few
