"""The page with the shop's figures, and two short addresses."""

from collections.abc import Callable
from datetime import date

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView

from dashboard import reports
from dashboard.charts import bar_chart
from orders.rights import STATS
from shop.api import may


class PeriodForm(forms.Form):
    days = forms.IntegerField(required=False, min_value=1, max_value=reports.MAX_DAYS)


@require_safe
def stats(request: HttpRequest) -> HttpResponse:
    if not may(request.user, STATS):
        raise PermissionDenied
    form = PeriodForm(request.GET)
    days = form.cleaned_data["days"] if form.is_valid() else None
    figures = reports.shop_stats(days)
    shown = [
        {**day, "date": date.fromisoformat(day["date"])}
        for day in figures.get("days", figures["last7"])
    ]
    context = {
        **admin.site.each_context(request),
        "title": _("Statistics"),
        "form": form,
        "periods": [reports.WEEK, 30, 90, reports.MAX_DAYS],
        "figures": figures,
        "days": shown,
        "chart": bar_chart(shown),
    }
    status = 200 if form.is_valid() else 400
    return render(request, "dashboard/stats.html", context, status=status)


def to_changelist(name: str) -> Callable[..., HttpResponseBase]:
    """A short address that leads to a list of the back office, filters included."""
    view = RedirectView.as_view(pattern_name=name, query_string=True)
    return admin.site.admin_view(view)
