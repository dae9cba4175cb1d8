"""Slips for a day's work: which orders, how many at once, as a page and as a PDF."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from orders import services
from orders.models import Order
from orders.slip import batches
from tests.backoffice import messages, office, queries, staff_with
from tests.factories import make_order, make_product, make_user
from tests.orders.office import LIST, SLIPS, SLIPS_PDF, clerk
from tests.orders.slips import pages
from tests.pages import html, text

pytestmark = pytest.mark.django_db

Status = Order.Status


def moved(*steps: str, **checkout: Any) -> Order:
    order = make_order(**checkout)
    for step in steps:
        services.set_status(order.pk, step)
    return order


def placed(order: Order, moment: datetime) -> Order:
    Order.objects.filter(pk=order.pk).update(created_at=moment)
    return order


def numbers(answer: Any) -> list[int]:
    assert answer.status_code == 200
    return [slip.number for slip in answer.context["slips"]]


def on_paper(answer: Any) -> list[int]:
    assert answer["Content-Type"] == "application/pdf", answer
    return [
        int(page.split("Order slip № ")[1].split()[0]) for page in pages(answer.content)
    ]


# --- Which ----------------------------------------------------------------------------


def test_to_pack_is_what_is_paid_or_will_be_paid_at_the_door() -> None:
    wanted = [
        moved(),
        moved("processing"),
        moved("paid"),
        moved("paid", "processing"),
        moved("paid", payment_method="transfer"),
    ]
    moved(payment_method="transfer")
    moved("canceled")
    moved("processing", "shipped")
    moved("paid", "refunded")
    found = Order.objects.to_pack().order_by("number")
    assert [order.number for order in found] == [order.number for order in wanted]


def test_a_day_is_the_shops_own_and_today_goes_without_saying() -> None:
    today = moved()
    midnight = datetime(2026, 11, 20, 19, tzinfo=UTC)  # of the 21st, in Almaty
    second = timedelta(seconds=1)
    day = [
        placed(moved(), midnight),
        placed(moved(), midnight + timedelta(days=1) - second),
    ]
    placed(moved(), midnight - second)
    placed(moved(), midnight + timedelta(days=1))
    client = clerk()
    assert numbers(client.get(SLIPS)) == [today.number]
    answer = client.get(SLIPS, {"day": "2026-11-21"})
    assert numbers(answer) == [order.number for order in day]
    assert "Slips of orders to pack, Nov. 21, 2026" in text(answer)
    assert 'href="?day=2026-11-20"' in html(answer)
    assert 'href="?day=2026-11-22"' in html(answer)
    assert numbers(client.get(SLIPS, {"day": "2026-11-25"})) == []
    assert len(numbers(client.get(SLIPS, {"all": "on"}))) == 5


def test_chosen_orders_have_a_page_whatever_became_of_them() -> None:
    orders = [moved(), moved("canceled"), moved("paid")]
    chosen = [str(order.pk) for order in (orders[2], orders[1])]
    data = {"action": "show_slips", "_selected_action": chosen}
    client = clerk()
    answer = client.post(LIST, data, follow=True)
    assert numbers(answer) == [orders[1].number, orders[2].number]
    told = f"?orders={orders[1].number},{orders[2].number}"
    assert answer.redirect_chain == [(f"{SLIPS}{told}", 302)]
    pdf = html(answer).split(f'href="{SLIPS_PDF}?')[1].split('"')[0]
    assert on_paper(client.get(f"{SLIPS_PDF}?{pdf}")) == numbers(answer)


# --- The page and the PDF -------------------------------------------------------------


def test_the_list_leads_to_both_with_one_press() -> None:
    order = moved()
    client = clerk()
    shown = html(client.get(LIST))
    assert f'<a href="{SLIPS}">' in shown
    assert f'<a href="{SLIPS_PDF}">' in shown
    assert on_paper(client.get(SLIPS_PDF)) == [order.number]
    page = client.get(SLIPS)
    assert html(page).count("<h1") == 1
    assert html(page).count('<article class="slip">') == 1
    assert page["Cache-Control"].startswith("max-age=0")


def test_a_single_slip_is_drawn_as_before() -> None:
    order = moved()
    page = html(Client().get(order.get_signed_url().replace("/?", "/slip/?")))
    assert page.count("<h1") == 1


def test_where_there_is_nothing_to_pack_it_is_said() -> None:
    client = clerk()
    assert "There is nothing to pack" in text(client.get(SLIPS))
    answer = client.get(SLIPS_PDF, follow=True)
    assert messages(answer) == ["There is nothing to pack: no slips to print."]


def test_hostile_texts_stay_texts() -> None:
    user = make_user(full_name="x")
    order = make_order(user, (make_product(name="<b>Чай</b>"), 1))
    Order.objects.update(
        full_name="<script>alert(1)</script>", comment="<i>x</i>\n=1+1"
    )
    client = clerk()
    page = html(client.get(SLIPS))
    for bad in ("<script>alert", "<b>Чай", "<i>x"):
        assert bad not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    (paper,) = pages(client.get(SLIPS_PDF).content)
    for text_ in ("<script>alert(1)</script>", "<b>Чай</b>", "<i>x</i>"):
        assert text_ in paper
    assert str(order.number) in paper


# --- How many -------------------------------------------------------------------------


def test_more_than_fit_come_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MAX_SLIPS", 2)
    monkeypatch.setattr("orders.admin.slips.MAX_SLIPS", 2)
    ids = [moved().number for _ in range(5)]
    client = clerk()
    first = client.get(SLIPS)
    assert numbers(first) == ids[:2]
    told = text(first)
    assert "5 orders." in told
    assert (
        f"At most 2 slips at once: these are the orders from {ids[0]} to {ids[1]}."
        in told
    )
    assert f'href="?after={ids[1]}"' in html(first)
    assert numbers(client.get(SLIPS, {"after": ids[1]})) == ids[2:4]
    last = client.get(SLIPS, {"after": ids[3]})
    assert numbers(last) == ids[4:]
    assert "The next slips" not in text(last)
    assert on_paper(client.get(SLIPS_PDF, {"after": ids[1]})) == ids[2:4]
    # The file itself cannot say that it is not all.
    assert messages(client.get(LIST)) == [
        f"The PDF holds the slips up to order {ids[3]}, 2 at most. "
        "The others are on the page of slips."
    ]


def test_long_orders_fill_a_batch_sooner(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batches, "MAX_LINES", 3)
    sizes = [2, 1, 1, 5, 1]
    orders = [
        make_order(None, *((make_product(), 1) for _ in range(size))) for size in sizes
    ]
    taken, after = [], 0
    while True:
        batch = batches.next_batch(Order.objects.all(), after)
        taken.append(len(batch.orders))
        if batch.next_after is None:
            break
        after = batch.next_after
    assert taken == [2, 1, 1, 1]
    answer = clerk().post(
        LIST,
        {"action": "print_slips", "_selected_action": [str(o.pk) for o in orders]},
        follow=True,
    )
    assert messages(answer) == [
        "These orders have too many lines. Choose fewer orders."
    ]


def test_the_slips_take_the_same_queries_for_1_and_12() -> None:
    client = clerk()
    moved()
    before = [queries(client, address) for address in (SLIPS, SLIPS_PDF)]
    for size in range(1, 12):
        make_order(None, *((make_product(), 1) for _ in range(size)))
    assert [queries(client, address) for address in (SLIPS, SLIPS_PDF)] == before
    assert max(before) <= 8


# --- What nobody should ask -----------------------------------------------------------


@pytest.mark.parametrize(
    "asked",
    [
        {"day": "yesterday"},
        {"day": "0001-01-01"},
        {"day": "9999-12-31"},
        {"day": "2026-02-30"},
        {"after": "-1"},
        {"after": "x"},
        {"after": str(10**30)},
        {"orders": "1,x"},
        {"orders": "1;2"},
        {"orders": "9" * 19},
        {"orders": ",".join(["123456789012345678"] * 300)},
        {"orders": "\0"},
    ],
)
def test_what_makes_no_sense_is_said(asked: dict[str, str]) -> None:
    moved()
    for address in (SLIPS, SLIPS_PDF):
        answer = clerk().get(address, asked, follow=True)
        assert answer.redirect_chain == [(LIST, 302)]
        assert len(messages(answer)) == 1


def test_numbers_that_are_none_have_no_slips() -> None:
    order = moved()
    answer = clerk().get(SLIPS, {"orders": f"{order.number},{'9' * 18},0"})
    assert numbers(answer) == [order.number]


def test_slips_are_for_those_who_see_orders() -> None:
    stranger = office(staff_with("catalog.view_product"))
    for address in (SLIPS, SLIPS_PDF):
        assert stranger.get(address).status_code == 403
        assert Client().get(address).url.startswith("/admin/login/")
        assert clerk().post(address).status_code == 405
