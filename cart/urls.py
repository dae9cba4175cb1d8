from django.urls import path

from cart import views

app_name = "cart"

urlpatterns = [
    path("cart/", views.detail, name="detail"),
    path("cart/add/", views.add, name="add"),
    path("cart/set/", views.set_quantity, name="set"),
    path("cart/remove/", views.remove, name="remove"),
    path("cart/clear/", views.clear, name="clear"),
]
