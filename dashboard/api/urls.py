from django.urls import re_path

from dashboard.api import views

urlpatterns = [
    re_path(r"^admin/stats/?$", views.StatsView.as_view(), name="stats"),
]
