from django.urls import re_path

from cart.api import views

urlpatterns = [
    re_path(r"^cart/?$", views.CartView.as_view(), name="cart"),
    re_path(r"^cart/add/?$", views.CartAddView.as_view(), name="cart-add"),
    re_path(r"^cart/set/?$", views.CartSetView.as_view(), name="cart-set"),
    re_path(r"^cart/remove/?$", views.CartRemoveView.as_view(), name="cart-remove"),
    re_path(r"^cart/clear/?$", views.CartClearView.as_view(), name="cart-clear"),
]
