"""The page with the shop's figures, and the front page of the back office."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard import shown
from dashboard.charts import day_charts, heat_maps, spans_of
from dashboard.charts.days import unit_of
from dashboard.charts.heat import LEVELS
from dashboard.forms import PRESETS, PeriodForm
from dashboard.reports import APPS, WEEK, sales
from dashboard.reports.cover import PACE_DAYS, SHORT_DAYS, running_low
from dashboard.reports.figures import Period
from dashboard.reports.parts import days_before, sums_of
from dashboard.reports.reading import one_moment
from dashboard.reports.todo import Task, kinds_for, todo_for
from dashboard.tiles import day_tiles, tiles_of
from orders.rights import STATS
from shop.api import may
from shop.replica import from_replica

LOW_ROWS = 20


@never_cache
@require_safe
@from_replica(*APPS)
def stats(request: HttpRequest) -> HttpResponse:
    """The figures of a period; of the last seven days where none can be understood."""
    if not may(request.user, STATS):
        raise PermissionDenied
    form = PeriodForm(request.GET, today=sales.today())
    period = form.period
    with one_moment():
        figures = sales.figures_of(period)
        spans = spans_of(figures.days, days_before(period))
    context = {
        **admin.site.each_context(request),
        "title": _("Statistics"),
        "form": form,
        "dates": PeriodForm(_dates(period), today=form.today),
        "presets": _presets(period, form),
        "figures": figures,
        "tiles": tiles_of(figures.sums, figures.before),
        "spans": spans,
        "unit": unit_of(period.days),
        "revenue_charts": day_charts(spans, what="revenue"),
        "orders_charts": day_charts(spans, what="orders"),
        "products": shown.products(figures.products, request.user),
        "categories": shown.categories(figures.categories, request.user),
        "statuses": shown.statuses(figures, request.user),
        "heat_maps": heat_maps(figures.hours),
        "heat_levels": range(LEVELS + 1),
        "hours": shown.hours(figures.hours),
        "low": list(running_low(LOW_ROWS)) if shown.may_see_stock(request) else None,
        "pace_days": PACE_DAYS,
        "short_days": SHORT_DAYS,
        "todo": _todo(request),
        "query": urlencode(_dates(period)),
    }
    status = 200 if form.is_valid() else 400
    return render(request, "dashboard/stats.html", context, status=status)


@never_cache
@from_replica(*APPS)
def front(request: HttpRequest) -> HttpResponse:
    """Django's front page, and above it what somebody who works here asks first."""
    context: dict[str, Any] = {"todo": _todo(request)}
    if may(request.user, STATS):
        days, week, before = sums_of(Period.up_to(sales.today(), WEEK))
        context["periods"] = [
            (_("Today"), day_tiles(days[-1], days[-2]), 1),
            (_days(WEEK), tiles_of(week, before), WEEK),
        ]
    return admin.site.index(request, context)


def _todo(request: HttpRequest) -> list[Task] | None:
    """None: nothing of what may wait is any business of theirs."""
    return todo_for(request.user) if kinds_for(request.user) else None


def _dates(period: Period) -> dict[str, str]:
    return {"first": period.first.isoformat(), "last": period.last.isoformat()}


def _presets(period: Period, form: PeriodForm) -> list[dict[str, Any]]:
    return [
        {
            "days": days,
            "name": _("Today") if days == 1 else _days(days),
            "is_current": period == Period.up_to(form.today, days),
        }
        for days in PRESETS
    ]


def _days(count: int) -> str:
    return ngettext("%(n)s day", "%(n)s days", count) % {"n": count}
