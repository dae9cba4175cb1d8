"""Staff answer a letter: who wants to be told, or forgotten."""

import pytest
from auditlog.models import LogEntry
from django.contrib.admin.models import LogEntry as AdminEntry
from django.urls import reverse

from accounts.models import User
from orders import services as orders
from orders.models import Order
from tests.backoffice import messages, office, staff_with
from tests.factories import make_admin, make_order, make_product, make_user
from tests.pages import html

pytestmark = pytest.mark.django_db


@pytest.fixture
def customer() -> User:
    return make_user(email="zarina@example.com")


def page_of(user: User) -> str:
    return reverse("admin:accounts_user_personal_data", args=[user.pk])


def test_the_account_s_page_leads_there(customer: User) -> None:
    change = reverse("admin:accounts_user_change", args=[customer.pk])
    assert page_of(customer) in html(office().get(change))
    clerk = office(staff_with("accounts.view_user", "accounts.change_user"))
    assert page_of(customer) not in html(clerk.get(change))
    assert clerk.get(page_of(customer)).status_code == 403


def test_the_file_has_what_a_guest_bought_too(customer: User) -> None:
    checkout = orders.Checkout(email="Zarina@example.com")
    line = orders.Line(make_product().pk, 1)
    guest_s = orders.place_order([line], checkout, owner="anon:1").order

    answer = office().post(page_of(customer), {"download": "1"})

    assert answer["Content-Disposition"].startswith("attachment")
    assert [o["number"] for o in answer.json()["orders"]] == [guest_s.number]
    # Who has read all of it stands in the history.
    assert AdminEntry.objects.filter(object_id=str(customer.pk)).count() == 1


def test_staff_forget_after_typing_the_address(customer: User) -> None:
    boss = make_admin()
    order = make_order(customer)
    Order.objects.update(status="completed")

    wrong = office(boss).post(page_of(customer), {"email": "other@example.com"})
    assert wrong.context["form"].errors == {
        "email": ["This is not the account's e-mail address."]
    }
    done = office(boss).post(page_of(customer), {"email": " ZARINA@example.com"})

    assert done["Location"] == reverse("admin:accounts_user_changelist")
    assert not User.objects.filter(pk=customer.pk).exists()
    order.refresh_from_db()
    assert order.is_forgotten
    last = LogEntry.objects.filter(object_pk=str(customer.pk)).latest("pk")
    assert (last.actor, last.object_repr) == (boss, "—")


def test_what_stands_in_the_way_is_named(customer: User) -> None:
    order = make_order(customer)

    shown = html(office().get(page_of(customer)))
    assert f"Order {order.number} is not completed yet." in shown
    assert "Delete and forget" not in shown
    refused = office().post(page_of(customer), {"email": customer.email})
    assert "is not completed yet" in str(refused.context["form"].errors)
    assert User.objects.filter(pk=customer.pk).exists()


def test_nobody_does_it_to_themselves_or_to_an_administrator(customer: User) -> None:
    boss = make_admin()
    clerk = staff_with("accounts.view_user", "accounts.delete_user")

    assert office(boss).get(page_of(boss)).status_code == 403
    assert office(clerk).get(page_of(boss)).status_code == 403
    assert office(clerk).get(page_of(customer)).status_code == 200


def test_the_list_says_what_was_done(customer: User) -> None:
    done = office().post(page_of(customer), {"email": customer.email}, follow=True)
    assert messages(done) == ["The account is deleted and forgotten."]
