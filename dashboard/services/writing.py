"""Days are counted: the totals of a span become what its orders say."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection, models
from django.db.models import Max, QuerySet, Sum

from dashboard.models import (
    BuyerDay,
    Counted,
    HourDay,
    ProductDay,
    ProductMonth,
    StatusDay,
)
from dashboard.reports import raw
from dashboard.reports.figures import Period
from dashboard.reports.reading import month_after, month_of, sql_of

# What differs goes and what is missing comes: a step of one order rewrites a row or
# two, not the day. An order that changes between the two statements may leave its day
# half old: it has said so itself, and nobody reads the day until it is counted again.
DELETE = """
DELETE FROM {table} WHERE ({keys}) IN (SELECT {keys} FROM
    (SELECT {columns} FROM {table} WHERE {span} EXCEPT {query}) AS gone)
"""
INSERT = """
INSERT INTO {table} ({columns})
WITH fresh({columns}) AS ({query})
SELECT {columns} FROM
    (SELECT * FROM fresh EXCEPT SELECT {columns} FROM {table} WHERE {span}) AS missing
WHERE true ON CONFLICT DO NOTHING
"""
INSERT_BUYERS = """
INSERT INTO {table} (buyer, day, previous)
WITH fresh({columns}) AS ({query})
SELECT buyer, day, COALESCE(
    LAG(day) OVER (PARTITION BY buyer ORDER BY day),
    (SELECT MAX(old.day) FROM {table} AS old
     WHERE old.buyer = missing.buyer AND old.day < %s))
FROM (SELECT * FROM fresh EXCEPT SELECT {columns} FROM {table} WHERE {span}) AS missing
WHERE true ON CONFLICT DO NOTHING
"""
# Whoever has a day more or less looks back on other days from there on.
RETURNING = "RETURNING buyer"
LOOK_BACK = """
UPDATE {table} SET previous =
    (SELECT MAX(old.day) FROM {table} AS old
     WHERE old.buyer = {table}.buyer AND old.day < {table}.day)
WHERE day >= %s AND buyer IN ({marks})
"""
# Buyers in one statement.
MANY = 500


@dataclass(frozen=True)
class Table:
    """A table of totals, and the query that says what it ought to hold."""

    model: type[Counted]
    keys: tuple[str, ...]
    sums: tuple[str, ...]
    query: Callable[[raw.Spans], QuerySet[Any]]

    # Which of the keys is a day.
    span_key: str = "day"

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.keys, *self.sums)


TABLES = (
    Table(StatusDay, ("day", "status"), ("orders", "total", "kept"), raw.status_days),
    Table(HourDay, ("day", "hour"), ("orders", "revenue"), raw.hour_days),
    Table(
        ProductDay,
        ("day", "product_id"),
        ("pieces", "revenue", "newest"),
        raw.product_days,
    ),
)
MONTHS = Table(
    ProductMonth,
    ("month", "product_id"),
    ("pieces", "revenue", "newest"),
    lambda spans: month_sums(next(iter(spans)).first),
    span_key="month",
)
BUYERS = Table(BuyerDay, ("buyer", "day"), (), raw.buyer_days)
ALL_TABLES = (*TABLES, MONTHS, BUYERS)


def write_days(span: Period, *, is_new: bool = False) -> None:
    """The totals of these days are what their orders are now.

    The caller holds the lock of totals and has a transaction. `is_new`: there are no
    totals of these days, nor of later ones.
    """
    for table in TABLES:
        changed = _write(table, span)
        if table.model is ProductDay and changed:
            for month in months_of(span):
                _write(MONTHS, Period(month, month))
    _write_buyers(span, is_new=is_new)


def month_sums(month: date) -> QuerySet[Any]:
    """What a month's row of each product ought to be, by its days."""
    days = ProductDay.objects.filter(day__gte=month, day__lt=month_after(month))
    return (
        days.values("product_id")
        .annotate(
            month=models.Value(month, models.DateField()),
            sum_pieces=Sum("pieces"),
            sum_revenue=Sum("revenue"),
            last=Max("newest"),
        )
        .values_list("month", "product_id", "sum_pieces", "sum_revenue", "last")
    )


def months_of(span: Period) -> Iterator[date]:
    """The months that days of the span belong to."""
    month = month_of(span.first)
    while month <= span.last:
        yield month
        month = month_after(month)


def by_month(span: Period) -> Iterator[Period]:
    """The span in parts that lie in one month each."""
    for month in months_of(span):
        yield Period(
            max(span.first, month),
            min(span.last, month_after(month) - date.resolution),
        )


def _write(table: Table, span: Period) -> int:
    """How many rows had to be changed."""
    about, params = _about(table, span)
    ends = _ends(span)
    with connection.cursor() as cursor:
        # The same columns in the same order on both sides of EXCEPT.
        cursor.execute(DELETE.format(**about), [*ends, *params])
        changed = cursor.rowcount
        cursor.execute(INSERT.format(**about), [*params, *ends])
        return changed + cursor.rowcount


def _write_buyers(span: Period, *, is_new: bool) -> None:
    """Their days, and from there on what each day looks back on."""
    about, params = _about(BUYERS, span)
    ends = _ends(span)
    delete, insert = DELETE + RETURNING, INSERT_BUYERS + RETURNING
    moved: set[Any] = set()
    with connection.cursor() as cursor:
        cursor.execute(delete.format(**about), [*ends, *params])
        moved.update(row[0] for row in cursor.fetchall())
        cursor.execute(insert.format(**about), [*params, ends[0], *ends])
        moved.update(row[0] for row in cursor.fetchall())
        if is_new:
            # There is no later day, and the rows themselves were made knowing all.
            return
        buyers = sorted(moved)
        for start in range(0, len(buyers), MANY):
            some = buyers[start : start + MANY]
            marks = ", ".join(["%s"] * len(some))
            look_back = LOOK_BACK.format(table=about["table"], marks=marks)
            cursor.execute(look_back, [ends[0], *some])


def _about(table: Table, span: Period) -> tuple[dict[str, str], list[Any]]:
    statement, params = sql_of(table.query([span]))
    about = {
        "table": table.model._meta.db_table,
        "keys": ", ".join(table.keys),
        "columns": ", ".join(table.columns),
        "span": f"{table.span_key} BETWEEN %s AND %s",
        "query": statement,
    }
    return about, params


def _ends(span: Period) -> list[Any]:
    return [adapted(span.first), adapted(span.last)]


def adapted(day: date) -> Any:
    """The day as the database's driver takes it."""
    return connection.ops.adapt_datefield_value(day)
