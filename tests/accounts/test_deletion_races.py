"""Somebody is deleted while they are at work, on real threads."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from django.test import Client

from accounts import services
from accounts.models import User
from accounts.services import people
from orders import services as orders
from orders.models import Order
from orders.services import changing, placing
from tests.accounts.conftest import bearer, events
from tests.concurrency.helpers import PATIENCE, run_together
from tests.factories import make_order, make_product

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def let_somebody_wait_for_us() -> None:
    """Until another connection waits for a lock that this one holds."""
    deadline = time.monotonic() + 10
    waiting = "SELECT 1 FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(%s)"
    with connection.cursor() as cursor:
        while time.monotonic() < deadline:
            cursor.execute(waiting % "pg_blocking_pids(pid)")
            if cursor.fetchone():
                return
    raise AssertionError("Nobody waits.")


def cancel_and_delete(order: Order, user: User, admin: User) -> list[Any]:
    """The order is held, its owner is being deleted, and then the order goes on."""
    held = threading.Event()

    def cancel() -> None:
        with transaction.atomic():
            orders.cancel_order(order.pk, actor=user)
            held.set()
            let_somebody_wait_for_us()

    def delete() -> None:
        assert held.wait(PATIENCE)
        services.delete_user(user, by=admin)

    return run_together(lambda act: act(), [cancel, delete])


def test_who_cancels_while_being_deleted_has_canceled(
    user: User, admin_user: User
) -> None:
    order = make_order(user)

    assert cancel_and_delete(order, user, admin_user) == [None, None]

    after = Order.objects.get()
    assert (after.status, after.user, after.email) == ("canceled", None, user.email)
    assert [row.actor for row in after.history.all()] == [None, None]
    assert not User.objects.filter(pk=user.pk).exists()


def test_with_the_key_taken_first_they_wait_for_each_other(
    user: User, admin_user: User
) -> None:
    """The twin: the user's key, then the orders."""
    order = make_order(user)

    def key_first(user: User) -> None:
        User.objects.select_for_update().get(pk=user.pk)

    with patch.object(people, "let_go", key_first):
        results = cancel_and_delete(order, user, admin_user)

    assert [type(r) for r in results if r is not None] == [OperationalError]


@contextmanager
def before_the_key_is_taken(act: Any) -> Iterator[None]:
    """Run it elsewhere, once, when this connection is about to lock the user's key."""
    acts = [act]

    def watch(execute: Any, sql: str, params: Any, many: bool, context: Any) -> Any:
        if acts and sql.endswith("FOR UPDATE"):
            elsewhere(acts.pop())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(watch):
        yield
    assert not acts


def elsewhere(act: Any) -> None:
    [result] = run_together(lambda act: act(), [act])
    if isinstance(result, Exception):
        raise result


def test_an_order_that_slips_in_is_let_go_too(user: User, admin_user: User) -> None:
    make_order(user)

    with before_the_key_is_taken(lambda: make_order(user)):
        services.delete_user(user, by=admin_user)

    assert [order.user for order in Order.objects.all()] == [None, None]
    assert not User.objects.filter(pk=user.pk).exists()
    assert [kind for kind, _ in events()].count("user_deleted") == 1


def gone_before(module: Any, name: str, user: User, admin: User) -> Any:
    """Patch a step of a request: its user is deleted just before it."""
    step = getattr(module, name)

    def first_delete(*args: Any, **kwargs: Any) -> Any:
        elsewhere(lambda: services.delete_user(user, by=admin))
        return step(*args, **kwargs)

    return patch.object(module, name, first_delete)


def call(client: Client, what: str, user: User, order: Order) -> Any:
    head = bearer(user)
    json = {"content_type": "application/json", "headers": head}
    if what == "order":
        sku = order.items.get().sku
        body = {"items": [{"sku": sku, "quantity": 1}], "customer_email": "a@b.kz"}
        return client.post("/api/orders", body, **json)
    if what == "cancel":
        return client.patch(f"/api/orders/{order.pk}/cancel", {}, **json)
    return client.patch("/api/users/me", {"full_name": "Aliya"}, **json)


@pytest.mark.parametrize(
    ("what", "module", "step"),
    [
        ("order", placing, "_claim"),
        ("cancel", changing, "lock_order"),
        ("profile", people, "save_user"),
    ],
)
def test_a_token_of_somebody_just_deleted_is_refused(
    client: Client, user: User, admin_user: User, what: str, module: Any, step: str
) -> None:
    order = make_order(user, (make_product(stock=5), 1))

    with gone_before(module, step, user, admin_user):
        response = call(client, what, user, order)

    assert response.status_code == 401
    assert response.json()["code"] == "not_authenticated"
    assert response["WWW-Authenticate"] == 'Bearer realm="api"'
    after = Order.objects.get()
    assert after.status == "pending"
    assert after.items.get().product.stock == 4


def test_a_page_sends_them_to_the_login(
    client: Client, user: User, admin_user: User
) -> None:
    client.force_login(user)

    with gone_before(services, "save_user", user, admin_user):
        response = client.post("/account/", {"full_name": "Aliya", "phone": ""})

    assert (response.status_code, response["Location"]) == (302, "/login/")


def test_an_error_of_our_own_stays_loud(client: Client, user: User) -> None:
    client.force_login(user)

    with (
        patch.object(services, "save_user", side_effect=IntegrityError),
        pytest.raises(IntegrityError),
    ):
        client.post("/account/", {"full_name": "Aliya", "phone": ""})
