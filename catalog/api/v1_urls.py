"""Names that only /api/v1/ knows."""

from django.urls import re_path

from catalog.api import views

urlpatterns = [
    re_path(r"^product/?$", views.ProductViewSet.as_view({"post": "create"})),
    re_path(r"^category/?$", views.CategoryViewSet.as_view({"post": "create"})),
    re_path(
        r"^products_with_category/(?P<pk>[^/]+)/?$",
        views.CategoryProductsView.as_view({"get": "list"}),
    ),
]
