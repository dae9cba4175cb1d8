"""Signing in and out in a chat: by password, by code, and never by accident."""

from datetime import timedelta
from typing import Any

import pytest
from axes.models import AccessAttempt
from django.utils import timezone

from accounts.models import User
from cart.services import Cart
from telegram_bot.models import Chat, Push, UsedCode
from telegram_bot.services import linking, make_code
from tests.factories import make_product, make_user
from tests.telegram.conftest import PASSWORD, People
from tests.telegram.fake import FakeTelegram, broken
from tests.telegram.people import Person

pytestmark = pytest.mark.django_db
REFUSED = "This code is not valid any more. Take a new one on the page of your account."


def signed_in_as(person: Person) -> str | None:
    chat = Chat.objects.select_related("user").get(chat_id=person.chat)
    return chat.account.email if chat.account else None


def deleted(person: Person) -> list[int]:
    return [
        int(call.params["message_id"])
        for call in person.telegram.calls
        if call.method == "deleteMessage" and call.chat == person.chat
    ]


def test_registering_opens_an_account_and_signs_in(person: Person) -> None:
    update = person.message(f"/register Aliya@Example.com {PASSWORD}")
    person.deliver(update)

    assert person.telegram.sent(person.chat) == [
        "You are signed in as aliya@example.com."
    ]
    user = User.objects.get()
    assert (user.email, user.language) == ("aliya@example.com", "en")
    assert user.check_password(PASSWORD)
    assert signed_in_as(person) == "aliya@example.com"
    assert deleted(person) == [update["message"]["message_id"]]
    assert person.sees().labels == [["Catalog", "Cart"], ["My orders"]]


@pytest.mark.parametrize(
    ("rest", "answer"),
    [
        ("", "Write it as: /register e-mail password"),
        ("a@example.com", "Write it as: /register e-mail password"),
        ("a@example.com my pass word", "Write it as: /register e-mail password"),
        ("nobody long-enough-7", "Enter a valid email address."),
        (
            "a@example.com 1234",
            "This password is too short. It must contain at least 8 characters.\n"
            "This password is too common.\n"
            "This password is entirely numeric.",
        ),
    ],
)
def test_a_bad_registration_says_why(person: Person, rest: str, answer: str) -> None:
    update = person.message(f"/register {rest}")
    person.deliver(update)

    assert person.telegram.sent(person.chat) == [answer]
    assert not User.objects.exists()
    expected = [update["message"]["message_id"]] if rest else []
    assert deleted(person) == expected


def test_a_taken_address_is_told(person: Person) -> None:
    make_user(email="aliya@example.com")
    assert person.writes(f"/register aliya@example.com {PASSWORD}") == (
        "There is already an account with this e-mail."
    )
    assert signed_in_as(person) is None


def test_who_is_signed_in_registers_nobody(customer: Person) -> None:
    assert customer.writes(f"/register other@example.com {PASSWORD}") == (
        "You are signed in as aliya@example.com.\nTo sign out: /logout"
    )
    assert User.objects.count() == 1


def test_login_and_logout(person: Person) -> None:
    make_user(email="aliya@example.com", password=PASSWORD)

    assert person.writes(f"/login ALIYA@example.com {PASSWORD}") == (
        "You are signed in as aliya@example.com."
    )
    assert signed_in_as(person) == "aliya@example.com"
    assert User.objects.get().last_login is not None
    assert person.writes("/logout") == "You are signed out here."
    assert signed_in_as(person) is None
    assert "To order, sign in" in person.writes("/logout")


@pytest.mark.parametrize(
    ("rest", "answer"),
    [
        ("aliya@example.com wrong", "The e-mail or the password is wrong."),
        ("nobody@example.com correct-horse-7", "The e-mail or the password is wrong."),
        ("aliya@example.com", "Write it as: /login e-mail password"),
        ("aliya@example.com a b", "Write it as: /login e-mail password"),
        ("\ud83d aliya", "The e-mail or the password is wrong."),
    ],
)
def test_a_failed_login_deletes_the_password_too(
    person: Person, rest: str, answer: str
) -> None:
    make_user(email="aliya@example.com", password=PASSWORD)
    update = person.message(f"/login {rest}")
    person.deliver(update)

    assert person.telegram.sent(person.chat) == [answer]
    assert deleted(person) == [update["message"]["message_id"]]
    # Before anything else: the password was on the screen for no longer than needed.
    assert person.telegram.methods()[0] == "deleteMessage"
    assert signed_in_as(person) is None


def test_a_password_that_could_not_be_deleted_is_deleted_later(
    person: Person, telegram: FakeTelegram
) -> None:
    telegram.fail("deleteMessage", broken())
    update = person.message("/login aliya@example.com wrong")
    person.deliver(update)

    assert Push.objects.get().delete_message_id == update["message"]["message_id"]
    assert telegram.sent(person.chat) == ["The e-mail or the password is wrong."]


def test_the_login_limit_counts_each_chat_alone(people: People, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 2
    make_user(email="aliya@example.com", password=PASSWORD)
    attacker, owner = people(), people()
    wrong = "The e-mail or the password is wrong."
    locked = "Too many failed attempts to sign in. Please try again later."

    said = [attacker.writes("/login aliya@example.com guess") for _ in range(3)]
    assert said == [wrong, wrong, locked]
    assert attacker.writes(f"/login aliya@example.com {PASSWORD}") == locked
    assert owner.writes(f"/login aliya@example.com {PASSWORD}") == (
        "You are signed in as aliya@example.com."
    )


def test_an_account_has_so_many_tries_in_all_chats_together(
    people: People, settings: Any
) -> None:
    settings.LOGIN_FAILURE_LIMIT_ACCOUNT = 2
    make_user(email="aliya@example.com", password=PASSWORD)
    for _ in range(2):
        people().writes("/login aliya@example.com guess")

    owner = people()

    assert owner.writes(f"/login aliya@example.com {PASSWORD}") == (
        "Too many failed attempts to sign in. Please try again later."
    )
    assert signed_in_as(owner) is None


def test_a_good_login_clears_the_count(person: Person, settings: Any) -> None:
    settings.AXES_FAILURE_LIMIT = 3
    make_user(email="aliya@example.com", password=PASSWORD)
    for _ in range(3):
        person.writes("/login aliya@example.com guess")
        person.writes(f"/login aliya@example.com {PASSWORD}")
        assert not AccessAttempt.objects.exists()


def test_a_code_links_the_chat_once(people: People) -> None:
    first, second = people(), people()
    user = make_user(email="aliya@example.com")
    code = make_code(user)

    assert len(code) <= 64 and code.replace("-", "").replace("_", "").isalnum()
    assert first.writes(f"/start {code}") == "You are signed in as aliya@example.com."
    assert second.writes(f"/start {code}") == REFUSED
    assert [signed_in_as(first), signed_in_as(second)] == ["aliya@example.com", None]
    first.writes("/logout")
    assert first.writes(f"/start {code}") == REFUSED
    assert signed_in_as(first) is None
    assert code not in UsedCode.objects.get().digest


def test_two_codes_of_one_page_are_two(person: Person) -> None:
    user = make_user()
    assert make_code(user) != make_code(user)


def forged(user: User, code: str) -> str:
    stranger = make_user()
    raw = linking.urlsafe_b64decode(code + "==")
    return linking.urlsafe_b64encode(stranger.pk.bytes + raw[16:]).decode().rstrip("=")


def expired(user: User, code: str) -> str:
    now = linking.time.time()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(linking.time, "time", lambda: now - 15 * 60 - 1)
        return make_code(user)


def of_the_old_password(user: User, code: str) -> str:
    user.set_password("another-horse-8")
    user.save()
    return code


def of_nobody_any_more(user: User, code: str) -> str:
    user.is_active = False
    user.save()
    return code


@pytest.mark.parametrize(
    "spoil",
    [
        forged,
        expired,
        of_the_old_password,
        of_nobody_any_more,
        lambda user, code: code[:-1] + ("A" if code[-1] != "A" else "B"),
        lambda user, code: code[:-1],
        lambda user, code: code + "A",
        lambda user, code: code + "*",
        lambda user, code: "hello",
        lambda user, code: "код",
        lambda user, code: "x" * 10_000,
    ],
)
def test_a_code_that_is_not_good_is_refused(person: Person, spoil: Any) -> None:
    user = make_user()
    assert person.writes(f"/start {spoil(user, make_code(user))}") == REFUSED
    assert signed_in_as(person) is None
    assert not UsedCode.objects.exists()


def test_a_code_of_somebody_else_changes_who_is_signed_in(customer: Person) -> None:
    other = make_user(email="other@example.com")
    assert customer.writes(f"/start {make_code(other)}") == (
        "You are signed in as other@example.com."
    )
    assert signed_in_as(customer) == "other@example.com"


@pytest.mark.parametrize("way", ["login", "code", "register"])
def test_the_cart_of_before_comes_along(person: Person, way: str) -> None:
    product = make_product(stock=5)
    person.writes(f"/product {product.number}")
    person.presses("Add to cart")
    if way == "register":
        person.writes(f"/register aliya@example.com {PASSWORD}")
        user = User.objects.get()
    else:
        user = make_user(email="aliya@example.com", password=PASSWORD)
        Cart.of_user(user).add(product.pk, 1)
        by_code = way == "code"
        code = make_code(user)
        person.writes(
            f"/start {code}" if by_code else f"/login {user.email} {PASSWORD}"
        )

    pieces = 1 if way == "register" else 2
    assert Cart.of_user(user).stored().lines == {product.pk: pieces}
    assert Cart(f"anon:tg-{person.chat}").stored().lines == {}


def test_a_deactivated_account_is_signed_out_and_nothing_is_done(
    customer: Person,
) -> None:
    product = make_product()
    User.objects.update(is_active=False)

    told = "Your account is switched off, so you are signed out here."
    assert customer.writes(f"/order {product.number}:1") == told
    product.refresh_from_db()
    assert product.stock == 10
    assert Chat.objects.get(chat_id=customer.chat).user is None
    # From now on as anybody who has not signed in.
    assert "To order, sign in" in customer.writes(f"/order {product.number}:1")
    assert customer.writes(f"/login aliya@example.com {PASSWORD}") == (
        "The e-mail or the password is wrong."
    )


def test_a_button_of_a_deactivated_account_does_nothing(customer: Person) -> None:
    product = make_product()
    customer.writes(f"/product {product.number}")
    User.objects.update(is_active=False)
    customer.presses("Add to cart")
    assert Cart.of_user(User.objects.get()).count() == 0
    assert customer.sees().text == (
        "Your account is switched off, so you are signed out here."
    )


def test_a_new_password_signs_the_chat_out(customer: Person) -> None:
    user = User.objects.get()
    user.set_password("another-horse-8")
    user.save()

    assert customer.writes("/orders") == (
        "Your password was changed, so you are signed out here: /login"
    )
    assert signed_in_as(customer) is None


def test_a_deleted_account_leaves_the_chat(customer: Person) -> None:
    from accounts import services
    from tests.factories import make_admin

    services.delete_user(User.objects.get(), by=make_admin())
    assert "To order, sign in" in customer.writes("/orders")


def test_old_codes_are_forgotten(person: Person) -> None:
    from telegram_bot.services import forget_old

    person.writes(f"/start {make_code(make_user())}")
    forget_old()
    assert UsedCode.objects.count() == 1
    UsedCode.objects.update(used_at=timezone.now() - timedelta(days=2))
    forget_old()
    assert UsedCode.objects.count() == 0
