"""/api/v1/: the API, and the names that clients of the first version know."""

from django.urls import include, path

urlpatterns = [
    path("", include("shop.api_urls")),
    path("", include("catalog.api.v1_urls")),
    path("", include("orders.api.v1_urls")),
]
