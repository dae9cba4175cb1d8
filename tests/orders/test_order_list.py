"""The list of orders: what is asked of it, and what it says when it is long."""

import pytest

from orders.models import Order
from shop import admin_lists
from tests.backoffice import office
from tests.factories import make_order, make_user
from tests.orders.office import LIST, change, clerk
from tests.pages import html, text

pytestmark = pytest.mark.django_db


def numbers(**asked: str) -> list[int]:
    page = office().get(LIST, asked)
    assert page.status_code == 200
    return [order.number for order in page.context["cl"].result_list]


@pytest.mark.parametrize(
    "query", ["8 701 123-45-67", "+7 (701) 1234567", "87011234567"]
)
def test_a_phone_number_is_found_however_it_is_written(query: str) -> None:
    kept, typed = make_order(phone="+7 701 123 45 67"), make_order()
    # As it was kept before all were brought into one form.
    Order.objects.filter(pk=typed.pk).update(phone="+7 (701) 123-45-67")
    make_order(phone="+7 701 123 45 68")
    assert numbers(q=query) == [typed.number, kept.number]


def test_a_number_that_phones_contain_too_is_named_first() -> None:
    old = make_order(make_user(email="old@example.com"))
    Order.objects.filter(pk=old.pk).update(number=4567)
    for _ in range(2):
        make_order(phone="+77011234567")
    page = clerk().get(LIST, {"q": "4567"})
    shown = html(page)
    exact = shown[shown.index('<p class="exact">') :]
    assert f'<a href="{change(old)}">№ 4567</a>' in exact[: exact.index("</p>")]
    assert "old@example.com" in text(page)
    assert 'class="exact"' not in html(clerk().get(LIST, {"q": "45"}))
    assert 'class="exact"' not in html(clerk().get(LIST, {"q": "4567 айгүл"}))


def test_a_long_list_says_that_it_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        make_order(make_user(full_name="Many"), full_name="Many")
    assert "3 orders" in text(office().get(LIST))
    monkeypatch.setattr(admin_lists, "MOST", 2)
    for asked in ({}, {"q": "many"}, {"status__exact": "pending"}):
        page = text(office().get(LIST, asked))
        assert "The first 2: narrow the list to find the others." in page
        assert "2+" in page
    monkeypatch.setattr("orders.admin.orders.OrderAdmin.list_per_page", 1)
    newest = list(Order.objects.order_by("-number").values_list("number", flat=True))
    assert [numbers(p="1"), numbers(p="2")] == [newest[:1], newest[1:2]]
    assert office().get(LIST, {"p": "3"}).status_code == 302


def test_the_list_is_sorted_by_what_has_an_index_alone() -> None:
    cheap, dear = make_order(), make_order()
    Order.objects.filter(pk=cheap.pk).update(total=1, email="z@example.com")
    Order.objects.filter(pk=dear.pk).update(total=9, email="a@example.com")
    shown = html(office().get(LIST))
    assert shown.count('class="sortable') == 2
    newest_first = [dear.number, cheap.number]
    for column in (2, 3, 4, 6, 7, 8):
        assert numbers(o=str(column)) == numbers(o=f"-{column}") == newest_first
    assert numbers(o="1") == numbers(o="5") == newest_first[::-1]
    assert numbers(o="-1") == numbers(o="-5") == newest_first
