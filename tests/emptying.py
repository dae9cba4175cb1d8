"""What a test has committed goes, and what every shop has from its migrations stays.

Django empties all tables after such a test and makes content types, permissions and the
groups of the roles anew: half a second, a thousand times.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections, transaction
from django.test import TransactionTestCase

# Made after each `migrate`, by Django, accounts.services.roles and orders.delivery.
MADE_BY_MIGRATE = (
    "django_content_type",
    "auth_permission",
    "auth_group",
    "auth_group_permissions",
    "accounts_rolegroup",
    "orders_deliverymethod",
)
Rows = list[tuple[Any, ...]]


@pytest.fixture(autouse=True, scope="session")
def emptying() -> Iterator[None]:
    """Where those rows are as they were, only the other tables are emptied."""
    known: dict[str, list[Rows]] = {}
    as_django_does = TransactionTestCase._fixture_teardown  # type: ignore[attr-defined]

    def empty(case: Any) -> None:
        names = case._databases_names(include_mirrors=False)
        if all(known.get(name) == _made(name) for name in names):
            for name in names:
                _empty(name)
            return
        as_django_does(case)
        known.update((name, _made(name)) for name in names)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", empty)
        yield


def _made(database: str) -> list[Rows]:
    connection = connections[database]
    with connection.cursor() as cursor:
        made = []
        for table in MADE_BY_MIGRATE:
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 - own names
            made.append(cursor.fetchall())
    return made


def _empty(database: str) -> None:
    connection = connections[database]
    tables = connection.introspection.django_table_names(include_views=False)
    others = [name for name in tables if name not in MADE_BY_MIGRATE]
    some = " UNION ALL ".join(
        f"SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})"  # noqa: S608
        for name in others
    )
    # Foreign keys are asked at the end: the tables need no order.
    with transaction.atomic(database), connection.cursor() as cursor:
        cursor.execute(some)
        for (name,) in cursor.fetchall():
            cursor.execute(f"DELETE FROM {name}")  # noqa: S608
