"""The roof: which app answers which address."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path
from drf_spectacular.views import SpectacularSwaggerSplitView

from shop import pwa
from shop.media import media_urls

handler400 = "shop.views.bad_request"
handler403 = "shop.views.permission_denied"
handler404 = "shop.views.page_not_found"
handler500 = "shop.views.server_error"

# Its script stands in an address of its own, as the Content-Security-Policy wants.
SWAGGER = SpectacularSwaggerSplitView.as_view(
    url_name="api:schema",
    template_name="shop/docs.html",
    # It is a page: what it is not asked for by GET has no template.
    http_method_names=["get", "head"],
)

urlpatterns = [
    # Programs ask most often, and are told apart from the pages at the first letters.
    path("api/v1/", include(("shop.api_v1_urls", "api"), namespace="api-v1")),
    path("api/", include(("shop.api_urls", "api"), namespace="api")),
    path("", include("catalog.urls")),
    path("", include("images.urls")),
    path("", include("cart.urls")),
    path("", include("orders.urls")),
    path("", include("payments.urls")),
    path("", include("accounts.urls")),
    path("", include("telegram_bot.urls")),
    path("auth/", include(("accounts.api.auth_urls", "auth"))),
    re_path("^docs/?$", SWAGGER, name="docs"),
    path("i18n/", include("accounts.language_urls")),
    path("", include("notifications.urls")),
    path(f"{settings.ADMIN_PATH}/", include("notifications.admin_urls")),
    path(f"{settings.ADMIN_PATH}/", include("dashboard.urls")),
    path(f"{settings.ADMIN_PATH}/", admin.site.urls),
    path("manifest.webmanifest", pwa.manifest, name="manifest"),
    path("sw.js", pwa.worker, name="worker"),
    path("offline/", pwa.offline, name="offline"),
    *media_urls(),
]
