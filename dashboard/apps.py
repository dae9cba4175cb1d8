from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class DashboardConfig(AppConfig):
    name = "dashboard"
    verbose_name = _("Dashboard")

    def ready(self) -> None:
        from accounts.roles import declare
        from dashboard.roles import ROLES, follow_migrations

        declare(*ROLES)
        post_migrate.connect(follow_migrations)
