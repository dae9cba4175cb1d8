"""The products that a visitor has looked at, in a cookie of theirs.

Not in the session: every bot that passes by would leave a row in the database.
"""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse

COOKIE = "recently_viewed"
SECONDS = 30 * 24 * 3600
SHOWN = 8
# Some of them may be off sale by the time they are shown.
KEPT = 12
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


def recent_numbers(request: HttpRequest) -> list[int]:
    """The numbers of the products, the latest first; whatever is no number is not."""
    parts = request.COOKIES.get(COOKIE, "")[:1000].split(".")
    numbers = [int(part) for part in parts if _NUMBER.fullmatch(part)]
    return list(dict.fromkeys(numbers))[:KEPT]


def remember(request: HttpRequest, response: HttpResponse, number: int) -> None:
    """The visitor has seen this product; a browser that only reads ahead has not."""
    if request.method != "GET" or _reads_ahead(request):
        return
    others = [other for other in recent_numbers(request) if other != number]
    response.set_cookie(
        COOKIE,
        ".".join(map(str, [number, *others][:KEPT])),
        max_age=SECONDS,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Lax",
    )


def _reads_ahead(request: HttpRequest) -> bool:
    purposes = (request.headers.get(n, "") for n in ("Sec-Purpose", "Purpose", "X-Moz"))
    return any("prefetch" in purpose.lower() for purpose in purposes)
