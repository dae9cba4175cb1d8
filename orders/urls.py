from django.urls import path

from orders import slip_views, views

app_name = "orders"

urlpatterns = [
    path("checkout/", views.checkout, name="checkout"),
    path("order/", views.quick_order, name="quick-order"),
    path("orders/", views.order_list, name="order-list"),
    path("orders/<uuid:pk>/", views.order_detail, name="order-detail"),
    path("orders/<uuid:pk>/cancel/", views.order_cancel, name="order-cancel"),
    path("orders/<uuid:pk>/slip/", slip_views.order_slip, name="order-slip"),
    path("orders/<uuid:pk>/slip.pdf", slip_views.order_slip_pdf, name="order-slip-pdf"),
]
