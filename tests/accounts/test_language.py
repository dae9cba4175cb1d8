"""The language of letters follows the language in which somebody reads the shop."""

from typing import Any

import pytest
from django.test import Client

from accounts.models import User
from accounts.services import issue_tokens, remember_language
from tests.accounts.conftest import PASSWORD, events

pytestmark = pytest.mark.django_db


def choose(client: Client, language: str) -> Any:
    return client.post("/i18n/setlang/", {"language": language, "next": "/cart/"})


def language_of(user: User) -> str:
    return User.objects.get(pk=user.pk).language


@pytest.mark.parametrize("language", ["ru", "kk", "en"])
def test_it_follows_whoever_is_signed_in(
    client: Client, user: User, language: str
) -> None:
    client.force_login(user)

    response = choose(client, language)

    assert (response.status_code, response["Location"]) == (302, "/cart/")
    assert response.cookies["django_language"].value == language
    assert language_of(user) == language
    assert events() == []


def test_it_follows_who_signed_in_through_the_api(client: Client, user: User) -> None:
    client.cookies["access_token"] = issue_tokens(user)["access_token"]

    choose(client, "kk")

    assert language_of(user) == "kk"


@pytest.mark.parametrize("language", ["", "xx", "de", "<b>", "ru\x00"])
def test_no_other_language_gets_in(client: Client, user: User, language: str) -> None:
    client.force_login(user)
    choose(client, "kk")

    assert choose(client, language).status_code == 302
    assert language_of(user) == "kk"


def test_a_visitors_choice_is_nobodys(client: Client, user: User) -> None:
    response = choose(client, "kk")

    assert response.cookies["django_language"].value == "kk"
    assert language_of(user) == ""


def test_a_look_changes_nothing(client: Client, user: User) -> None:
    client.force_login(user)

    client.get("/i18n/setlang/", {"language": "kk"})

    assert language_of(user) == ""


def sign_in(browser: Client, user: User) -> Any:
    answer = browser.post("/login/", {"email": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return answer


def test_it_comes_along_to_another_device(client: Client, user: User) -> None:
    client.force_login(user)
    choose(client, "kk")
    phone = Client(headers={"accept-language": "ru"})

    sign_in(phone, user)

    page = phone.get("/cart/").content.decode()
    assert '<html lang="kk">' in page
    # It is the browser's own from now on, as if it had been chosen there.
    phone.post("/logout/")
    assert '<html lang="kk">' in phone.get("/cart/").content.decode()


def test_what_this_browser_chose_is_not_turned_back(client: Client, user: User) -> None:
    remember_language(user, "kk")
    choose(client, "en")

    answer = sign_in(client, user)

    assert "django_language" not in answer.cookies
    assert '<html lang="en">' in client.get("/cart/").content.decode()


@pytest.mark.parametrize("language", ["", "xx"])
def test_an_account_without_a_language_sets_none(
    client: Client, user: User, language: str
) -> None:
    User.objects.update(language=language)

    assert "django_language" not in sign_in(client, user).cookies


def test_the_choice_once_more_writes_nothing(
    client: Client, user: User, django_assert_num_queries: Any
) -> None:
    remember_language(user, "kk")
    with django_assert_num_queries(1):
        remember_language(user, "kk")
    assert language_of(user) == "kk"


def test_staff_see_and_set_it(client: Client, user: User, admin_user: User) -> None:
    client.force_login(admin_user)
    page = f"/admin/accounts/user/{user.pk}/change/"
    form = client.get(page).context["adminform"].form
    own = {name: value for name, value in form.initial.items() if value is not None}
    own |= {"addresses-TOTAL_FORMS": 0, "addresses-INITIAL_FORMS": 0}

    assert client.post(page, {**own, "language": "kk"}).status_code == 302
    assert language_of(user) == "kk"
