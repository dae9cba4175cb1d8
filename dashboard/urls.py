"""Addresses beside Django's own back office, and before it."""

from django.contrib import admin
from django.urls import path

from dashboard import find_views, views

app_name = "dashboard"

urlpatterns = [
    path("stats/", admin.site.admin_view(views.stats), name="stats"),
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
