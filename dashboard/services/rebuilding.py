"""Totals made anew from the orders, or proved to be what the orders say."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import Max, Sum
from django.db.models.functions import TruncMonth
from django.utils import timezone

from dashboard.models import BuyerDay, ChangedOrder, ProductDay
from dashboard.reports import raw
from dashboard.reports.figures import Period
from dashboard.reports.reading import (
    ALWAYS,
    Reading,
    closed_until,
    month_of,
    spans_of,
    sql_of,
)
from dashboard.services.keeping import LOCK, close_days, forget_totals
from dashboard.services.writing import (
    BUYERS,
    MONTHS,
    TABLES,
    Table,
    adapted,
    by_month,
    write_days,
)
from shop.locks import try_lock

DIFFERENCES = """
WITH fresh({columns}) AS ({query}),
     kept AS (SELECT {columns} FROM {table} WHERE {span_key} >= %s)
SELECT {wanted} FROM (SELECT * FROM kept EXCEPT SELECT * FROM fresh) AS wrong
UNION SELECT {wanted} FROM (SELECT * FROM fresh EXCEPT SELECT * FROM kept) AS missing
"""
LOOKING_BACK = """
SELECT buyer, day, LAG(day) OVER (PARTITION BY buyer ORDER BY day)
FROM (WITH days(buyer, day) AS ({query}) SELECT * FROM days) AS days
"""


@dataclass(frozen=True, order=True)
class Difference:
    """A day, or a month, of which a table does not say what the orders say."""

    day: date
    table: str
    # It has changed, and the next `keep_totals` counts it: nobody reads the table.
    is_known: bool


def rebuild_totals(since: date | None = None) -> bool:
    """All totals are made anew, or those from a day on; False: somebody counts.

    Meanwhile the figures are read from the orders, as far as need be.
    """
    with try_lock(LOCK) as check:
        if check is None:
            return False
        # Whatever had changed by now is seen by what follows.
        seen = ChangedOrder.objects.filter(day__gte=since or date.min)
        known = list(seen.values_list("pk", flat=True))
        closed = closed_until()
        if since is None or closed is None:
            forget_totals()
        else:
            for span in by_month(Period(since, closed)):
                check()
                with transaction.atomic():
                    write_days(span)
        close_days(check, timezone.now())
        for start in range(0, len(known), 500):
            ChangedOrder.objects.filter(pk__in=known[start : start + 500]).delete()
        return True


def check_totals(since: date | None = None) -> list[Difference]:
    """Where the totals are not what the orders say; nothing is changed."""
    closed = closed_until()
    if closed is None:
        return []
    span = Period(since or ALWAYS.first, closed)
    before = Reading.of(ALWAYS).changed
    found: list[tuple[Table, date]] = []
    for table in TABLES:
        query, params = sql_of(table.query([span]))
        rows = _differing(table, query, params, span.first, "day")
        found += [(table, _as_date(day)) for (day,) in rows]
    found += [(MONTHS, month) for month in _wrong_months(span)]
    found += [(BUYERS, day) for day in _wrong_buyers(before, closed)]
    # Also what has changed while they were compared.
    changed = {*before, *Reading.of(ALWAYS).changed}
    return sorted(
        Difference(day, table.model._meta.db_table, day in changed)
        for table, day in {*found}
    )


def _wrong_months(span: Period) -> Iterable[date]:
    """Months that are not the sums of their days, whatever those are."""
    first = month_of(span.first)
    sums = (
        ProductDay.objects.filter(day__gte=first)
        .annotate(of_month=TruncMonth("day"))
        .values("of_month", "product_id")
        .annotate(
            all_pieces=Sum("pieces"), all_revenue=Sum("revenue"), last=Max("newest")
        )
        .values_list("of_month", "product_id", "all_pieces", "all_revenue", "last")
    )
    rows = _differing(MONTHS, *sql_of(sums), first, "month")
    return [_as_date(month) for (month,) in rows]


def _wrong_buyers(changed: list[date], closed: date) -> Iterable[date]:
    """All days at once: each looks back. Whoever bought on a changed day is left out,
    for their other days may look back on that one."""
    query, params = sql_of(raw.buyer_days([Period(ALWAYS.first, closed)]))
    looking_back = LOOKING_BACK.format(query=query)
    rows = _differing(BUYERS, looking_back, params, ALWAYS.first, "day, buyer")
    if not rows:
        return []
    doubtful = {
        *BuyerDay.objects.filter(day__in=changed).values_list("buyer", flat=True),
        *(buyer for (buyer,) in raw.buyers(spans_of(changed))),
    }
    return [_as_date(day) for day, who in rows if UUID(str(who)) not in doubtful]


def _differing(
    table: Table, query: str, params: list[Any], first: date, wanted: str
) -> list[tuple[Any, ...]]:
    columns = (*table.columns, "previous") if table is BUYERS else table.columns
    statement = DIFFERENCES.format(
        query=query,
        columns=", ".join(columns),
        table=table.model._meta.db_table,
        span_key=table.span_key,
        wanted=wanted,
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [*params, adapted(first)])
        return cursor.fetchall()


def _as_date(value: Any) -> date:
    """SQLite has days as texts, PostgreSQL a month as its first moment in UTC."""
    if isinstance(value, datetime):
        return value.date()
    return value if isinstance(value, date) else date.fromisoformat(value)
