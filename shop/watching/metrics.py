"""Figures that a process counts while it works. The web processes' add up at /metrics.

What other processes do too (orders, payments, letters) is not counted here but read
from the database: see `shop.watching.figures`.
"""

import os

from prometheus_client import Counter, Gauge, Histogram

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

REQUESTS = Counter(
    "shop_requests_total",
    "Requests answered, by route, method and class of status",
    ["route", "method", "status"],
)
LATENCY = Histogram(
    "shop_request_seconds",
    "Seconds from a request's arrival to its answer",
    ["route", "method"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
IN_FLIGHT = Gauge(
    "shop_requests_in_flight",
    "Requests that are being answered now",
    multiprocess_mode="livesum",
)
CART_ERRORS = Counter(
    "shop_cart_errors_total", "Times that the store of the carts did not answer"
)
OUT_OF_STOCK = Counter(
    "shop_out_of_stock_total", "Times that somebody wanted more than there was"
)
# Of these no request can make many: routes and methods are fixed sets, statuses have
# five classes. Looking a child up costs more than counting, so they are kept.
_children: dict[tuple[str, str, str], tuple[Counter, Histogram]] = {}


def count_request(method: str | None, route: str, status: int, seconds: float) -> None:
    """One more answer of this route."""
    known = method if method in METHODS else "other"
    key = (route, str(known), f"{status // 100}xx")
    children = _children.get(key)
    if children is None:
        children = _children[key] = (REQUESTS.labels(*key), LATENCY.labels(*key[:2]))
    children[0].inc()
    children[1].observe(seconds)


def shared_directory() -> str:
    """Where processes put their figures together; empty: each has its own."""
    return os.environ.get("PROMETHEUS_MULTIPROC_DIR", "")
