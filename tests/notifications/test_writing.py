"""Who is written to: once, in time, and only who may know and wants to."""

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from accounts.services import delete_user, register_user
from catalog import services as catalog
from catalog.models import Product, StockEntry
from events.models import Delivery, OutboxMessage
from events.services import already_told, deliver, relay
from notifications import services
from notifications.models import Letter, OptOut
from notifications.services import writing
from tests.backoffice import staff_with
from tests.factories import make_admin, make_order, make_product, make_user
from tests.notifications.helpers import (
    again,
    aged,
    make_letter,
    of,
    order_of,
    sent,
    states,
    tell,
)

pytestmark = pytest.mark.django_db


def recipients() -> set[str]:
    return set(Letter.objects.values_list("recipient", flat=True))


def move(product: Product, delta: int) -> None:
    catalog.adjust_stock(product, delta, StockEntry.Reason.CORRECTION)


# --- Once -------------------------------------------------------------------------


def test_what_is_delivered_again_is_not_written_again() -> None:
    staff_with("orders.view_order")
    order_of()
    assert len(sent()) == 2
    before = list(Letter.objects.order_by("id").values())

    for message in OutboxMessage.objects.all():
        again(message)

    assert sent() == []
    assert list(Letter.objects.order_by("id").values()) == before
    assert set(Delivery.objects.values_list("status", flat=True)) == {"done"}


def test_the_database_holds_a_letter_once() -> None:
    letter = make_letter()
    letter.pk = Letter().pk
    with pytest.raises(IntegrityError), transaction.atomic():
        letter.save(force_insert=True)


def test_a_handler_that_fails_leaves_no_letter(monkeypatch: pytest.MonkeyPatch) -> None:
    make_admin()
    order_of()
    wake = writing.wake

    def fail(ids: Any) -> None:
        raise RuntimeError("a fault")

    monkeypatch.setattr(writing, "wake", fail)
    relay()
    assert states() == []
    letters = Delivery.objects.filter(subscriber__startswith="notifications.")
    assert set(letters.values_list("status", flat=True)) == {"pending"}

    monkeypatch.setattr(writing, "wake", wake)
    Delivery.objects.update(next_attempt_at=None)
    for who in ("notifications.mail_customer", "notifications.mail_staff"):
        deliver(who, Delivery.objects.filter(subscriber=who).get().aggregate)
    assert sorted(states()) == [("order_placed", "pending"), ("staff_order", "pending")]


def test_demo_data_is_nobodys_news() -> None:
    make_admin()
    with already_told():
        order_of()
    assert sent() == []
    assert states() == []


# --- In time ----------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "expected"), [(71, 1), (73, 0)])
def test_what_happened_over_three_days_ago_is_no_news(
    hours: int, expected: int
) -> None:
    make_admin()
    make_user()
    register_user("new@example.com", "correct horse battery")
    move(make_product(stock=10), -9)
    order_of()
    for message in OutboxMessage.objects.all():
        aged(message, hours=hours)

    sent()

    kinds = {"order_placed", "staff_order", "staff_low_stock", "welcome"}
    assert {kind for kind, _ in states()} == (kinds if expected else set())
    assert set(Delivery.objects.values_list("status", flat=True)) == {"done"}


def test_a_letter_that_nobody_sent_for_three_days_is_not_sent() -> None:
    """The relay was at work, and the worker of the letters was not."""
    make_letter()
    old = make_letter()
    asked_again = make_letter(status="failed")
    past = timezone.now() - timezone.timedelta(days=4)
    Letter.objects.filter(pk__in=[old.pk, asked_again.pk]).update(created_at=past)
    services.send_again([asked_again.pk])

    assert services.send_due_letters() == 2

    old.refresh_from_db()
    assert (old.status, old.last_error) == ("canceled", "it is no news any more")


# --- To whom ----------------------------------------------------------------------


def test_staff_who_may_see_orders_are_told_of_new_ones() -> None:
    boss, clerk = make_admin(), staff_with("orders.view_order")
    staff_with("orders.change_order")
    staff_with("catalog.view_product")
    User.objects.filter(pk=staff_with("orders.view_order").pk).update(is_active=False)
    User.objects.filter(pk=staff_with("orders.view_order").pk).update(is_staff=False)
    grouped = make_user(role=User.Role.STAFF)
    group = Group.objects.create(name="Orders")
    group.permissions.add(Permission.objects.get(codename="view_order"))
    grouped.groups.add(group)
    order = order_of()

    letters = sent()

    told = {boss.email, clerk.email, grouped.email, "aliya@example.com"}
    assert {to for to, _ in of(letters)} == told
    assert len(letters) == 4
    assert order.email == "aliya@example.com"


def test_staff_who_may_see_products_are_told_of_low_stock() -> None:
    boss, clerk = make_admin(), staff_with("catalog.view_product")
    staff_with("orders.view_order")
    pot = make_product(name="Pot", stock=5)

    move(pot, -2)

    assert {to for to, _ in of(sent())} == {boss.email, clerk.email}


@pytest.mark.parametrize("role", [User.Role.STAFF, User.Role.ADMIN])
def test_who_comes_to_work_here_is_not_welcomed_as_a_customer(role: str) -> None:
    user = make_user(role=role)
    tell("user_created", user.pk, id=str(user.pk), email=user.email, role=role)

    assert sent() == []
    assert states() == []


def test_the_customers_letter_goes_to_the_address_of_the_order() -> None:
    order = order_of("kk")
    User.objects.filter(email=order.email).update(email="moved@example.com")
    relay()

    [letter] = Letter.objects.all()
    assert (letter.recipient, letter.language) == ("aliya@example.com", "kk")
    assert letter.facts == {"order_id": str(order.pk)}
    assert letter.about == str(order.pk)


@pytest.mark.parametrize("language", ["", "xx"])
def test_without_a_language_it_is_the_shops_own(language: str) -> None:
    make_letter(language=language)

    [letter] = sent()

    assert str(letter.subject) == "Добро пожаловать в Duken"


# --- Things that are gone ---------------------------------------------------------


def test_of_a_deleted_order_nothing_is_said() -> None:
    order = order_of()
    relay()
    order.delete()

    assert sent() == []
    [letter] = Letter.objects.all()
    assert letter.status == "canceled"
    assert letter.last_error == "what the letter is about is gone"


def test_of_an_order_that_is_gone_already_nothing_is_written() -> None:
    make_admin()
    order = order_of()
    order.delete()

    assert sent() == []
    # Staff were to be told; when it was their turn there was nothing to tell.
    assert states() == [("staff_order", "canceled")]


def test_a_deleted_account_is_not_welcomed() -> None:
    user = register_user("new@example.com", "correct horse battery")
    relay()
    delete_user(user, by=make_admin())

    assert sent() == []
    assert states() == [("welcome", "canceled")]


def test_orders_outlive_their_account_and_so_do_their_letters() -> None:
    order = order_of()
    relay()
    delete_user(User.objects.get(email=order.email), by=make_admin())

    assert of(sent()) == [("aliya@example.com", f"Order {order.number} is placed")]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"is_active": False}, "the account is closed"),
        ({"is_staff": False}, "the reader may not know of this any more"),
    ],
)
def test_who_left_meanwhile_is_told_nothing(change: dict[str, bool], why: str) -> None:
    staff = staff_with("orders.view_order")
    order_of()
    relay()
    User.objects.filter(pk=staff.pk).update(**change)

    assert [to for to, _ in of(sent())] == ["aliya@example.com"]
    letter = Letter.objects.get(kind="staff_order")
    assert (letter.status, letter.last_error) == ("canceled", why)


def test_who_lost_the_permission_meanwhile_is_told_nothing() -> None:
    staff = staff_with("orders.view_order")
    order_of()
    relay()
    staff.user_permissions.clear()

    assert [to for to, _ in of(sent())] == ["aliya@example.com"]


# --- Low stock: what falls together is told together ------------------------------


def test_many_products_are_one_letter_a_reader() -> None:
    boss, clerk = make_admin(language="en"), staff_with("catalog.view_product")
    products = [make_product(stock=10) for _ in range(5)]
    for product in products:
        move(product, -9)

    letters = sent()

    assert sorted(to for to, _ in of(letters)) == sorted([boss.email, clerk.email])
    for letter in letters:
        assert [p.sku in letter.body for p in products] == [True] * 5


def test_it_waits_a_minute_for_company() -> None:
    make_admin()
    move(make_product(stock=10), -9)
    relay()

    services.send_due_letters()

    [letter] = Letter.objects.all()
    assert letter.status == "pending"
    assert letter.next_attempt_at is not None
    wait = letter.next_attempt_at - letter.created_at
    assert round(wait.total_seconds()) == 60


def test_one_that_was_tried_takes_nothing_more_in() -> None:
    """The mail server may have it, and would pass over the same Message-ID."""
    make_admin()
    first, second = make_product(stock=10), make_product(stock=10)
    move(first, -9)
    relay()
    Letter.objects.update(attempts=1)
    move(second, -9)
    relay()

    told = [letter.facts["product_ids"] for letter in Letter.objects.order_by("id")]
    assert told == [[str(first.pk)], [str(second.pk)]]


def test_a_letter_holds_so_many_products_and_no_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(writing, "LOW_STOCK_PRODUCTS", 2)
    make_admin()
    products = [make_product(stock=10) for _ in range(3)]
    for product in [*products, products[0]]:
        move(product, -9)
        move(product, 9)
        relay()

    told = [
        len(letter.facts["product_ids"]) for letter in Letter.objects.order_by("id")
    ]
    assert told == [2, 2]


def test_what_is_there_again_is_not_spoken_of() -> None:
    make_admin(language="en")
    back, gone, low = (make_product(stock=10) for _ in range(3))
    for product in (back, gone, low):
        move(product, -9)
    relay()
    move(back, 20)
    catalog.delete_product(gone)

    [letter] = sent()

    assert (low.sku in letter.body, back.sku in letter.body) == (True, False)
    assert str(letter.subject) == f"Running low: {low.name}"

    move(back, -20)
    relay()
    move(back, 20)
    assert sent() == []
    assert states()[-1] == ("staff_low_stock", "canceled")


def test_the_number_of_queries_does_not_depend_on_the_staff(
    django_assert_num_queries: Any,
) -> None:
    order = make_order()
    message = OutboxMessage.objects.get(event_type="order_created")
    for count in (1, 6):
        for _ in range(count):
            staff_with("orders.view_order")
        # The staff, and their letters.
        with django_assert_num_queries(2):
            services.write_staff_order(message)
        assert Letter.objects.count() == User.objects.filter(is_staff=True).count()
        Letter.objects.all().delete()
    assert str(order.pk) == message.aggregate


def test_refusals_go_with_the_account() -> None:
    user = make_user()
    services.refuse(user, Letter.Kind.WELCOME)

    delete_user(user, by=make_admin())

    assert OptOut.objects.count() == 0
