"""The OpenAPI schema: every address once, as the contract writes it."""

from collections.abc import Callable
from typing import Any

Endpoint = tuple[str, str, str, Callable[..., Any]]


def each_address_once(endpoints: list[Endpoint], **kwargs: Any) -> list[Endpoint]:
    """Leave out the twins: /auth/ stands for /api/auth/, /api/ for /api/v1/.

    What only /api/v1/ knows stays. A slash at the end is optional everywhere, and the
    schema shows the address without.
    """
    found: dict[tuple[str, str], Endpoint] = {}
    for path, regex, method, callback in endpoints:
        path = path.rstrip("/")
        twin = path.replace("/api/v1/", "/api/", 1).replace("/api/auth", "/auth", 1)
        endpoint = (path, regex, method, callback)
        known = found.get((twin, method))
        if known is None or len(path) < len(known[0]):
            found[twin, method] = endpoint
    return sorted(found.values(), key=lambda endpoint: endpoint[0])
