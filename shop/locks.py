"""Locks that are not rows."""

import zlib

from django.db import connection


def lock_for_transaction(name: str) -> None:
    """Only one transaction at a time holds this name, until it ends.

    An advisory lock on PostgreSQL. SQLite needs none: its IMMEDIATE transactions
    already run one after the other.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_advisory_xact_lock(%s)", [zlib.crc32(name.encode())]
            )
