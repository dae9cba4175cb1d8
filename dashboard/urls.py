"""Addresses beside Django's own back office, and before it."""

from django.contrib import admin
from django.urls import path

from dashboard import csv_views, find_views, stats_views, views

app_name = "dashboard"

urlpatterns = [
    path("", admin.site.admin_view(stats_views.front), name="front"),
    path("stats/", admin.site.admin_view(stats_views.stats), name="stats"),
    path(
        "stats/<slug:table>.csv",
        admin.site.admin_view(csv_views.table_csv),
        name="table",
    ),
    path("find/", admin.site.admin_view(find_views.find_anything), name="find"),
    path(
        "templates/",
        views.to_changelist("admin:catalog_spectemplate_changelist"),
        name="templates",
    ),
    path(
        "orders/",
        views.to_changelist("admin:orders_order_changelist"),
        name="orders",
    ),
]
