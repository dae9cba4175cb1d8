"""Getting a picture from somebody else's server, who may mean no good."""

import logging

import httpx
from django.conf import settings

from images.addresses import check
from images.exceptions import TooBig, UpstreamFailed, UpstreamTooSlow
from images.network import Deadline, GuardedTransport

logger = logging.getLogger(__name__)

MAX_REDIRECTS = 3
# Nothing of the visitor's request travels on.
HEADERS = {
    "User-Agent": "Duken",
    "Accept": "image/avif,image/webp,image/png,image/jpeg,image/gif;q=0.9,*/*;q=0.1",
    "Accept-Encoding": "identity",
    "Connection": "close",
}


def fetch(url: httpx.URL) -> bytes:
    """What the address holds, if it comes whole, in time and within the size limit.

    The caller has checked the address. What it redirects to is checked here.
    """
    deadline = Deadline(settings.IMAGE_PROXY_TIMEOUT)
    try:
        # Its own timeout is not asked: all the steps together have theirs.
        with httpx.Client(
            transport=GuardedTransport(deadline),
            headers=HEADERS,
            timeout=settings.IMAGE_PROXY_TIMEOUT,
        ) as client:
            for _hop in range(MAX_REDIRECTS + 1):
                with client.stream("GET", url, follow_redirects=False) as response:
                    if response.next_request is None:
                        return _body(response, deadline)
                    url = response.next_request.url
                    check(url)
        logger.info("%s redirects too often", url.host)
        raise UpstreamFailed
    except httpx.TimeoutException as error:
        raise UpstreamTooSlow from error
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        # Not the address: what stands behind the host may be a secret.
        logger.info("%s failed: %s", url.host, type(error).__name__)
        raise UpstreamFailed from error


def _body(response: httpx.Response, deadline: Deadline) -> bytes:
    """The body as it was sent, no longer than allowed. It is never unpacked."""
    encoding = response.headers.get("Content-Encoding", "").strip().lower()
    if response.status_code != 200 or encoding not in {"", "identity"}:
        logger.info(
            "%s answered %s %s", response.url.host, response.status_code, encoding
        )
        raise UpstreamFailed
    limit = settings.IMAGE_PROXY_MAX_SIZE_MB * 1024 * 1024
    if int(response.headers.get("Content-Length", 0)) > limit:
        raise TooBig
    body = bytearray()
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > limit:
            raise TooBig
        deadline.left()
    return bytes(body)
