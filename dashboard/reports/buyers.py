"""How many different people have bought."""

from typing import Any

from django.db.models import Q, QuerySet

from dashboard.models import BuyerDay
from dashboard.reports import raw
from dashboard.reports.reading import ALWAYS, Part, sql_of
from shop.replica import reading

# Those whom the table has in the period; less those who are there for days that do not
# count, and for nothing else; and those of the orders whom the table does not have.
STATEMENT = """
WITH fresh(buyer) AS ({fresh})
SELECT (SELECT COUNT(*) FROM ({known}) AS found)
     - (SELECT COUNT(*) FROM
        (SELECT buyer FROM ({doubtful}) AS old WHERE NOT EXISTS
             (SELECT 1 FROM ({clean}) AS kept WHERE kept.buyer = old.buyer)
         EXCEPT SELECT buyer FROM fresh) AS gone)
     + (SELECT COUNT(*) FROM fresh
        WHERE NOT EXISTS
            (SELECT 1 FROM ({present}) AS known WHERE known.buyer = fresh.buyer))
"""


def buyers_in(part: Part) -> int:
    """Different e-mail addresses of orders that count, in one statement."""
    rows = BuyerDay.objects.filter(day__gte=part.period.first, day__lte=part.last_clean)
    # Nobody bought before all time, and these have an index of their own.
    before = Q(previous=None)
    if part.period != ALWAYS:
        before |= Q(previous__lt=part.period.first)
    doubtful = Q(day__in=part.changed) if part.changed else Q(day=None)
    queries: dict[str, QuerySet[Any]] = {
        "fresh": raw.buyers(part.raw),
        "known": rows.filter(before).values("day"),
        "doubtful": rows.filter(doubtful).values("buyer"),
        "clean": rows.filter(part.clean).values("buyer"),
        "present": rows.values("buyer"),
    }
    parts = {name: sql_of(query) for name, query in queries.items()}
    statement = STATEMENT.format(**{name: sql for name, (sql, _) in parts.items()})
    with reading("dashboard").cursor() as cursor:
        cursor.execute(statement, [p for _, params in parts.values() for p in params])
        return cursor.fetchone()[0]
