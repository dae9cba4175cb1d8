from django.urls import path, re_path

from payments import views
from payments.api.views import PayView

app_name = "payments"

urlpatterns = [
    # The API's, under its older name.
    re_path(r"^payment/pay/?$", PayView.as_view(schema=None)),
    path("payment/<uuid:pk>/", views.payment_page, name="payment"),
    path("orders/<uuid:pk>/pay/", views.pay_order, name="order-pay"),
]
