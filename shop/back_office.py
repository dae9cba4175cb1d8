"""The back office itself: Django's, with what is used all day on top."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

# Apps in the order of a day's work; the others follow by their names.
DAILY = ["orders", "catalog", "accounts", "payments", "notifications", "telegram_bot"]


class BackOffice(admin.AdminSite):
    def get_app_list(
        self, request: HttpRequest, app_label: str | None = None
    ) -> list[Any]:
        apps = super().get_app_list(request, app_label)
        return sorted(apps, key=lambda app: _place(app["app_label"]))


def _place(label: str) -> int:
    return DAILY.index(label) if label in DAILY else len(DAILY)
