"""Somebody is forgotten: nothing names them any more, and the books still add up."""

import json
from decimal import Decimal
from io import StringIO
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.db import transaction
from django.test import Client
from django.utils import translation
from rest_framework_simplejwt.token_blacklist.models import OutstandingToken

from accounts import services
from accounts.exceptions import LastAdministrator
from accounts.models import User
from accounts.personal import GONE, is_alias
from accounts.services import forgetting
from cart.services import Cart
from dashboard.models import ChangedOrder
from events.models import ArchivedMessage, Delivery, OutboxMessage
from events.services import emit, relay
from notifications.models import Letter
from orders import services as orders
from orders.exceptions import OrdersInProgress
from orders.models import Order
from payments.exceptions import MoneyUnderWay
from payments.models import PaymentEvent
from tests.factories import make_admin, make_order, make_product, make_user
from tests.payments.books import late_money
from tests.personal import traces as zarina
from tests.personal.traces import finish, live_here, traces

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_shop_with_a_bot(settings: Any, tmp_path: Any) -> None:
    settings.PAYMENT_EMULATOR = True
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.IMPORT_DIR = tmp_path / "imports"


@pytest.fixture
def user() -> User:
    return live_here()


@pytest.fixture
def committed(django_capture_on_commit_callbacks: Any) -> Any:
    """What follows a commit is done inside."""
    return lambda: django_capture_on_commit_callbacks(execute=True)


EVERYWHERE = {
    "accounts_address",
    "accounts_user",
    "auditlog_logentry",
    "axes_accessattempt",
    "django_admin_log",
    "notifications_letter",
    "orders_order",
    "orders_orderclaim",
    "orders_ordernote",
    "orders_orderstatuschange",
    "outbox_archive",
    "outbox_messages",
    "payments_payment",
    "payments_paymentevent",
    "telegram_bot_chat",
    "telegram_bot_push",
    "telegram_bot_update",
}


def test_nothing_names_them_in_any_table_in_redis_or_in_a_file(
    user: User, committed: Any
) -> None:
    finish()
    # The look finds them, wherever they have been.
    assert traces() == EVERYWHERE
    assert OutstandingToken.objects.filter(user=user).exists()
    assert len(Cart.of_user(user).stored().lines) == 1

    with committed():
        services.forget_person(services.person_of(user))

    assert traces() == set()
    assert not User.objects.filter(pk=user.pk).exists()
    assert not OutstandingToken.objects.exists()
    assert Cart.of_user(user).stored().lines == {}


def test_addresses_of_before_and_of_one_order_go_too(
    user: User, committed: Any
) -> None:
    """Letters went there; the history and failed sign-ins have the one of before."""
    checkout = orders.Checkout(
        email="zarina.markerova@work.example", full_name=zarina.NAME
    )
    line = orders.Line(make_product().pk, 1)
    order = orders.place_order([line], checkout, owner=str(user.pk), user=user).order
    orders.set_status(order.pk, "canceled")
    relay()
    LogEntry.objects.filter(object_pk=str(user.pk)).update(
        actor=user, actor_email=zarina.EMAIL
    )
    services.update_user(user, email="new@example.com")
    finish()
    person = services.person_of(user)
    sent = services.export_person(person)["letters"]["sent"]
    assert {letter["recipient"] for letter in sent} == {
        zarina.EMAIL,
        "zarina.markerova@work.example",
    }

    with committed():
        services.forget_person(person)

    assert traces() == set()
    assert LogEntry.objects.exclude(actor_email=None).count() == 0


def test_letters_to_staff_are_theirs(user: User, settings: Any) -> None:
    boss = User.objects.get(email="boss@example.com")
    letters = Letter.objects.filter(recipient=boss.email)
    told = letters.count()
    finish()
    held = services.export_person(services.person_of(user))["letters"]["sent"]
    assert boss.email not in {letter["recipient"] for letter in held}

    services.forget_person(services.person_of(user))

    assert told > 0 and letters.count() == told


def test_the_order_keeps_its_goods_and_sums(user: User, committed: Any) -> None:
    finish()
    before = Order.objects.get()

    with committed():
        services.forget_person(services.person_of(user))

    after = Order.objects.get()
    assert (after.number, after.total, after.status) == (
        before.number,
        Decimal("200.00") + before.delivery_price,
        "completed",
    )
    assert (after.user, after.full_name, after.phone) == (None, "", "")
    assert (after.address, after.comment) == ("", "")
    assert after.is_forgotten and after.email.endswith(GONE)
    assert [(i.sku, i.quantity) for i in after.items.all()] == [("TEAPOT", 2)]
    assert [step.status for step in after.history.all()] == [
        "pending",
        "paid",
        "processing",
        "shipped",
        "completed",
    ]
    said = json.loads(PaymentEvent.objects.get().raw)
    assert sorted(said) == ["amount", "currency", "event_id", "payment_id", "status"]
    # The day is counted anew, so that the digest of the address goes too.
    assert ChangedOrder.objects.filter(order_id=after.pk).exists()
    call_command("check_orders", stdout=StringIO())
    call_command("check_stock", stdout=StringIO())


def test_the_world_is_told_the_id_alone(user: User, committed: Any) -> None:
    finish()
    OutboxMessage.objects.all().delete()

    with committed():
        services.forget_person(services.person_of(user))

    [told] = OutboxMessage.objects.all()
    assert (told.event_type, told.aggregate) == ("user_deleted", str(user.pk))
    assert told.payload == {"id": str(user.pk), "email": "", "role": "user"}


def test_events_hold_the_alias_and_everything_else(user: User) -> None:
    finish()
    [before] = ArchivedMessage.objects.all()

    services.forget_person(services.person_of(user))

    [after] = ArchivedMessage.objects.all()
    alias = Order.objects.get().email
    assert after.payload == {**before.payload, "customer_email": alias}
    created = OutboxMessage.objects.get(event_type="user_created")
    assert created.payload == {"id": str(user.pk), "email": alias, "role": "user"}


def test_twice_is_once(user: User) -> None:
    finish()
    person = services.person_of(user)
    services.forget_person(person)
    alias = Order.objects.get().email

    services.forget_person(person)

    assert OutboxMessage.objects.filter(event_type="user_deleted").count() == 1
    assert Order.objects.get().email == alias


def test_orders_of_one_person_stay_one_buyer_s(user: User) -> None:
    finish()
    make_order(user)
    Order.objects.update(status="completed")
    other = make_order()

    services.forget_person(services.person_of(user))

    [alias] = {o.email for o in Order.objects.all() if o.is_forgotten}
    assert Order.objects.filter(email=alias).count() == 2
    other.refresh_from_db()
    assert other.email == other.user.email


# --- What stands in the way -----------------------------------------------------------


@pytest.mark.parametrize("status", ["pending", "paid", "processing", "shipped"])
def test_not_while_goods_are_on_their_way(status: str) -> None:
    user = make_user(full_name=zarina.NAME)
    order = make_order(user)
    Order.objects.update(status=status)
    OutboxMessage.objects.all().delete()

    with translation.override("en"), pytest.raises(OrdersInProgress) as refused:
        services.forget_person(services.person_of(user))

    assert str(refused.value) == (
        f"Order {order.number} is not completed yet. We need its name and address"
        " until then."
    )
    assert refused.value.as_dict()["orders"] == [order.number]
    # No trace of the try.
    order.refresh_from_db()
    assert (order.user, order.email) == (user, user.email)
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("status", ["completed", "canceled", "refunded"])
def test_what_has_ended_does_not_stand_in_the_way(status: str) -> None:
    user = make_user()
    make_order(user)
    Order.objects.update(status=status)

    services.forget_person(services.person_of(user))

    assert Order.objects.get().is_forgotten


def test_not_while_money_is_to_be_given_back() -> None:
    payment = late_money()
    user = payment.order.user
    assert user and payment.status == "refund_due"

    with pytest.raises(MoneyUnderWay) as refused:
        services.forget_person(services.person_of(user))

    assert refused.value.as_dict()["orders"] == [payment.order.number]
    assert User.objects.filter(pk=user.pk).exists()


def test_the_last_administrator_stays() -> None:
    boss = make_admin()

    with pytest.raises(LastAdministrator):
        services.forget_person(services.person_of(boss))
    make_admin(is_active=False)
    with pytest.raises(LastAdministrator):
        services.forget_person(services.person_of(boss))

    make_admin()
    services.forget_person(services.person_of(boss))
    assert not User.objects.filter(pk=boss.pk).exists()


def test_mere_staff_forget_no_colleague() -> None:
    clerk, packer = make_user(is_staff=True), make_user(is_staff=True)

    with pytest.raises(PermissionDenied):
        services.forget_person(services.person_of(packer), by=clerk)

    services.forget_person(services.person_of(packer), by=make_admin())
    assert not User.objects.filter(pk=packer.pk).exists()


# --- Who is who -----------------------------------------------------------------------


def test_an_account_does_not_speak_for_a_guest_with_its_address() -> None:
    """Whoever registers a stranger's address gets and deletes nothing of theirs."""
    [guest_s] = [_guest_order("stranger@example.com")]
    thief = make_user(email="stranger@example.com")
    person = services.person_of(thief)

    assert services.export_person(person).get("orders") is None
    services.forget_person(person)

    guest_s.refresh_from_db()
    assert guest_s.email == "stranger@example.com"


def test_a_proven_address_speaks_for_both() -> None:
    guest_s = _guest_order("Mixed@Example.com")
    user = make_user(email="mixed@example.com")
    own = make_order(user)
    Order.objects.update(status="completed")
    person = services.find_person(" MIXED@example.com ")

    held = services.export_person(person)
    assert [o["number"] for o in held["orders"]] == [guest_s.number, own.number]
    services.forget_person(person)

    assert {is_alias(order.email) for order in Order.objects.all()} == {True}


def _guest_order(email: str) -> Order:
    checkout = orders.Checkout(email=email, full_name="A Stranger")
    line = orders.Line(make_product().pk, 1)
    return orders.place_order([line], checkout, owner="anon:1").order


# --- Afterwards -----------------------------------------------------------------------


def test_no_letter_is_written_to_an_alias(user: User) -> None:
    finish()
    services.forget_person(services.person_of(user))
    Letter.objects.all().delete()
    mail.outbox.clear()
    order = Order.objects.get()
    with transaction.atomic():
        emit("order_refunded", order.pk, {"order_id": order.pk})

    relay()

    assert Delivery.objects.filter(subscriber="notifications.mail_customer").exists()
    assert not Letter.objects.exists() and not mail.outbox


def test_the_history_says_that_and_by_whom_and_not_who(user: User) -> None:
    finish()
    boss = User.objects.get(email="boss@example.com")
    services.save_user(user, "phone")
    user.is_staff = True
    services.save_user(user, "role")

    services.forget_person(services.person_of(user), by=boss)

    entries = LogEntry.objects.filter(object_pk=str(user.pk)).order_by("pk")
    *earlier, last = entries
    assert {entry.object_repr for entry in entries} == {"—"}
    assert (last.action, last.actor, last.changes) == (2, boss, {})
    # What the account might do is no secret of its owner's.
    assert [False, True] in [e.changes.get("is_staff") for e in earlier]


def test_what_a_colleague_did_stays_without_their_name(client: Client) -> None:
    boss, colleague = make_admin(), make_admin(email="leaving@example.com")
    product = make_product()
    client.force_login(colleague)
    client.patch(
        f"/api/products/{product.pk}",
        {"price": "5.00"},
        content_type="application/json",
        headers={"Authorization": f"Bearer {_token(colleague)}"},
    )
    changed = LogEntry.objects.filter(object_pk=str(product.pk), action=1)
    assert [e.actor_email for e in changed] == ["leaving@example.com"]

    services.forget_person(services.person_of(colleague), by=boss)

    assert [(e.actor, e.actor_email) for e in changed.all()] == [(None, None)]
    assert [e.changes["price"] for e in changed.all()] == [["100.00", "5.00"]]


def _token(user: User) -> str:
    return services.issue_tokens(user)["access_token"]


def test_sessions_end_everywhere(user: User, committed: Any) -> None:
    finish()
    browsers = [Client(), Client()]
    for browser in browsers:
        browser.force_login(user)
    stranger = Client()
    stranger.force_login(make_user())
    assert Session.objects.count() >= 3

    with committed():
        services.forget_person(services.person_of(user))

    owners = {s.get_decoded().get("_auth_user_id") for s in Session.objects.all()}
    assert str(user.pk) not in owners and len(owners) >= 1
    assert browsers[0].get("/account/").status_code == 302
    assert stranger.get("/account/").status_code == 200


def test_a_broker_that_is_down_keeps_no_session(
    user: User, committed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from kombu.exceptions import OperationalError

    from accounts.tasks import end_sessions

    def down(*args: Any, **kwargs: Any) -> None:
        raise OperationalError

    finish()
    Client().force_login(user)
    monkeypatch.setattr(end_sessions, "apply_async", down)

    with committed():
        services.forget_person(services.person_of(user))

    assert forgetting.end_sessions(str(user.pk)) == 0


# --- From a terminal ------------------------------------------------------------------


def test_the_command_forgets_after_a_yes(user: User) -> None:
    finish()
    out = StringIO()

    call_command("forget_person", zarina.EMAIL.upper(), "--yes", stdout=out)
    call_command("forget_person", zarina.EMAIL, "--yes", stdout=out)

    assert out.getvalue().splitlines() == [
        f"{zarina.EMAIL}: forgotten (an account).",
        f"{zarina.EMAIL}: forgotten (no account).",
    ]


def test_the_command_asks_and_takes_no_for_an_answer(
    user: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("builtins.input", lambda prompt: "no")

    with pytest.raises(CommandError, match=r"^Nothing was done\.$"):
        call_command("forget_person", zarina.EMAIL, stdout=StringIO())
    monkeypatch.setattr("builtins.input", lambda prompt: zarina.EMAIL)
    with (
        translation.override("en"),
        pytest.raises(CommandError, match="is not completed yet"),
    ):
        call_command("forget_person", zarina.EMAIL, stdout=StringIO())

    assert User.objects.filter(pk=user.pk).exists()
