"""The shop as an app: its manifest, its service worker, the page for no network.

What the worker does stands in static/js/worker.js. What it has to know about this shop
is written before it, at `/sw.js`: only a worker at the root may answer for all pages.
"""

import hashlib
import json
from functools import cache
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import override
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from shop.languages import PARAMETER
from shop.routes import told_admin_path

# Each kind: what it is for (size, file, purpose). The drawing of the maskable one
# stays within the circle that every system leaves of it.
ICONS = [
    ("192x192", "img/icons/icon-192.png", "any"),
    ("512x512", "img/icons/icon-512.png", "any"),
    ("512x512", "img/icons/icon-maskable-512.png", "maskable"),
]
# What the page for no network needs.
SHELL = ["css/tokens.css", "css/bare.css", "img/mark.svg"]
# Pages of which a copy may be kept, all below these addresses too. They are the same
# for everybody who has no session; every other page is somebody's own.
READABLE = ["/category/", "/product/"]
# Pages that the worker leaves alone altogether.
UNTOUCHED = ["/api/", "/auth/", "/payment/", "/docs", "/img"]


@require_safe
@cache_control(public=True, max_age=3600)
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone is told when somebody puts the shop beside their apps."""
    data = {
        "id": "/",
        "name": settings.SHOP_NAME,
        "short_name": settings.SHOP_NAME[:12],
        "lang": settings.LANGUAGE_CODE,
        "start_url": "/",
        "scope": "/",
        "display": "standalone",
        "background_color": "#fbfbf9",
        "theme_color": "#fbfbf9",
        "categories": ["shopping"],
        "icons": [
            {
                "src": static(file),
                "sizes": sizes,
                "type": "image/png",
                "purpose": purpose,
            }
            for sizes, file, purpose in ICONS
        ],
    }
    return JsonResponse(data, content_type="application/manifest+json")


@require_safe
@cache_control(no_cache=True)
def worker(request: HttpRequest) -> HttpResponse:
    """Asked for at every visit: a browser takes it as new as soon as a byte differs."""
    source = (
        f"const SHOP = {json.dumps(_told(), ensure_ascii=True)};\n"
        f"importScripts({json.dumps(static('js/worker.js'))});\n"
    )
    return HttpResponse(source, content_type="text/javascript")


@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """Says that there is no network. It is fetched while there still is one."""
    return render(request, "offline.html")


def _told() -> dict[str, Any]:
    page = reverse("offline")
    languages = [code for code, _name in settings.LANGUAGES]
    pages = {code: f"{page}?{PARAMETER}={code}" for code in languages}
    files = [static(name) for name in SHELL]
    return {
        "version": _version(static("js/worker.js"), *files),
        "language": settings.LANGUAGE_CODE,
        "offline": pages,
        "shell": [*pages.values(), *files],
        "pages": [reverse("catalog:product-list"), reverse("catalog:catalog")],
        "below": READABLE,
        "untouched": [*told_admin_path(), *UNTOUCHED],
        "static": settings.STATIC_URL,
        "media": settings.MEDIA_URL,
    }


@cache
def _version(*files: str) -> str:
    """Changes with whatever was kept under it: names carry hashes, texts are read."""
    kept = list(files)
    for code, _name in settings.LANGUAGES:
        with override(code):
            kept.append(render_to_string("offline.html"))
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()[:12]
