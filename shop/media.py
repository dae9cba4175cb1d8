"""Uploaded files, served by the shop itself until a store or a CDN takes over."""

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import FileResponse, Http404, HttpRequest, HttpResponseBase
from django.urls import URLPattern, path
from django.views.decorators.http import require_safe
from django.views.static import serve


@require_safe
def media(request: HttpRequest, name: str) -> HttpResponseBase:
    """The file, cacheable forever: its name carries a hash of its content."""
    try:
        response = serve(request, name, document_root=str(settings.MEDIA_ROOT))
    except SuspiciousFileOperation as error:
        # A way out of the folder leads to no file.
        raise Http404 from error
    if isinstance(response, FileResponse):
        response["Cache-Control"] = "public, max-age=31536000, immutable"
        # Whatever was uploaded, it is never a page of ours.
        response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def media_urls() -> list[URLPattern]:
    """The route, for the browsers or for a CDN that fetches from here; or none."""
    prefix = settings.MEDIA_PATH
    if not prefix:
        return []
    return [path(f"{prefix.lstrip('/')}<path:name>", media, name="media")]
