"""The API, mounted at /api/ and, with older names added, at /api/v1/."""

from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularAPIView

urlpatterns = [
    re_path(r"^schema/?$", SpectacularAPIView.as_view(), name="schema"),
    path("auth/", include("accounts.api.auth_urls")),
    path("", include("accounts.api.urls")),
    path("", include("catalog.api.urls")),
    path("", include("cart.api.urls")),
    path("", include("orders.api.urls")),
    path("", include("payments.api.urls")),
    path("", include("dashboard.api.urls")),
]
