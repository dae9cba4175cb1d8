"""The front page of the back office: today, the week, and for whom."""

from datetime import timedelta

import pytest
from django.test import Client

from dashboard.reports import sales
from dashboard.reports.figures import Period
from dashboard.reports.parts import days_before, sums_of
from tests.backoffice import office, staff_in
from tests.dashboard.placing import FRONT, SIGN, placed
from tests.factories import make_order, make_user

pytestmark = pytest.mark.django_db


def test_the_front_page_has_today_and_the_week() -> None:
    today = sales.today()
    placed(today, "300.00", hour=0)
    placed(today - timedelta(days=1), "200.00")
    placed(today - timedelta(days=8), "1000.00")
    (_today, day, _), (_week, week, _) = office().get(FRONT).context["periods"]
    assert [(tile.value, tile.change) for tile in day] == [
        (f"300,00{SIGN}", "▲\xa050%"),
        ("1", "=\xa00%"),
        (f"300,00{SIGN}", "▲\xa050%"),
    ]
    assert [(tile.value, tile.change) for tile in week[:2]] == [
        (f"500,00{SIGN}", "▼\xa050%"),
        ("2", "▲\xa0100%"),
    ]


def test_the_front_page_says_what_the_page_of_figures_says() -> None:
    today = sales.today()
    for days in (0, 1, 6, 7, 13, 14):
        placed(today - timedelta(days=days), f"{days + 1}.50", hour=0)
    week = Period.up_to(today, 7)
    figures = sales.figures_of(week)
    assert sums_of(week) == (figures.days, figures.sums, figures.before)
    assert (figures.sums.orders, figures.before.orders) == (3, 2)
    assert days_before(week) == sales.figures_of(week.before).days


@pytest.mark.parametrize(
    ("role", "sees"),
    [("manager", True), ("warehouse", False), ("content", False), ("analyst", True)],
)
def test_the_front_page_shows_money_to_whom_it_concerns(role: str, sees: bool) -> None:
    make_order()
    page = office(staff_in(role)).get(FRONT)
    html = page.content.decode()
    assert ("periods" in page.context) == sees
    assert ("front-figures" in html) == sees
    assert ("200,00\xa0₸" in html) == sees
    # Django's own parts are there for everybody.
    assert "recent-actions-module" in html
    assert "app-catalog module" in html


def test_the_front_page_needs_a_login_as_before() -> None:
    for client in (Client(), office(make_user())):
        answer = client.get(FRONT)
        assert (answer.status_code, answer.url) == (302, f"/admin/login/?next={FRONT}")
