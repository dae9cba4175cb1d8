from django.urls import re_path

from orders.api import views

ORDER = r"(?P<pk>[^/]+)"

urlpatterns = [
    re_path(r"^orders?/checkout/?$", views.CheckoutView.as_view(), name="checkout"),
    re_path(r"^orders/?$", views.OrderListView.as_view(), name="order-list"),
    re_path(rf"^orders/{ORDER}/?$", views.OrderView.as_view(), name="order-detail"),
    re_path(
        rf"^orders/{ORDER}/cancel/?$",
        views.OrderCancelView.as_view(),
        name="order-cancel",
    ),
    re_path(
        r"^admin/orders/?$", views.AdminOrderListView.as_view(), name="admin-order-list"
    ),
    re_path(
        rf"^admin/orders/{ORDER}/cancel/?$",
        views.AdminOrderCancelView.as_view(),
        name="admin-order-cancel",
    ),
    re_path(
        rf"^admin/orders/{ORDER}/status/?$",
        views.AdminOrderStatusView.as_view(),
        name="admin-order-status",
    ),
]
