"""Every table of the figures as a file."""

from datetime import date

from django.core.exceptions import PermissionDenied
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    StreamingHttpResponse,
)
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from dashboard.forms import PeriodForm
from dashboard.reports import sales
from dashboard.tables import TABLES, csv_pieces, may_read


@never_cache
@require_safe
def table_csv(request: HttpRequest, table: str) -> HttpResponseBase:
    """All rows of the table for the period that the address names, as on the page.

    400 with a sentence where it names none.
    """
    asked = TABLES.get(table)
    if asked is None:
        raise Http404
    if not may_read(request.user, asked):
        raise PermissionDenied
    form = PeriodForm(request.GET, today=sales.today())
    if not form.is_valid():
        said = "\n".join(form.problems)
        return HttpResponse(said, status=400, content_type="text/plain; charset=utf-8")
    period = form.period
    answer = StreamingHttpResponse(
        csv_pieces(asked, period, request.user), content_type="text/csv; charset=utf-8"
    )
    days = [period.first, period.last] if asked.of_period else [form.today]
    name = file_name(table, *days)
    answer["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def file_name(table: str, *days: date) -> str:
    return "-".join([table, *(day.isoformat() for day in days)]) + ".csv"
