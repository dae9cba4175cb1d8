from typing import Any

from django.apps import AppConfig
from django.contrib.admin import apps as admin_apps
from django.core.checks import register
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.signals import connection_created

from shop.finding import person_text


class ShopConfig(AppConfig):
    default = True
    name = "shop"
    verbose_name = "Duken"

    def ready(self) -> None:
        from shop import audit  # noqa: F401 - signs what is written into the history
        from shop.checks import check_admin_path
        from shop.watching import starting

        register(check_admin_path)

        connection_created.connect(_teach_sqlite)
        starting.start()


class BackOfficeConfig(admin_apps.AdminConfig):
    default = False
    default_site = "shop.back_office.BackOffice"


def _teach_sqlite(connection: BaseDatabaseWrapper, **kwargs: Any) -> None:
    """The functions that PostgreSQL has of its own."""
    if connection.vendor == "sqlite":
        connection.connection.create_function(
            "shop_person_text", 3, person_text, deterministic=True
        )
