"""Names that only /api/v1/ knows."""

from django.urls import re_path

from orders.api import views
from orders.api.urls import ORDER

urlpatterns = [
    re_path(r"^order/?$", views.OrderListView.as_view(http_method_names=["post"])),
    re_path(rf"^order/{ORDER}/?$", views.OrderView.as_view()),
    re_path(rf"^update_order/{ORDER}/?$", views.OrderUpdateView.as_view()),
    re_path(rf"^delete_order/{ORDER}/?$", views.OrderDeleteView.as_view()),
]
