"""Headers that every answer has, whoever made it: a page, a file, an error, health."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

# What no page of the shop uses, and no script that got into one shall. Scanners of
# barcodes type like keyboards: the camera is not needed either.
REFUSED = (
    "accelerometer", "autoplay", "camera", "display-capture", "encrypted-media",
    "fullscreen", "geolocation", "gyroscope", "hid", "magnetometer", "microphone",
    "midi", "payment", "picture-in-picture", "publickey-credentials-get",
    "screen-wake-lock", "serial", "usb", "xr-spatial-tracking",
)  # fmt: skip
PERMISSIONS_POLICY = ", ".join(f"{feature}=()" for feature in REFUSED)
# For answers that have no page in them, and have not been given a policy before.
NOTHING = "default-src 'none'; frame-ancestors 'none'"


class SafetyHeadersMiddleware:
    """Stands before all others, so that it sees what they answer by themselves.

    What an answer says itself is left as it is.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        for name, value in _headers(request).items():
            response.headers.setdefault(name, value)
        return response


def _headers(request: HttpRequest) -> dict[str, str]:
    headers = {
        "Permissions-Policy": PERMISSIONS_POLICY,
        "Cross-Origin-Opener-Policy": settings.SECURE_CROSS_ORIGIN_OPENER_POLICY,
        "Cross-Origin-Resource-Policy": _may_be_embedded(request),
        "Content-Security-Policy": NOTHING,
        "Referrer-Policy": settings.SECURE_REFERRER_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": settings.X_FRAME_OPTIONS,
    }
    if request.path_info.startswith(f"/{settings.ADMIN_PATH}/"):
        # robots.txt would tell of an address that was chosen so as not to be known.
        headers["X-Robots-Tag"] = "noindex, nofollow"
    return headers


def _may_be_embedded(request: HttpRequest) -> str:
    """Pictures are for everybody, in letters and lists of goods too; nothing else."""
    # Of a bucket's pictures none are here; of a CDN's each, for it to fetch.
    files = (settings.STATIC_URL, settings.MEDIA_PATH, "/img")
    public = request.path_info.startswith(tuple(filter(None, files)))
    return "cross-origin" if public else "same-origin"
