"""`GET /img?url&w&h&fit&q`: a picture of another server, small and safe."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_safe

from images.exceptions import ProxyIsOff
from images.parameters import Parameters, preferred_format
from images.services import find_picture
from shop.exceptions import DomainError


@csrf_exempt  # a POST is a 405, not a question for a token
@require_safe
def proxy(request: HttpRequest) -> HttpResponseBase:
    """The picture, cacheable forever: another picture has another address."""
    try:
        if not settings.IMAGE_PROXY_ENABLED:
            raise ProxyIsOff
        made = preferred_format(request)
        picture = find_picture(Parameters.of(request.GET), made)
    except DomainError as error:
        return _refusal(error)
    etag = f'"{picture.digest}"'
    response = HttpResponse(
        picture.body,
        content_type=made.media_type,
        headers={
            "Cache-Control": "public, max-age=31536000, immutable",
            "Vary": "Accept",
            "ETag": etag,
            "Last-Modified": http_date(picture.made_at),
            # Whatever it was, it is never a page of ours.
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
    known = get_conditional_response(request, etag, picture.made_at, response)
    return known or response


def _refusal(error: DomainError) -> HttpResponse:
    response = JsonResponse(error.as_dict(), status=error.status)
    # It may go well the next time, or be allowed.
    response["Cache-Control"] = "no-store"
    if "retry_after" in error.extra:
        response["Retry-After"] = str(error.extra["retry_after"])
    return response
