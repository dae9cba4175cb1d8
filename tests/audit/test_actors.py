"""Whose change it is, whichever way they came in."""

import threading
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.test import Client

from accounts.models import User
from accounts.services import update_user
from catalog import services
from orders.models import DeliveryMethod
from shop import audit
from tests.accounts.conftest import bearer, log_in, post
from tests.api import client_of
from tests.audit.books import Statements, entries, newest
from tests.backoffice import filled, office, staff_in
from tests.factories import make_admin, make_product, make_user

pytestmark = pytest.mark.django_db


def test_the_bearer_of_a_token() -> None:
    boss, product = staff_in("manager"), make_product(price="1.00")
    path = f"/api/products/{product.pk}"
    assert client_of(boss).patch(path, {"price": "2.00"}).status_code == 200
    assert newest(product) == ("update", boss.email, {"price": ["1.00", "2.00"]})


def test_the_bearer_of_a_token_where_nothing_but_the_request_knows() -> None:
    """Categories and templates are changed by services that are told no actor."""
    writer = staff_in("content")
    answer = client_of(writer).post("/api/categories", {"name": "Чай"})
    category = LogEntry.objects.get(content_type__model="category")
    assert (category.actor, category.object_pk) == (writer, answer.json()["id"])
    answer = client_of(writer).post("/api/templates", {"name": "Tea", "schema": {}})
    template = LogEntry.objects.get(content_type__model="spectemplate")
    assert (template.actor, template.object_pk) == (writer, answer.json()["id"])


def test_a_token_wins_over_a_session() -> None:
    """As it does for the rights: the history names whose rights they were."""
    boss, other = staff_in("manager"), make_admin()
    product = make_product(price="1.00")
    client = Client()
    client.force_login(other)
    answer = client.patch(
        f"/api/products/{product.pk}", {"price": "2.00"},
        content_type="application/json", headers=bearer(boss),
    )  # fmt: skip
    assert answer.status_code == 200
    assert newest(product)[1] == boss.email


def test_the_cookie_of_a_login() -> None:
    User.objects.create_user("aliya@example.com", "correct horse battery")
    client = Client()
    assert log_in(client).status_code == 200
    user = User.objects.get()
    token = client.cookies["csrftoken"].value
    answer = client.patch(
        "/api/users/me", {"full_name": "Aliya"}, content_type="application/json",
        headers={"X-CSRFToken": token},
    )  # fmt: skip
    assert answer.status_code == 200
    assert newest(user) == ("update", user.email, {"full_name": ["", "Aliya"]})


def test_the_session_of_the_back_office() -> None:
    boss, method = staff_in("manager"), DeliveryMethod.objects.get(code="post")
    page = f"/admin/orders/deliverymethod/{method.pk}/change/"
    client = office(boss)
    data = filled(client.get(page), price="2600")
    assert client.post(page, data).status_code == 302
    assert newest(method) == ("update", boss.email, {"price": ["2500.00", "2600"]})
    entry = LogEntry.objects.get(object_pk=str(method.pk))
    assert entry.actor_email == boss.email


def test_nobody_at_a_terminal() -> None:
    product = make_product(price="1.00")
    services.update_product(product.pk, price=2)
    assert newest(product)[:2] == ("update", None)


def test_whoever_a_task_acts_for() -> None:
    boss, other, category = make_admin(), make_admin(), None
    with audit.acting(boss):
        category = services.create_category(name="Чай")
        product = make_product(actor=other)
    assert newest(category)[1] == boss.email
    # A service that is told for whom knows better.
    assert newest(product)[1] == other.email
    services.update_category(category, name="Кофе")
    assert newest(category)[1] is None


def test_two_requests_at_once_do_not_mix() -> None:
    """Each thread has whom it answers, and none has when it is done."""
    first, second = make_admin(), make_admin()
    found: dict[str, Any] = {}
    both_in = threading.Barrier(2)

    def work(user: User) -> None:
        with audit.acting(user):
            both_in.wait(10)
            found[user.email] = audit.current_actor()
            both_in.wait(10)
        found[f"{user.email} after"] = audit.current_actor()

    threads = [threading.Thread(target=work, args=[user]) for user in (first, second)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == {
        first.email: first, second.email: second,
        f"{first.email} after": None, f"{second.email} after": None,
    }  # fmt: skip


def test_who_only_looks_is_not_looked_for() -> None:
    """Nobody is asked for before something is written."""
    make_product()
    client = Client()
    client.force_login(make_user())
    with Statements() as before:
        client.get("/api/products?page_size=1")
    assert not before.of_the_history
    with Statements() as anonymous:
        Client().get("/health")
    assert not [q for q in anonymous.captured_queries if "accounts_user" in q["sql"]]


def test_an_account_that_is_gone_has_left_its_name() -> None:
    boss, product = staff_in("manager"), make_product()
    services.update_product(product.pk, actor=boss, price=2)
    client = client_of(make_admin())
    User.objects.filter(pk=boss.pk).update(is_staff=False)
    assert client.delete(f"/api/users/{boss.pk}").status_code == 204
    entry = LogEntry.objects.get(object_pk=str(product.pk), action=1)
    assert (entry.actor, entry.actor_email) == (None, boss.email)
    deletion = LogEntry.objects.get(object_pk=str(boss.pk), action=2)
    assert deletion.object_repr == boss.email


def test_no_address_of_a_machine_is_kept() -> None:
    user = make_user()
    client = client_of(user, REMOTE_ADDR="203.0.113.7")
    assert client.patch("/api/users/me", {"full_name": "N"}).status_code == 200
    for entry in LogEntry.objects.all():
        assert (entry.remote_addr, entry.remote_port, entry.cid) == (None, None, None)


def test_whoever_registers_is_not_somebody_else() -> None:
    client = Client()
    data = {"email": "new@example.com", "password": "correct horse battery"}
    assert post(client, "/auth/register", data).status_code == 201
    user = User.objects.get()
    assert [entry[:2] for entry in entries(user)] == [("create", None)]
    update_user(user, full_name="New")
    assert newest(user) == ("update", None, {"full_name": ["", "New"]})
