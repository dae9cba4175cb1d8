from django.urls import re_path

from payments.api import views

urlpatterns = [
    # The shorter name is that of the first version.
    re_path(r"^payments?/pay/?$", views.PayView.as_view(), name="pay"),
    re_path(
        r"^payments/callback/(?P<provider>[^/]+)/?$",
        views.CallbackView.as_view(),
        name="payment-callback",
    ),
    re_path(
        r"^admin/orders/(?P<pk>[^/]+)/refund/?$",
        views.RefundView.as_view(),
        name="admin-order-refund",
    ),
]
