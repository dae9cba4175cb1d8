"""What the API's documentation cannot find out by itself."""

from django.conf import settings
from drf_spectacular.contrib.rest_framework_simplejwt import SimpleJWTScheme
from drf_spectacular.extensions import OpenApiAuthenticationExtension


class BearerScheme(SimpleJWTScheme):
    target_class = "accounts.authentication.BearerAuthentication"


class CookieJWTScheme(OpenApiAuthenticationExtension):
    target_class = "accounts.authentication.CookieJWTAuthentication"
    name = "accessTokenCookie"

    def get_security_definition(self, auto_schema: object) -> dict[str, str]:
        return {
            "type": "apiKey",
            "in": "cookie",
            "name": settings.ACCESS_TOKEN_COOKIE,
            "description": "Set by login; unsafe methods also need `X-CSRFToken`.",
        }
