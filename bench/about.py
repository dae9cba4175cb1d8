"""What figures are of no use without."""

from django.db import connection


def postgresql_version() -> str:
    """Of the server that is measured, such as 15.20."""
    return ".".join(map(str, connection.get_database_version()))
